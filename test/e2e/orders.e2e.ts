import fc from 'fast-check';
import { Random } from '../../simulator/random.ts';
import { aLand, aWay, type Land, trackOf } from '../factories/tracks.ts';
import { slowAlerts } from '../support/slow-alerts.ts';
import { LEOPARD, type SentFix } from '../support/slow-doubts.ts';
import { deliver, deliverInOrder, type Incidents, inOrder, outOfOrder } from './orders.delivery.ts';
import { expected, expectOutcomes, farmFeature, type Outcome, Station, withLand } from './orders.station.ts';

const RUNS = Number(process.env['ORDERS_RUNS'] ?? 3);
/** ORDERS_SHRINK=1 looks for the smallest track that fails, which takes as many deliveries as it takes. */
const SHRINK = process.env['ORDERS_SHRINK'] === '1';
const HOUR = 3_600_000;
/** Long enough ago that no track goes on to now. */
const START = Math.floor(Date.now() / HOUR) * HOUR - 100 * 24 * HOUR;

let sorted: Station;
let any: Station;
let run = 0;
const told: Record<string, number> = {};
const count = (what: string, times = 1) => (told[what] = (told[what] ?? 0) + times);

beforeAll(async () => {
  [sorted, any] = await Promise.all([Station.open(), Station.open()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([sorted.close(), any.close()]);
  console.log(`orders: ${JSON.stringify(told)}`);
}, 60_000);

interface Roamer {
  readonly animal: string;
  readonly serial: string;
  readonly fixes: readonly SentFix[];
  readonly kmh: number;
}

/** Some animals on one land, under names that no run before has used. */
function roamersOf(land: Land, drawn: readonly { way: Parameters<typeof trackOf>[0]; kmh: number }[]): Roamer[] {
  run++;
  return drawn.map(({ way, kmh }, index) => ({
    animal: `a${run}-${index}`,
    serial: `c${run}-${index}`,
    fixes: trackOf(way, land, START),
    kmh,
  }));
}

function reserveOf(land: Land, roamers: readonly Roamer[]) {
  return {
    farms: { type: 'FeatureCollection', features: land.farms.map(farmFeature) },
    animals: roamers.map(({ animal, kmh }) => ({ id: animal, name: animal, maxSpeedKmh: kmh })),
    collars: roamers.map(({ serial }) => ({ serial, format: 'json-v1' })),
    deployments: roamers.map(({ animal, serial }) => ({
      animal,
      collar: serial,
      from: '2020-01-01T00:00:00Z',
      to: null,
    })),
  };
}

const aRoamer = fc.record({ way: aWay(40, SHRINK ? 1 : 15), kmh: fc.constantFrom(8, 8, 80) });

describe('the same fixes', () => {
  it('in any order, in any batches, twice, with kill -9 between: the same doubts and alerts as in order', async () => {
    const property = fc.asyncProperty(
      aLand,
      fc.array(aRoamer, { minLength: 1, maxLength: 3 }),
      fc.noShrink(fc.integer()),
      async (land, drawn, seed) => {
        const roamers = roamersOf(land, drawn);
        const wanted = new Map<string, Outcome>();
        for (const { animal, fixes, kmh } of roamers)
          wanted.set(animal, expected(fixes, slowAlerts(fixes, land.farms, { pace: { ...LEOPARD, kmh } })));
        await Promise.all([sorted, any].map((station) => station.ask('PUT', '/reserve', reserveOf(land, roamers))));
        await withLand([sorted, any], land.farms, async () => {
          const logs = new Map(roamers.map(({ serial, fixes }) => [serial, fixes]));
          await deliverInOrder(sorted, inOrder(logs));
          await expectOutcomes(sorted, wanted);
          await disorderly(logs, roamers, seed);
          await expectOutcomes(any, wanted);
          await expectAcknowledged();
        });
        for (const { fixes, alerts } of wanted.values()) {
          count('alerts', alerts.length);
          count('fixes', fixes.length);
          count('doubted', fixes.filter(({ doubts }) => doubts.length > 0).length);
        }
        count('runs');
      },
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: !SHRINK });
    expect(told['alerts']).toBeGreaterThan(RUNS);
  }, 900_000);
});

/** What a person did while fixes came. */
const acknowledged = new Map<string, string>();

async function disorderly(logs: Map<string, readonly SentFix[]>, roamers: readonly Roamer[], seed: number) {
  const random = new Random(seed, 'delivery');
  const messages = outOfOrder(logs, random);
  const at = (share: number) => Math.floor(messages.length * share);
  const incidents: Incidents = new Map([
    [at(random.between(0.2, 0.5)), () => acknowledgeOne(roamers)],
    [
      at(random.between(0.5, 0.95)),
      async () => {
        await any.killAndRestart();
        count('kills');
      },
    ],
  ]);
  count('messages', messages.length);
  await deliver(any, messages, random, incidents);
}

async function acknowledgeOne(roamers: readonly Roamer[]): Promise<void> {
  for (const { animal } of roamers) {
    const [alert] = (await any.alertsOf(animal)).filter(({ state }) => state !== 'retracted');
    if (!alert) continue;
    await any.ask('POST', `/alerts/${alert.id}/acknowledge`, { note: `seen ${alert.id}` });
    acknowledged.set(alert.id, `seen ${alert.id}`);
    return;
  }
}

/** An acknowledgement stays with its alert, whatever became of that. */
async function expectAcknowledged(): Promise<void> {
  for (const [id, note] of acknowledged) {
    const alert = (await any.ask('GET', `/alerts/${id}`)) as { state: string; acknowledged: { note: string } | null };
    expect(alert.acknowledged?.note).toBe(note);
    count(`acknowledged, now ${alert.state}`);
  }
  acknowledged.clear();
}
