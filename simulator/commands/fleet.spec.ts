import { jest } from '@jest/globals';
import jsonV1 from '../../src/formats/json-v1.ts';
import { TestBroker, until } from '../../test/unit/simulator/test-broker.ts';
import { TestTerminal } from '../../test/unit/simulator/test-terminal.ts';
import { run } from '../cli.ts';
import { Latency } from '../fleet/latency.ts';
import { fleet } from './fleet.ts';

jest.setTimeout(60_000); // a busy machine is slow, not wrong

let broker: TestBroker;

beforeEach(async () => {
  broker = await TestBroker.start({ gate: 'secret', 'c-0': 'secret', 'c-1': 'secret', 'c-2': 'secret' });
});

afterEach(() => broker.stop());

async function load(...args: string[]) {
  const { terminal, out, errors } = new TestTerminal();
  const base = ['fleet', '--url', broker.url, '--secret', 'secret'];
  const code = await run([fleet], [...base, ...args], { terminal, stop: new AbortController().signal });
  return { code, errors, result: JSON.parse(out[0] ?? '{}') as Record<string, number> };
}

function fixesByTopic(): Map<string, { at: number; lat: number; lon: number; seq?: number }[]> {
  const fixes = new Map<string, { at: number; lat: number; lon: number; seq?: number }[]>();
  for (const { topic, payload } of broker.received) {
    for (const decoded of jsonV1.decode(Buffer.from(payload))) {
      if (decoded.kind !== 'reading') throw new Error(`not readable: ${payload}`);
      fixes.set(topic, [...(fixes.get(topic) ?? []), decoded.reading]);
    }
  }
  return fixes;
}

describe('fleet', () => {
  it('sends as many messages as asked for, all acknowledged, each collar its own fixes in order', async () => {
    const { code, result, errors } = await load(
      ...['--gateway', 'gate', '--collars', '7', '--messages', '2000', '--rate', 'max', '--connections', '3'],
      ...['--window', '20', '--prefix', 'c-', '--array', '4'],
    );
    expect(code).toBe(0);
    expect(result).toMatchObject({
      messages: 2_000,
      acknowledged: 2_000,
      unacknowledged: 0,
      fixes: 8_000,
      connections: 3,
    });
    expect(result['p50Ms']).toBeGreaterThan(0);
    expect(result['p99Ms']).toBeGreaterThanOrEqual(result['p50Ms'] ?? NaN);
    expect(errors[errors.length - 1]).toBe('sent = acknowledged = 2000 messages');
    const fixes = fixesByTopic();
    expect([...fixes.keys()].sort()).toEqual(Array.from({ length: 7 }, (_, i) => `collars/c-${i}/fixes`));
    for (const each of fixes.values()) {
      expect(each.every(({ at }, i) => i === 0 || at > (each[i - 1]?.at ?? 0))).toBe(true);
      expect(each.map(({ seq }) => seq)).toEqual(each.map((_, i) => i + 1));
      expect(each.every(({ lon, lat }) => lon >= 130.6 && lon <= 131.9 && lat >= 42.4 && lat <= 43.6)).toBe(true);
    }
  });

  it('keeps to a rate', async () => {
    const { code, result } = await load('--gateway', 'gate', '--rate', '200', '--seconds', '1', '--collars', '10');
    expect(code).toBe(0);
    expect(result['messages']).toBeGreaterThan(100);
    expect(result['messages']).toBeLessThanOrEqual(201);
    expect(broker.received).toHaveLength(result['messages'] ?? NaN);
  });

  it('signs in each collar by its serial where there is no gateway', async () => {
    const { code, result } = await load('--collars', '3', '--prefix', 'c-', '--messages', '9', '--rate', 'max');
    expect(code).toBe(0);
    expect(result['connections']).toBe(3);
    expect(broker.received.every(({ username, topic }) => topic === `collars/${username}/fixes`)).toBe(true);
  });

  it('gives fixes the times of a schedule', async () => {
    await load(
      ...['--gateway', 'gate', '--collars', '1', '--messages', '3', '--rate', 'max', '--from', '2026-01-01T00:00:00Z'],
      ...['--interval', '10m', '--array', '2'],
    );
    const [fixes = []] = fixesByTopic().values();
    expect(fixes.map(({ at }) => at - Date.UTC(2026, 0, 1))).toEqual([1, 2, 3, 4, 5, 6].map((n) => n * 600_000));
  });

  it('survives cuts: everything is acknowledged in the end', async () => {
    const loaded = load('--gateway', 'gate', '--collars', '20', '--rate', '3000', '--messages', '3000');
    for (let cuts = 1; cuts <= 5; cuts += 1) {
      await until(() => broker.received.length > cuts * 300);
      broker.acknowledging = false; // so that some are on the way
      await until(() => broker.received.length > cuts * 300 + 100);
      broker.cut();
      broker.acknowledging = true;
    }
    const { code, result, errors } = await loaded;
    expect(code).toBe(0);
    expect(errors).toContainEqual(expect.stringMatching(/^gate: connection lost \(.+\), \d+ unacknowledged$/));
    expect(errors).toContainEqual(expect.stringMatching(/^gate: connected again, \d+ sent again$/));
    expect(result['acknowledged']).toBe(result['messages']);
    expect(result['resent']).toBeGreaterThan(0);
    expect(new Set(broker.payloads.map((payload, i) => `${broker.received[i]?.topic ?? ''} ${payload}`)).size).toBe(
      result['messages'],
    );
  });

  it.each([
    [['--bbox', '1,2,3'], '--bbox: expected west,south,east,north in degrees'],
    [['--array', '1001'], '--array: expected 1 to 1000'],
    [['--gateway'], "option '--gateway"],
  ])('refuses %j', async (args, message) => {
    const { code, errors } = await load(...args);
    expect(code).toBe(2);
    expect(errors.join('\n').toLowerCase()).toContain(message);
  });
});

describe('Latency', () => {
  it('gives quantiles to 3 %', () => {
    const latency = new Latency();
    for (let ms = 1; ms <= 1_000; ms += 1) latency.add(ms);
    expect(Math.abs(latency.quantile(0.5) / 500 - 1)).toBeLessThan(0.03);
    expect(Math.abs(latency.quantile(0.99) / 990 - 1)).toBeLessThan(0.03);
    expect(new Latency().quantile(0.5)).toBeNaN();
  });
});
