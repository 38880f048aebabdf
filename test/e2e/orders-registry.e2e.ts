import fc from 'fast-check';
import { Random } from '../../simulator/random.ts';
import { aFarm, northOfFarm } from '../factories/reserve.ts';
import { aLand, aWay, trackOf } from '../factories/tracks.ts';
import { slowAlerts, type TestFarm } from '../support/slow-alerts.ts';
import type { SentFix } from '../support/slow-doubts.ts';
import { eventually } from '../support/server.ts';
import { deliver, deliverInOrder, inOrder, outOfOrder } from './orders.delivery.ts';
import { ends, PLANS, type Plan, planOf, rewear, type Worn } from './orders.deployments.ts';
import {
  expected,
  expectOutcomes,
  farmFeature,
  type Outcome,
  Station,
  type ToldAlert,
  withLand,
} from './orders.station.ts';

const RUNS = Number(process.env['ORDERS_RUNS'] ?? 4);
const SHRINK = process.env['ORDERS_SHRINK'] === '1';
const HOUR = 3_600_000;
const START = Math.floor(Date.now() / HOUR) * HOUR - 100 * 24 * HOUR;

let final: Station;
let edited: Station;
let run = 0;
/** Farms of a test, which the next must not meet. */
let standing: string[] = [];
const told: Record<string, number> = {};
const count = (what: string, times = 1) => (told[what] = (told[what] ?? 0) + times);

beforeAll(async () => {
  [final, edited] = await Promise.all([Station.open(), Station.open()]);
}, 60_000);
afterEach(async () => {
  for (const id of standing) await edited.ask('DELETE', `/farms/${id}`);
  standing = [];
});
afterAll(async () => {
  await Promise.all([final.close(), edited.close()]);
  console.log(`orders, registry: ${JSON.stringify(told)}`);
}, 60_000);

/** The fixes of an animal by who wore what when, and what follows from them. */
function outcomeOf(
  animal: string,
  worn: readonly Worn[],
  logs: ReadonlyMap<string, readonly SentFix[]>,
  farms: readonly TestFarm[],
): Outcome {
  const own = worn.filter((one) => one.animal === animal);
  const fixes = own
    .flatMap(({ collar, from, to }) => logs.get(collar)!.filter(({ at }) => at >= from && (to === null || at < to)))
    .sort((a, b) => a.at - b.at);
  return expected(fixes, slowAlerts(fixes, farms, { wornUntil: ends(own) }));
}

describe('deployments that are edited afterwards', () => {
  it('end in the doubts and alerts of a server that had them so from the start', async () => {
    const property = fc.asyncProperty(
      aLand,
      fc.tuple(aWay(40, SHRINK ? 2 : 20), aWay(40, SHRINK ? 2 : 20)),
      fc.record({
        before: fc.constantFrom(...PLANS),
        after: fc.constantFrom(...PLANS),
        cut: fc.nat(),
        share: fc.nat(10),
      }),
      fc.noShrink(fc.integer()),
      async (land, ways, { before, after, cut, share }, seed) => {
        const [animals, collars] = [names('w'), names('k')];
        const logs = new Map(collars.map((collar, index) => [collar, trackOf(ways[index]!, land, START + index)]));
        const first = logs.get(collars[0]!)!;
        const cutAt = first[cut % first.length]!.at;
        const plan = (of: Plan) => planOf(of, animals, collars, cutAt);
        const wanted = new Map(animals.map((animal) => [animal, outcomeOf(animal, plan(after), logs, land.farms)]));
        for (const [station, worn] of [
          [final, plan(after)],
          [edited, plan(before)],
        ] as const)
          await station.ask('PUT', '/reserve', { ...reserveOf(animals, collars, worn), farms: collection(land.farms) });
        await withLand([final, edited], land.farms, async () => {
          await deliverInOrder(final, inOrder(logs));
          await expectOutcomes(final, wanted);
          const random = new Random(seed, 'delivery');
          const messages = outOfOrder(logs, random);
          const half = Math.floor((messages.length * share) / 10);
          await deliver(edited, messages.slice(0, half), random);
          await rewear(edited, plan(after), animals);
          if (random.chance(0.5)) {
            await edited.killAndRestart();
            count('kills right after an edit');
          }
          await deliver(edited, messages.slice(half), random);
          await expectOutcomes(edited, wanted);
        });
        for (const { alerts } of wanted.values()) count('alerts', alerts.length);
        count(`${before} → ${after}`);
        count('runs');
      },
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: !SHRINK });
    expect(told['alerts']).toBeGreaterThan(0);
  }, 900_000);

  it('end a visit with the deployment, and take it up again with it, as one alert', async () => {
    const { animal, collar, alert } = await aVisit([9_000, 1_900, 400, 300]);
    await edited.ask('POST', `/alerts/${alert.id}/acknowledge`, { note: 'on my way' });
    const { items } = (await edited.ask('GET', `/deployments?animal=${animal}`)) as { items: { id: number }[] };
    const route = `/deployments/${items[0]!.id}`;
    await edited.ask('PATCH', route, { to: iso(2.5) });
    const closed = await eventually(
      () => theAlert(animal),
      ({ state }) => state === 'closed',
    );
    expect(closed).toMatchObject({ id: alert.id, closedAt: iso(2.5), acknowledged: { note: 'on my way' } });
    await edited.ask('PATCH', route, { to: null });
    const open = await eventually(
      () => theAlert(animal),
      ({ state }) => state === 'open',
    );
    expect(open).toMatchObject({ id: alert.id, closedAt: null, level: 'close', acknowledged: { note: 'on my way' } });
    await edited.send(0, collar, [hourly(3_000, 4), hourly(3_000, 5)]);
    await eventually(
      () => theAlert(animal),
      ({ closedAt }) => closedAt === iso(4),
    );
  });
});

describe('farms that are edited during a visit', () => {
  it('deleted: the alert is closed at that moment, and stays', async () => {
    const { animal, collar, farm, alert } = await aVisit([9_000, 1_900, 400]);
    const before = Date.now();
    await edited.ask('DELETE', `/farms/${farm}`);
    standing = [];
    const closed = await eventually(
      () => theAlert(animal),
      ({ state }) => state !== 'open',
    );
    expect(closed).toMatchObject({ id: alert.id, state: 'closed', level: 'close', openedAt: iso(1) });
    const closedAt = Date.parse(closed.closedAt!);
    expect(closedAt).toBeGreaterThanOrEqual(before);
    expect(closedAt).toBeLessThanOrEqual(Date.now());
    // Nor does a fix of then or of now bring it back.
    await edited.send(0, collar, [hourly(100, 1.5), hourly(100, 3)]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await edited.alertsOf(animal)).toEqual([closed]);
  });

  it.each([
    ['with narrower rings', { nearM: 1_000, closeM: 300 }, { openedAt: 2, level: 'near', peak: 'near' }],
    ['with wider rings', { nearM: 10_000, closeM: 1_950 }, { openedAt: 0, level: 'close', peak: 'close' }],
    ['with a wider fence', { sideM: 2_000 }, { openedAt: 1, level: 'inside', peak: 'inside' }],
  ])('%s: the visit is judged anew at once, and is the same alert', async (_, change, wanted) => {
    const { animal, collar, farm, alert } = await aVisit([9_000, 1_900, 400]);
    await edited.ask('POST', `/alerts/${alert.id}/acknowledge`, { note: 'seen' });
    await putFarm(farm, change);
    const isAsWanted = ({ level, openedAt }: ToldAlert) => level === wanted.level && openedAt === iso(wanted.openedAt);
    const amended = await eventually(() => theAlert(animal), isAsWanted);
    const { changes } = (await edited.ask('GET', `/alerts/${alert.id}`)) as { changes: { change: string }[] };
    expect(amended).toMatchObject({ id: alert.id, state: 'open', peak: wanted.peak, acknowledged: { note: 'seen' } });
    expect(changes.map(({ change: kind }) => kind)).toContain('amended');
    await edited.send(0, collar, [hourly(15_000, 3), hourly(15_000, 4)]);
    await eventually(
      () => theAlert(animal),
      ({ state, closedAt }) => state === 'closed' && closedAt === iso(3),
    );
  });

  it('that is now elsewhere: the visit never was, and its alert is retracted', async () => {
    const { animal, farm, alert } = await aVisit([9_000, 1_900, 400]);
    await putFarm(farm, { at: { lon: 130, lat: 44 } });
    const gone = await eventually(
      () => theAlert(animal),
      ({ state }) => state !== 'open',
    );
    expect(gone).toMatchObject({ id: alert.id, state: 'retracted' });
  });
});

const iso = (hours: number) => new Date(START + hours * HOUR).toISOString();
const names = (letter: string) => [0, 1].map((index) => `${letter}${run++}-${index}`);
const collection = (farms: readonly TestFarm[]) => ({
  type: 'FeatureCollection',
  features: farms.map(farmFeature),
});

function reserveOf(animals: readonly string[], collars: readonly string[], worn: readonly Worn[]) {
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    animals: animals.map((id) => ({ id, name: id })),
    collars: collars.map((serial) => ({ serial, format: 'json-v1' })),
    deployments: worn.map((one) => ({ ...one, from: time(one.from), to: time(one.to) })),
  };
}

/** A fix of an hour since the start, some metres north of the farm's first fence. */
const hourly = (metres: number, hour: number): SentFix => ({
  ...northOfFarm(metres),
  at: START + hour * HOUR,
  accuracyM: 10,
});

async function putFarm(
  id: string,
  change: { at?: { lon: number; lat: number }; sideM?: number; nearM?: number; closeM?: number },
) {
  const { at, sideM, ...rings } = change;
  const farm = aFarm(id, at, sideM);
  await edited.ask('PUT', `/farms/${id}`, { ...farm, properties: { ...farm.properties, ...rings } });
}

/** A new animal that is visiting a new farm, and the alert of that. */
async function aVisit(metres: readonly number[]) {
  const [animal, farm] = names('v') as [string, string];
  const collar = `k-${animal}`;
  await putFarm(farm, {});
  standing.push(farm);
  const worn = [{ animal, collar, from: START - HOUR, to: null }];
  await edited.ask('PUT', '/reserve', reserveOf([animal], [collar], worn));
  await edited.send(0, collar, metres.map(hourly));
  const alert = await eventually(
    () => theAlert(animal),
    (found) => found?.level === 'close',
  );
  return { animal, collar, farm, alert };
}

/** The one alert of an animal. */
async function theAlert(animal: string): Promise<ToldAlert> {
  const alerts = await edited.alertsOf(animal);
  if (alerts.length > 1) throw new Error(`${animal} has more than one alert: ${JSON.stringify(alerts)}`);
  return alerts[0]!;
}
