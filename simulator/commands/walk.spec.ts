import { jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import jsonV1 from '../../src/formats/json-v1.ts';
import { TestBroker, until } from '../../test/unit/simulator/test-broker.ts';
import { TestTerminal } from '../../test/unit/simulator/test-terminal.ts';
import { Animal } from '../animal.ts';
import { run } from '../cli.ts';
import { DRAWN_FARMS } from '../farms/drawn.ts';
import { farms } from './farms.ts';
import { walk } from './walk.ts';

jest.setTimeout(60_000); // a busy machine is slow, not wrong

const FROM = '2026-01-01T00:00:00Z';
const FROM_MS = Date.parse(FROM);
const HOUR = 3_600_000;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'collarwatch-walk-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function start(...args: string[]) {
  const { terminal, out, errors } = new TestTerminal();
  const stop = new AbortController();
  return { code: run([walk, farms], args, { terminal, stop: stop.signal }), out, errors, stop: () => stop.abort() };
}

async function walkDry(...args: string[]): Promise<{ messages: Message[]; truth: Truth[]; text: string }> {
  const file = path.join(folder, `truth-${Math.random()}.jsonl`);
  const { code, out, errors } = start('walk', '--dry-run', '--from', FROM, '--truth', file, ...args);
  expect([await code, errors]).toEqual([0, []]);
  const text = readFileSync(file, 'utf8');
  const truth = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Truth);
  return { messages: out.map((line) => JSON.parse(line) as Message), truth, text: out.join('\n') + text };
}

interface Message {
  readonly deliverAt: string;
  readonly topic: string;
  readonly payload: Record<string, unknown> | Record<string, unknown>[];
}
interface Truth extends Record<string, unknown> {
  readonly kind: string;
  readonly at: string;
  readonly delivered: string;
  readonly outcome: string;
  readonly reported: readonly [number, number];
  readonly true: readonly [number, number];
}

const of = (truth: readonly Truth[], kind: string) => truth.filter((each) => each.kind === kind);

describe('walk --dry-run', () => {
  it('prints the same bytes for the same seed, and others for another', async () => {
    const [one, again, other] = [
      await walkDry('--days', '20', '--seed', 'a'),
      await walkDry('--days', '20', '--seed', 'a'),
      await walkDry('--days', '20', '--seed', 'b'),
    ];
    expect(one.text).toBe(again.text);
    expect(one.text).not.toBe(other.text);
  });

  it('walks the same path whatever the interval, the delivery and the errors', async () => {
    const path = ({ truth }: { truth: Truth[] }) =>
      truth.filter(({ kind }) => ['path', 'state', 'ring'].includes(kind)).map((each) => JSON.stringify(each));
    const usual = path(await walkDry('--days', '10'));
    expect(usual.length).toBeGreaterThan(2_880);
    expect(path(await walkDry('--days', '10', '--interval', '15m'))).toEqual(usual);
    expect(path(await walkDry('--days', '10', '--interval', '4h', '--delivery', 'lorawan'))).toEqual(usual);
    expect(path(await walkDry('--days', '10', '--errors', 'off'))).toEqual(usual);
  });

  it('reports every scheduled attempt once, and what it reports is what the truth says', async () => {
    const { messages, truth } = await walkDry('--days', '10', '--interval', '30m');
    const attempts = of(truth, 'attempt');
    expect(attempts.map((each) => each['scheduled']).sort()).toEqual(
      Array.from({ length: 480 }, (_, i) => new Date(FROM_MS + (i * HOUR) / 2).toISOString()),
    );
    const sent = messages.flatMap(({ deliverAt, payload }) => [payload].flat().map((fix) => ({ ...fix, deliverAt })));
    const told = attempts.map(({ at, outcome, reported, delivered }) => ({ at, outcome, reported, delivered }));
    const seen = sent.map((fix: Record<string, unknown>) => ({
      at: fix['at'],
      outcome: fix['failed'] === true ? 'failed' : 'fix',
      reported: fix['failed'] === true ? undefined : [fix['lon'], fix['lat']],
      delivered: fix['deliverAt'],
    }));
    expect(seen).toEqual(told);
    expect(messages.every(({ topic }) => topic === 'collars/sofia/fixes')).toBe(true);
    const readable = messages.map(({ payload }) => jsonV1.decode(Buffer.from(JSON.stringify(payload))));
    expect(readable.flat().filter(({ kind }) => kind === 'invalid')).toEqual([]);
  });

  it('tells true entries and exits in turn for each ring', async () => {
    const { truth } = await walkDry('--days', '60', '--visit-chance', '1');
    const [begin] = of(truth, 'start');
    const within = new Set(
      (begin?.['within'] as { farm: string; ring: string }[]).map(({ farm, ring }) => `${farm} ${ring}`),
    );
    const rings = of(truth, 'ring');
    expect(rings.length).toBeGreaterThan(50);
    for (const { farm, ring, way } of rings) {
      const key = `${String(farm)} ${String(ring)}`;
      expect(within.has(key)).toBe(way === 'exit');
      if (way === 'enter') within.add(key);
      else within.delete(key);
    }
  });

  it('falls silent with its battery after 16 months', async () => {
    const { messages } = await walkDry('--interval', '1d', '--truth-step', '1d');
    const last = Date.parse(messages[messages.length - 1]?.deliverAt ?? '');
    expect((last - FROM_MS) / (30.44 * 24 * HOUR)).toBeCloseTo(16, 0);
  });

  it('takes a herd and farms from files', async () => {
    const herd = path.join(folder, 'herd.json');
    const drawn = path.join(folder, 'farms.geojson');
    const printed = start('farms');
    await printed.code;
    writeFileSync(drawn, printed.out[0] ?? '');
    writeFileSync(
      herd,
      JSON.stringify([
        { serial: 'c1', seed: 1, home: [131.645, 43.315], sofia: true },
        { serial: 'c2', seed: 2, home: [131.645, 43.315], species: 'leopard' },
      ]),
    );
    const { messages, truth } = await walkDry('--days', '40', '--herd', herd, '--farms', drawn, '--visit-chance', '1');
    expect(new Set(messages.map(({ topic }) => topic))).toEqual(new Set(['collars/c1/fixes', 'collars/c2/fixes']));
    const times = messages.map(({ deliverAt }) => deliverAt);
    expect(times).toEqual(times.toSorted());
    const visitors = of(truth, 'state').filter(({ state }) => state === 'visit');
    expect(new Set(visitors.map(({ serial }) => serial))).toEqual(new Set(['c1']));
  });

  it.each([
    [['--interval', '1m'], '--interval: expected 2m to 1d'],
    [['--serial', 'a b'], '--serial: expected a serial'],
    [['--herd', '/nowhere.json'], '/nowhere.json: ENOENT'],
    [['--soon', '--speed', 'max'], '--soon: needs --then-live or a --speed that is a number'],
    [['--soon', '--home', '100,50'], '--soon: no farm within 12 km of her home'],
    [['--username', 'iridium'], '--secret: needed for --username'],
    [['--then-live', '1', '--from', '2999-01-01T00:00:00Z'], '--from: the history before --then-live must begin'],
    [['more'], 'unexpected argument more'],
  ])('refuses %j', async (args, message) => {
    const { code, errors, out } = start('walk', '--dry-run', ...args);
    expect(await code).toBe(2);
    expect(errors).toEqual([expect.stringContaining(`walk: ${message}`)]);
    expect(out).toEqual([]);
  });
});

describe('--soon', () => {
  it('brings a fix within the outermost ring in the first minute of the live part, at any hour of the day', () => {
    const factor = 120;
    const seconds = Array.from({ length: 48 }, (_, i) => {
      const liveFrom = FROM_MS + i * 30.5 * 60_000;
      const animal = new Animal({
        ...{ serial: 'c', seed: `soon ${i % 5}`, home: { lon: 131.645, lat: 43.315 }, farms: DRAWN_FARMS },
        ...{ from: liveFrom - 48 * HOUR, until: Infinity, intervalMs: HOUR / 4, way: 'lorawan', errors: true },
        ...{ visitChance: 0.25, appointment: { farm: 'drawn-north', depart: liveFrom + 10_000 * factor } },
      } as const);
      const [fence] = animal.walker.fences;
      for (const { at, attempts } of animal.deliveries(() => undefined)) {
        const report = attempts[0]?.report;
        if (at < liveFrom || report === undefined || !('lat' in report)) continue;
        if ((fence?.signedDistance(animal.walker.plane.toPoint(report)) ?? Infinity) <= 2_000) {
          return (at - liveFrom) / 1000 / factor;
        }
      }
      return Infinity;
    });
    expect(Math.max(...seconds)).toBeLessThan(60);
    expect(Math.min(...seconds)).toBeGreaterThan(10);
  });
});

describe('walk', () => {
  let broker: TestBroker;

  beforeEach(async () => {
    broker = await TestBroker.start({ sofia: 'secret', c1: 'one', c2: 'two', iridium: 'secret' });
  });

  afterEach(() => broker.stop());

  const login = () => ['walk', '--url', broker.url, '--secret', 'secret'];

  it('publishes what a dry run prints, as the collar itself, and ends when all is acknowledged', async () => {
    const { messages } = await walkDry('--days', '30');
    const { code, errors } = start(...login(), '--from', FROM, '--days', '30', '--speed', 'max');
    expect(await code).toBe(0);
    expect(broker.usernames).toEqual(['sofia']);
    expect(broker.received.map(({ topic, payload }) => ({ topic, payload: JSON.parse(payload) as unknown }))).toEqual(
      messages.map(({ topic, payload }) => ({ topic, payload })),
    );
    expect(errors[errors.length - 1]).toContain(`acknowledged ${messages.length}, unacknowledged 0`);
  });

  it('tells 30 days of history, then goes on live behind the present: she sets out for the farm at once', async () => {
    const truth = path.join(folder, 'demo.jsonl');
    const began = Date.now();
    const { code, stop, errors } = start(
      ...[...login(), '--days', '30', '--then-live', '20000', '--live-lag', '12h', '--soon', '--interval', '15m'],
      ...['--delivery', 'lorawan', '--truth', truth, '--visit-chance', '0'],
    );
    await until(() => errors.some((line) => line.startsWith('history told')));
    const history = broker.received.length;
    await until(() => broker.received.length > history + 5);
    await until(() => performance.now() > 0 && Date.now() - began > 1_500);
    stop();
    expect(await code).toBe(0);
    const times = broker.received.map(({ payload }) => Date.parse((JSON.parse(payload) as { at: string }).at));
    expect(times[0]).toBeGreaterThanOrEqual(began - 30.5 * 24 * HOUR);
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.now());
    expect(Math.max(...times)).toBeGreaterThan(began - 12 * HOUR);
    const lines = readFileSync(truth, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Truth);
    expect(of(lines, 'start')[0]?.['appointment']).toMatchObject({ farm: 'drawn-north' });
  });

  it('goes on in real time once it has caught up, and never reports from the future', async () => {
    const { code, stop } = start(
      ...[...login(), '--days', '1', '--then-live', '100000', '--live-lag', '1h', '--interval', '2m'],
      ...['--delivery', 'lorawan'],
    );
    await until(() => {
      const last = broker.received[broker.received.length - 1];
      return (
        last !== undefined && Date.now() - Date.parse((JSON.parse(last.payload) as { at: string }).at) < 4 * 60_000
      );
    });
    const caughtUp = broker.received.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(broker.received.length).toBeLessThanOrEqual(caughtUp + 2);
    stop();
    expect(await code).toBe(0);
  });

  it('plays a herd, each collar as itself, or all through a gateway', async () => {
    const herd = path.join(folder, 'two.json');
    const animals = [
      { serial: 'c1', secret: 'one', seed: 1, home: [131.645, 43.315], sofia: true },
      { serial: 'c2', secret: 'two', seed: 2, home: [131.2, 42.65] },
    ];
    writeFileSync(herd, JSON.stringify(animals));
    const options = ['--herd', herd, '--from', FROM, '--days', '3', '--speed', 'max'];
    expect(await start('walk', '--url', broker.url, ...options).code).toBe(0);
    expect(broker.received.every(({ username, topic }) => topic === `collars/${username}/fixes`)).toBe(true);
    const asItself = broker.received.splice(0);
    expect(await start(...login(), '--username', 'iridium', ...options).code).toBe(0);
    expect(new Set(broker.received.map(({ username }) => username))).toEqual(new Set(['iridium']));
    expect(broker.payloads.toSorted()).toEqual(asItself.map(({ payload }) => payload).sort());
  });

  it('stopped while its broker is silent, says how many were unacknowledged', async () => {
    broker.acknowledging = false;
    const { code, stop, errors } = start(...login(), '--from', FROM, '--days', '400', '--speed', 'max');
    await until(() => broker.received.length === 50);
    stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    broker.acknowledgeAll(); // within the 5 seconds
    expect(await code).toBe(0);
    expect(errors[errors.length - 1]).toMatch(/^stopped: .* sent 50 messages .* acknowledged 50, unacknowledged 0$/);
  });

  it('says why it cannot sign in', async () => {
    const { code, errors } = start('walk', '--url', broker.url, '--secret', 'wrong', '--from', FROM, '--days', '1');
    expect(await code).toBe(1);
    expect(errors).toEqual([`walk: sofia at ${broker.url}: broker refused the connection: not authorized`]);
    expect(await start('walk', '--url', 'localhost', '--secret', 's').code).toBe(2);
    expect(await start('walk', '--url', broker.url).code).toBe(2);
  });
});
