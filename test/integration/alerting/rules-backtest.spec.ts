import { Module } from '@nestjs/common';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessModule } from '../../../src/access/access.module.ts';
import { BacktestController } from '../../../src/alerting/backtest.controller.ts';
import { Backtests } from '../../../src/alerting/backtest.service.ts';
import { RuleSettingsController } from '../../../src/alerting/rule-settings.controller.ts';
import { RULES, RuleSettings } from '../../../src/alerting/rule-settings.service.ts';
import { RuleSettingsStore } from '../../../src/alerting/rule-settings.store.ts';
import { TrackStore } from '../../../src/alerting/track.store.ts';
import { doubtBit } from '../../../src/domain/quality/doubt.ts';
import { RegistryModule } from '../../../src/registry/registry.module.ts';
import { loadRules } from '../../../src/rules/index.ts';
import { aReserve, northOfFarm } from '../../factories/reserve.ts';
import { ADMIN_TOKEN, type Answer, type RestApp, startRestApp } from '../../support/rest-app.ts';

@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [RuleSettingsController, BacktestController],
  providers: [{ provide: RULES, useFactory: loadRules }, RuleSettings, RuleSettingsStore, Backtests, TrackStore],
})
class BacktestModule {}

const HOUR = 3_600_000;
const START = Date.UTC(2026, 5, 1);
const at = (hours: number) => new Date(START + hours * HOUR).toISOString();

let rest: RestApp;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  rest = await startRestApp({}, [BacktestModule]);
  const reserve = aReserve();
  const put = await rest.ask('PUT', '/api/v1/reserve', {
    body: {
      ...reserve,
      animals: [...reserve.animals, { id: 'leo', name: 'Leo' }, { id: 'unheard', name: 'Unheard' }],
      collars: [...reserve.collars, { serial: '30212' }, { serial: '30213' }],
      deployments: [
        ...reserve.deployments,
        { animal: 'leo', collar: '30212', from: at(0), to: at(240) },
        { animal: 'unheard', collar: '30213', from: at(0) },
      ],
    },
  });
  expect(put.status).toBe(200);
  for (const role of ['ranger', 'researcher']) tokens[role] = await rest.tokenFor(role);
  tokens['farmer'] = await rest.tokenFor('farmer', ['olenevod']);
  await rest.test.database.ensureMonths([START, START + 40 * 24 * HOUR]);
  // From hour 0: one visit to the near ring; from hour 20: one that the way out of the ring's margin cuts in two; from hour 40 inside.
  await report('30211', 0, [9_000, 1_500, 1_400, 6_000, 9_000, 9_000]);
  await report('30211', 20, [9_000, 1_500, 2_150, 2_150, 1_500, 9_000, 9_000]);
  await report('30211', 40, [5_000, 1_500, -100, -100]);
  // Leo, from hour 10: within 3 km, never within two; doubted inside once.
  await report('30212', 10, [9_000, 2_600, 2_700, 9_000, 9_000]);
  await rest.test.database.client.$executeRaw`
    INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late)
    SELECT id, ${new Date(START + 8 * HOUR)}, now(), 131.7, 43.3, ${doubtBit('poor-accuracy')}::smallint, false
    FROM collar WHERE serial = '30212'`;
});
afterAll(() => rest.close());

/** Fixes of a collar, hour after hour, so many metres north of the farm's fence. */
async function report(serial: string, hour: number, metres: readonly number[]): Promise<void> {
  const rows = metres.map((m, index) => ({ ...northOfFarm(m), at: START + (hour + index) * HOUR }));
  await rest.test.database.client.$executeRaw`
    INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late, accuracy_m)
    SELECT collar.id, to_timestamp(t.at / 1000), to_timestamp(t.at / 1000), lon, lat, 0, false, 10 FROM collar,
      json_to_recordset(${JSON.stringify(rows)}::json) AS t(at float8, lon float8, lat float8) WHERE serial = ${serial}`;
}

const body = (over: object = {}) => ({ rule: 'farm-proximity', settings: {}, from: at(0), to: at(240), ...over });
const post = (asked: object, token?: string): Promise<Answer> =>
  rest.ask('POST', '/api/v1/rules/backtest', { body: asked, ...(token !== undefined && { token }) });

interface Line {
  readonly progress?: { done: number; total: number; fixes: number };
  readonly alert?: Record<string, unknown>;
  readonly summary?: Record<string, unknown>;
  readonly error?: { type: string };
}
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

async function backtest(over: object = {}) {
  const answer = await post(body(over));
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
  const lines = linesOf(answer.text);
  return { lines, alerts: lines.flatMap(({ alert }) => (alert ? [alert] : [])), summary: lines.at(-1)!.summary! };
}

describe('POST /rules/backtest', () => {
  it('finds with the settings in force what they found: every alert by both', async () => {
    const { lines, alerts, summary } = await backtest();
    expect(alerts.map(({ animal, openedAt, peak, verdict }) => [animal, openedAt, peak, verdict])).toEqual([
      ['sofia', at(1), 'near', 'both'],
      ['sofia', at(21), 'near', 'both'],
      ['sofia', at(41), 'inside', 'both'],
    ]);
    expect(alerts[0]).toEqual({
      kind: 'farm-proximity',
      animal: 'sofia',
      farm: 'olenevod',
      area: null,
      state: 'closed',
      level: 'near',
      peak: 'near',
      openedAt: at(1),
      closedAt: at(3),
      closest: { m: expect.closeTo(1_400, -1), at: at(2), between: false },
      verdict: 'both',
      inForce: [{ openedAt: at(1), closedAt: at(3), peak: 'near' }],
    });
    expect(alerts[2]).toMatchObject({ state: 'open', closedAt: null, level: 'inside' });
    expect(lines[0]).toEqual({ progress: { done: 0, total: 3, fixes: 0 } });
    expect(lines.at(-2)).toEqual({ progress: { done: 3, total: 3, fixes: 22 } });
    const tally = { alerts: 3, opened: 3, perAnimalMonth: 4.5, byLevel: { near: 2, close: 0, inside: 1 } };
    // Two animals were heard, for ten days each.
    expect(summary).toEqual({
      rule: 'farm-proximity',
      from: at(0),
      to: at(240),
      fixes: 22,
      animalMonths: 0.667,
      proposed: tally,
      inForce: tally,
      both: 3,
      onlyProposed: 0,
      onlyInForce: 0,
    });
  });

  it('tells apart what only the proposal, or only the settings in force would have told', async () => {
    const twoForOne = await backtest({ settings: { leaveMarginM: 0, leaveMarginShare: 0 } });
    expect(twoForOne.alerts.map(({ openedAt, closedAt, verdict }) => [openedAt, closedAt, verdict])).toEqual([
      [at(1), at(3), 'both'],
      [at(21), at(22), 'both'],
      [at(24), at(25), 'both'],
      [at(41), null, 'both'],
    ]);
    expect(twoForOne.alerts[2]).toMatchObject({ inForce: [{ openedAt: at(21), closedAt: at(25) }] });
    expect(twoForOne.summary).toMatchObject({
      proposed: { alerts: 4 },
      inForce: { alerts: 3 },
      both: 4,
      onlyInForce: 0,
    });

    const off = await backtest({ overrides: [{ animals: ['sofia'], enabled: false }] });
    expect(off.alerts.map(({ verdict }) => verdict)).toEqual(Array<string>(3).fill('only-in-force'));
    expect(off.summary).toMatchObject({
      proposed: { alerts: 0, perAnimalMonth: 0 },
      inForce: { alerts: 3 },
      onlyInForce: 3,
    });
    expect(off.alerts[0]).not.toHaveProperty('inForce');
  });

  it('compares with what is in force, and tries a rule that is off', async () => {
    const put = (change: object) => rest.ask('PUT', '/api/v1/rules/farm-proximity', { body: change });
    expect((await put({ enabled: false })).status).toBe(200);
    const { alerts, summary } = await backtest();
    expect(alerts.map(({ verdict }) => verdict)).toEqual(Array<string>(3).fill('only-proposed'));
    expect(summary).toMatchObject({ proposed: { alerts: 3 }, inForce: { alerts: 0 } });
    expect((await put({ enabled: true, overrides: [{ animals: ['sofia'], enabled: false }] })).status).toBe(200);
    // What the proposal does not name is as in force: the overrides are.
    expect((await backtest({ settings: undefined })).alerts).toEqual([]);
    expect((await backtest({ overrides: [] })).summary).toMatchObject({ onlyProposed: 3 });
    expect((await put({ overrides: [] })).status).toBe(200);
  });

  it('knows what was in progress when the window begins, and nothing of what comes after it ends', async () => {
    const middle = await backtest({ from: at(2), to: at(23) });
    expect(middle.alerts.map(({ openedAt, closedAt }) => [openedAt, closedAt])).toEqual([
      [at(1), at(3)],
      [at(21), null],
    ]);
    expect(middle.summary).toMatchObject({ fixes: 12, proposed: { alerts: 2, opened: 1 } });
    expect((await backtest({ from: at(6), to: at(20) })).alerts).toEqual([]);
    // Before anybody wore a collar.
    const before = await backtest({ from: '0000-01-01T00:00:00Z', to: '1999-01-01T00:00:00Z' });
    expect(before.lines).toHaveLength(2);
    expect(before.summary).toMatchObject({ fixes: 0, animalMonths: 0, proposed: { perAnimalMonth: null } });
    const wide = await backtest({ from: '0000-01-01T00:00:00Z', to: '9999-01-01T00:00:00Z' });
    expect(wide.summary).toMatchObject({ fixes: 22, both: 3 });
  });

  it('asks rules that judge silence about it, up to the end of the window or of the deployment', async () => {
    const { alerts } = await backtest({ rule: 'silence', settings: { missed: 10, intervalS: 3_600 } });
    const silences = alerts.filter(({ animal }) => animal === 'leo');
    expect(silences.at(-1)).toMatchObject({ kind: 'silence', farm: null, openedAt: at(24), closedAt: at(240) });
    expect(alerts.filter(({ animal }) => animal === 'sofia').at(-1)).toMatchObject({ state: 'open', closedAt: null });
  });

  it('touches no alert, no memory and no cursor', async () => {
    const state = () => rest.test.database.client.$queryRaw`
      SELECT (SELECT count(*) FROM alert) AS alerts, (SELECT count(*) FROM alert_change) AS changes,
        (SELECT count(*) FROM rule_state) AS memories, (SELECT count(*) FROM rejudging) AS stale,
        (SELECT json_agg(cursor) FROM cursor) AS cursors, (SELECT sum(doubts) FROM fix) AS doubts,
        (SELECT version FROM registry_version) AS version`;
    const before = await state();
    await backtest({ settings: { leaveMarginM: 0 } });
    expect(await state()).toEqual(before);
  });

  it('is for those who see where farms are', async () => {
    expect((await post(body(), tokens['ranger'])).status).toBe(200);
    expect((await post(body(), tokens['researcher'])).status).toBe(200);
    expect((await post(body(), tokens['farmer'])).status).toBe(403);
  });

  it.each<[string, object, string]>([
    ['an unknown rule', { rule: 'absent' }, 'rule'],
    ['no rule', { rule: undefined }, 'rule'],
    ['impossible settings', { settings: { pathMaxH: -1 } }, 'settings.pathMaxH'],
    ['settings that there are not', { settings: { nearM: 5 } }, 'settings.nearM'],
    ['an override of an unknown farm', { overrides: [{ farms: ['gone'], settings: {} }] }, 'overrides[0].farms[0]'],
    ['a window without an end', { to: undefined }, 'to'],
    ['a window that ends before it begins', { from: at(9), to: at(9) }, 'to'],
    ['a window that is still to come', { from: '2100-01-01T00:00:00Z', to: '2101-01-01T00:00:00Z' }, 'from'],
    ['a time without an offset', { from: '2026-01-01' }, 'from'],
    ['a field that there is not', { until: at(9) }, 'until'],
  ])('refuses %s before it begins, and names it', async (_, over, field) => {
    const answer = await post(body(over));
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json.errors[0].field).toBe(field);
  });
});

describe('a backtest under way', () => {
  const REQUEST = JSON.stringify(body({ from: at(0), to: at(24 * 39) }));

  /** A client that does not read unless told to. */
  function slowClient(): Socket {
    const socket = connect({ port: rest.port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(
      `POST /api/v1/rules/backtest HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_TOKEN}\r\n` +
        `content-type: application/json\r\ncontent-length: ${REQUEST.length}\r\n\r\n${REQUEST}`,
    );
    return socket;
  }
  const untilFree = async () => {
    for (let tries = 0; tries < 100; tries++, await sleep(50)) {
      const answer = await post(body());
      if (answer.status === 200) return answer;
      expect(answer.json).toMatchObject({ type: '/problems/too-many-backtests' });
      expect(answer.headers['retry-after']).toBe('60');
    }
    throw new Error('the backtest before has not ended');
  };

  beforeAll(async () => {
    // In and out every other hour of a month, again and again: more lines than the sockets between us hold.
    const steps = Array.from({ length: 200_000 }, (_, n) => ({ ...northOfFarm([500, 2_500, 2_600][n % 3]!), n }));
    await rest.test.database.client.$executeRaw`
      INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late, accuracy_m)
      SELECT collar.id, moment, moment, lon, lat, 0, false, 5 FROM collar,
        json_to_recordset(${JSON.stringify(steps)}::json) AS t(n int, lon float8, lat float8),
        LATERAL (SELECT ${new Date(START + 240 * HOUR)}::timestamptz + n * interval '12 seconds' AS moment) m
      WHERE serial = '30211' ON CONFLICT DO NOTHING`;
    await rest.ask('PUT', '/api/v1/reserve', {
      body: { animals: [{ id: 'sofia', name: 'Sofia', maxSpeedKmh: 200, speedSlackM: 100_000 }] },
    });
  }, 60_000);

  it('makes lines as they are taken, alone, and ends when the client goes away', async () => {
    const store = rest.app.get(TrackStore);
    const read = store.from.bind(store);
    let pages = 0;
    store.from = (...asked) => (pages++, read(...asked));
    const socket = slowClient();
    for (let last = -1; pages === 0 || pages > last; last = pages, await sleep(1_000));
    // Nobody reads: it stands still with most of the hundred pages before it, and keeps its place.
    expect(pages).toBeLessThan(70);
    expect((await post(body())).status).toBe(429);
    store.from = read;
    socket.destroy();
    await untilFree();
  }, 30_000);

  it('tells all of it to who reads', async () => {
    const { status, text } = await post(body({ to: at(240 + 48) }));
    const lines = linesOf(text);
    expect([status, lines.at(-1)!.summary]).toMatchObject([200, { fixes: 22 + 14_400, both: 2 + 4_800 }]);
    expect(lines.filter(({ alert }) => alert)).toHaveLength(4_802);
    const fixes = lines.flatMap(({ progress }) => progress?.fixes ?? []);
    expect(fixes).toEqual([...fixes].sort((a, b) => a - b));
    expect(fixes.length).toBeGreaterThan(8);
  }, 30_000);

  it('ends, with the reason, when the credential that asked for it is revoked', async () => {
    const made = await rest.ask('POST', '/api/v1/tokens', { body: { name: 'a guest', role: 'ranger' } });
    const { id, token } = made.json as { id: string; token: string };
    const asked = await fetch(`http://127.0.0.1:${rest.port}/api/v1/rules/backtest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: REQUEST,
    });
    expect(asked.status).toBe(200);
    expect((await rest.ask('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204);
    const lines = linesOf(await asked.text());
    expect(lines.at(-1)).toEqual({
      error: { type: '/problems/unknown-credential', detail: 'The credential has ended.' },
    });
    await untilFree();
  }, 30_000);

  it('says so in a last line when it cannot go on', async () => {
    const store = rest.app.get(TrackStore);
    const read = store.from.bind(store);
    let pages = 0;
    store.from = (...asked) => (pages++ < 2 ? read(...asked) : Promise.reject(new Error('gone')));
    try {
      const { status, text } = await post(JSON.parse(REQUEST) as object);
      const lines = linesOf(text);
      expect([status, lines.at(-1)]).toEqual([
        200,
        { error: { type: '/problems/internal', detail: expect.any(String) } },
      ]);
      expect(lines.filter(({ summary }) => summary)).toEqual([]);
    } finally {
      store.from = read;
    }
    await untilFree();
  }, 30_000);
});
