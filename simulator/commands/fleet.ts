import type { Surroundings } from '../command.ts';
import { command } from '../command.ts';
import { fleetCollars } from '../fleet/walkers.ts';
import type { Box, FleetCollar } from '../fleet/walkers.ts';
import { Load } from '../fleet/load.ts';
import type { Lane } from '../fleet/load.ts';
import { count, duration, moment, number, speed, text, UsageError } from '../options.ts';
import type { Values } from '../options.ts';
import { connectPublisher } from './broker.ts';

/** Connections that are opened side by side: more, and a broker's listen queue overflows. */
const OPENING = 50;
const MAX_ARRAY = 1_000;

const OPTIONS = {
  url: text('broker (default mqtt://127.0.0.1:1883)', 'mqtt://127.0.0.1:1883'),
  collars: count('collars (default 100)', 100),
  prefix: text('serials are this and a number from 0 (default fleet-)', 'fleet-'),
  gateway: text('gateway that publishes for all; without it each collar signs in by its serial, a connection each'),
  secret: text("the gateway's secret, or that of every collar"),
  connections: count('connections of the gateway (default 10)', 10),
  window: count('unacknowledged messages of one connection at most (default 100)', 100),
  rate: speed('messages a second over all, or max (default 100)', 100),
  messages: count('ends after so many messages'),
  seconds: number('ends after so many seconds (default 10 when --messages is not given)'),
  array: count('fixes in one message (default 1)', 1),
  seed: text('what positions follow from (default fleet)', 'fleet'),
  bbox: text('where they walk: west,south,east,north (default 130.6,42.4,131.9,43.6)', '130.6,42.4,131.9,43.6'),
  from: moment("time of each collar's first fix (default: every fix is now)"),
  interval: duration('time between the fixes of a collar, with --from (default 5m)', 300_000),
};

type FleetValues = Values<typeof OPTIONS>;

export const fleet = command({
  name: 'fleet',
  summary: 'Load: many collars with simple walkers, through a gateway. Prints what was measured as a line of JSON.',
  usage: '--gateway ID --secret S [options]',
  options: OPTIONS,
  run: async ({ values, positionals }, surroundings) => {
    if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals[0] ?? ''}`);
    if (values.secret === undefined) throw new UsageError('--secret: needed');
    if (values.array > MAX_ARRAY) throw new UsageError(`--array: expected 1 to ${MAX_ARRAY}`);
    const { from, interval } = values;
    const clock = { now: () => Date.now(), ...(from !== undefined && { schedule: { from, intervalMs: interval } }) };
    const collars = fleetCollars(values.collars, values.prefix, readBox(values.bbox), values.seed, clock);
    const lanes = await openLanes(collars, values, surroundings);
    return measure(lanes, values, surroundings);
  },
});

function readBox(given: string): Box {
  const [west = NaN, south = NaN, east = NaN, north = NaN, ...more] = given.split(',').map(Number);
  if (!(west < east && south < north && more.length === 0 && Math.abs(west) <= 180 && Math.abs(east) <= 180)) {
    throw new UsageError('--bbox: expected west,south,east,north in degrees');
  }
  return [west, south, east, north];
}

async function openLanes(
  collars: readonly FleetCollar[],
  { url, gateway, secret, connections, window }: FleetValues,
  { terminal, stop }: Surroundings,
): Promise<Lane[]> {
  const shares =
    gateway === undefined
      ? collars.map((collar) => ({ username: collar.serial, collars: [collar] }))
      : Array.from({ length: Math.min(connections, collars.length) }, (_, i) => ({
          username: gateway,
          collars: collars.filter((_collar, j) => j % connections === i),
        }));
  const lanes: Lane[] = [];
  const endProgress = terminal.progress(() => `connected ${lanes.length} of ${shares.length}`);
  try {
    for (let i = 0; i < shares.length && !stop.aborted; i += OPENING) {
      const opening = shares.slice(i, i + OPENING).map(async ({ username, collars: share }) => {
        lanes.push({
          publisher: await connectPublisher({ url, username, password: secret, window }, terminal),
          collars: share,
        });
      });
      const results = await Promise.allSettled(opening);
      const refused = results.find((result) => result.status === 'rejected');
      if (refused !== undefined) throw refused.reason;
    }
  } catch (error) {
    await Promise.all(lanes.map(({ publisher }) => publisher.close(0)));
    throw error;
  } finally {
    endProgress();
  }
  return lanes;
}

async function measure(lanes: readonly Lane[], values: FleetValues, surroundings: Surroundings): Promise<number> {
  const { terminal, stop } = surroundings;
  const { rate, messages, array } = values;
  const load = new Load(lanes, {
    rate: rate === 'max' ? Infinity : rate,
    messages: messages ?? Infinity,
    ms: (values.seconds ?? (messages === undefined ? 10 : Infinity)) * 1000,
    array,
  });
  const start = performance.now();
  const cpu = process.cpuUsage();
  let last = { at: start, acknowledged: 0 };
  const endProgress = terminal.progress(() => {
    const now = { at: performance.now(), acknowledged: load.acknowledged };
    const perSecond = Math.round(((now.acknowledged - last.acknowledged) / (now.at - last.at)) * 1000);
    last = now;
    return `sent ${load.sent}, acknowledged ${load.acknowledged}, ${perSecond} messages/s`;
  });
  await load.run(stop);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const closed = await Promise.all(lanes.map(({ publisher }) => publisher.close()));
  endProgress();
  const unacknowledged = closed.reduce((sum, each) => sum + each.unacknowledged, 0);
  const result = {
    messages: load.sent,
    acknowledged: load.acknowledged,
    unacknowledged,
    fixes: load.sent * array,
    seconds: Number(seconds.toFixed(3)),
    messagesPerSecond: Math.round(load.acknowledged / seconds),
    fixesPerSecond: Math.round((load.acknowledged * array) / seconds),
    p50Ms: Number(load.latency.quantile(0.5).toFixed(3)),
    p99Ms: Number(load.latency.quantile(0.99).toFixed(3)),
    cpuUsPerMessage: Number(((user + system) / Math.max(1, load.acknowledged)).toFixed(2)),
    resent: lanes.reduce((sum, { publisher }) => sum + publisher.counts.resent, 0),
    connections: lanes.reduce((sum, { publisher }) => sum + publisher.counts.connections, 0),
  };
  terminal.tell(
    unacknowledged === 0 ? `sent = acknowledged = ${load.sent} messages` : `${unacknowledged} messages unacknowledged`,
  );
  await terminal.print(JSON.stringify(result));
  return unacknowledged === 0 ? 0 : 1;
}
