import { readFileSync } from 'node:fs';
import { aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { eventually, startServer } from '../support/server.ts';
import { Sluice } from '../support/sluice.ts';

const MINUTE = 60_000;
const START = Math.floor(Date.now() / MINUTE) * MINUTE - 9_000 * MINUTE;

describe('while the database is away', () => {
  it('nothing is acknowledged, memory is bounded, readiness says so; then all goes on without a restart and nothing is lost', async () => {
    const database = await createBareDatabase();
    const { hostname, port } = new URL(database.url);
    const sluice = await Sluice.to(hostname, Number(port));
    const behind = new URL(database.url);
    behind.hostname = '127.0.0.1';
    behind.port = String(sluice.port);
    const server = await startServer({
      DATABASE_URL: behind.href,
      INGEST_MAX_WAITING: '500',
      INGEST_ACK_TIMEOUT_S: '3',
      DATABASE_TIMEOUT_S: '3',
    });
    await server.api('PUT', '/reserve', aReserve());
    const gateway = await connectCollar({ url: server.mqtt!, username: 'iridium', password: SECRET, window: 2_000 });
    await publishFix(gateway, '30211', { ...northOfFarm(5_000), at: START });
    const ready = async () => {
      const answer = await fetch(`${server.http}/health/ready`);
      return { status: answer.status, reasons: ((await answer.json()) as { reasons: string[] }).reasons };
    };
    expect(await ready()).toEqual({ status: 200, reasons: [] });

    sluice.shut();
    const resident = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1_024;
    const before = resident();
    const acknowledged = gateway.counts.acknowledged;
    const note = 'x'.repeat(10_000);
    const sent = Array.from({ length: 4_000 }, (_, i) =>
      publishFix(gateway, '30211', { ...northOfFarm(5_000), at: START + (i + 1) * MINUTE, note }),
    );
    await eventually(ready, ({ status, reasons }) => status === 503 && reasons.join().includes('commits fail'), 15_000);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(gateway.counts.acknowledged).toBe(acknowledged);
    expect(resident() - before).toBeLessThan(150);
    expect((await fetch(`${server.http}/health/live`)).status).toBe(200);
    expect((await server.api('GET', '/positions')).status).toBe(503);

    sluice.open();
    await Promise.all(sent);
    await eventually(ready, ({ status }) => status === 200, 15_000);
    const { json } = await server.api('GET', '/animals/sofia/fixes?limit=10000');
    expect((json.items as { at: string }[]).map(({ at }) => Date.parse(at))).toEqual(
      Array.from({ length: 4_001 }, (_, i) => START + i * MINUTE),
    );
    await gateway.close();
    await server.kill('SIGTERM');
    await sluice.close();
    await database.drop();
  }, 120_000);
});
