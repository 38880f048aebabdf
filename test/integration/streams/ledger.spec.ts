import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/server.ts';
import { LiveServer } from './live-server.ts';

let test: TestDatabase;
let server: LiveServer;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await LiveServer.start(test.database);
  await server.register();
});
afterAll(async () => {
  await server.stop();
  await test.drop();
});

async function firstSentAt(alertId: string): Promise<Date | null> {
  const [row] = await test.database.client.$queryRaw<{ first_sent_at: Date | null }[]>`
    SELECT first_sent_at FROM alert WHERE id = ${alertId}::uuid`;
  return row!.first_sent_at;
}
const noted = (alertId: string) =>
  eventually(
    () => firstSentAt(alertId),
    (at) => at !== null,
  );
const sent = async () => {
  const text = await (await server.api('GET', '/metrics')).text();
  const count = /collarwatch_alert_latency_seconds_count\{stage="send",late="false"\} (\d+)/.exec(text)?.[1];
  return Number(count ?? 0);
};

describe('when a subscriber was first told of an alert', () => {
  it('is noted once, for a change as it comes', async () => {
    const [unseen, seen] = [randomUUID(), randomUUID()];
    await server.commitAlerts({ alertId: unseen, farm: 'second' });
    const before = Date.now();
    const client = await server.connect();
    client.subscribe({ id: 'a', stream: 'alerts', farms: ['olenevod'] });
    await client.next('subscribed');
    await client.next('snapshot');
    await server.commitAlerts({ alertId: seen });
    await client.next('alerts');
    const at = (await noted(seen))!;
    expect(at.getTime()).toBeGreaterThanOrEqual(before);
    expect(at.getTime()).toBeLessThanOrEqual(Date.now());
    expect(await firstSentAt(unseen)).toBeNull();
    const counted = await sent();

    // Another reader, and another change, are not the first.
    const second = await server.connect();
    second.subscribe({ id: 'a', stream: 'alerts' });
    await second.next('subscribed');
    await second.next('snapshot');
    await server.commitAlerts({ alertId: seen, change: 'escalated' });
    await client.next('alerts');
    await noted(unseen);
    await sleep(400);
    expect(await firstSentAt(seen)).toEqual(at);
    // It was the snapshot that told of the other.
    expect(await sent()).toBe(counted + 1);
    await client.cut();
    await second.cut();
  });

  it('keeps no frame waiting while somebody else writes the alert, and is noted afterwards', async () => {
    const alertId = randomUUID();
    await server.commitAlerts({ alertId });
    const client = await server.connect();
    let told = 0;
    await test.database.transaction(async (sql) => {
      await sql.$executeRaw`UPDATE alert SET settled_at = now() WHERE id = ${alertId}::uuid`;
      client.subscribe({ id: 'a', stream: 'alerts' });
      await client.next('subscribed');
      const { alerts } = (await client.next('snapshot')).data as unknown as { alerts: { id: string }[] };
      told = Date.now();
      expect(alerts.map(({ id }) => id)).toContain(alertId);
      await sleep(800);
    });
    const at = (await noted(alertId))!.getTime();
    expect(Math.abs(at - told)).toBeLessThan(700);
    await client.cut();
  });

  it('is not made up for an alert from before it was written down', async () => {
    const alertId = randomUUID();
    await server.commitAlerts({ alertId });
    await test.database.client.$executeRaw`UPDATE alert SET judged_at = NULL WHERE id = ${alertId}::uuid`;
    const client = await server.connect();
    client.subscribe({ id: 'a', stream: 'alerts' });
    await client.next('subscribed');
    await client.next('snapshot');
    const later = randomUUID();
    await server.commitAlerts({ alertId: later });
    await noted(later);
    expect(await firstSentAt(alertId)).toBeNull();
    await client.cut();
  });

  it('is written when the server stops, and can be read with the other steps', async () => {
    const other = await LiveServer.start(test.database);
    const alertId = randomUUID();
    const client = await other.connect();
    client.subscribe({ id: 'a', stream: 'alerts' });
    await client.next('subscribed');
    await client.next('snapshot');
    await other.commitAlerts({ alertId });
    await client.next('alerts');
    await other.stop();
    const at = await firstSentAt(alertId);
    expect(at).not.toBeNull();
    await server.api('POST', `/alerts/${alertId}/acknowledge`, { note: '' });
    const { ledger, acknowledged } = (await (await server.api('GET', `/alerts/${alertId}`)).json()) as {
      ledger: object;
      acknowledged: { at: string };
    };
    expect(ledger).toEqual({
      fixAt: '2026-11-21T00:00:00.000Z',
      receivedAt: '2026-11-21T00:00:00.500Z',
      committedAt: '2026-11-21T00:00:01.000Z',
      judgedAt: '2026-11-21T00:00:02.000Z',
      firstSentAt: at!.toISOString(),
      acknowledgedAt: acknowledged.at,
    });
    const metrics = await (await server.api('GET', '/metrics')).text();
    expect(metrics).toMatch(/collarwatch_alert_latency_seconds_count\{stage="acknowledge",late="false"\} 1/);
  });
});
