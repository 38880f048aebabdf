import { Random } from '../../simulator/random.ts';
import { aFarm, FARM_AT, northOfFarm } from '../factories/reserve.ts';
import { trueOffset } from '../support/geodesy-oracle.ts';
import { slowAlerts, type TestFarm } from '../support/slow-alerts.ts';
import type { SentFix } from '../support/slow-doubts.ts';
import { eventually } from '../support/server.ts';
import { shuffled } from './orders.delivery.ts';
import { expected, expectOutcomes, type Outcome, Station, type ToldAlert } from './orders.station.ts';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
/** Yesterday: what is told of it is late. */
const START = Math.floor(Date.now() / HOUR) * HOUR - 40 * HOUR;
const farm: TestFarm = {
  id: 'olenevod',
  nearM: 2_000,
  closeM: 500,
  geometry: aFarm().geometry as TestFarm['geometry'],
};

let station: Station;
let animals = 0;
let animal: string;
let collar: string;
/** All that the animal of the test has sent. */
let sent: SentFix[];
/** What was told of it, and when. */
let told: { readonly at: number; readonly known: unknown }[];

beforeAll(async () => {
  station = await Station.open();
  await station.ask('PUT', '/farms/olenevod', aFarm());
}, 60_000);
afterAll(() => station.close(), 60_000);
beforeEach(async () => {
  sent = [];
  told = [];
  [animal, collar] = [`late-${++animals}`, `c-${animals}`];
  await station.ask('PUT', '/reserve', {
    animals: [{ id: animal, name: animal }],
    collars: [{ serial: collar, format: 'json-v1' }],
    deployments: [{ animal, collar, from: '2000-01-01T00:00:00Z', to: null }],
  });
});

/** A fix of an hour since the start, some metres north of the fence. */
const at = (hour: number, metres: number): SentFix => ({
  ...northOfFarm(metres),
  at: START + hour * HOUR,
  accuracyM: 10,
});
const iso = (hour: number) => new Date(START + hour * HOUR).toISOString();

/** Sends fixes, and waits until the station tells what the rules say of all that was sent. */
async function tell(...fixes: SentFix[]): Promise<ToldAlert[]> {
  await station.send(0, collar, fixes);
  sent.push(...fixes.map((fix) => ({ receivedAt: Date.now(), ...fix })));
  const ordered = [...sent].sort((a, b) => a.at - b.at);
  await expectOutcomes(station, new Map([[animal, expected(ordered, slowAlerts(ordered, [farm]))]]));
  const alerts = await station.alertsOf(animal);
  told.push({ at: Date.now(), known: await station.knownOf(animal) });
  return alerts;
}

// Whatever came late: what was known at any time can be told again, to the letter.
afterEach(async () => {
  for (const { at, known } of told) expect(await station.knownOf(animal, at)).toEqual(known);
});

interface Thread {
  readonly changes: readonly { readonly change: string; readonly at: string }[];
}
const changesOf = async (id: string) =>
  ((await station.ask('GET', `/alerts/${id}`)) as Thread).changes.map(({ change }) => change);

describe('a late fix', () => {
  it('of a visit that nobody knew of: opened late', async () => {
    expect(await tell(at(0, 9_000), at(1, 9_100), at(9, 9_000), at(10, 9_000))).toEqual([]);
    const [alert] = await tell(at(4, 300), at(5, 5_000), at(6, 9_000));
    expect(alert).toMatchObject({ state: 'closed', openedAt: iso(4), late: true });
    expect((await changesOf(alert!.id))[0]).toBe('opened');
  });

  it('before the opening: the same alert is amended, and keeps its acknowledgement and notes', async () => {
    const [alert] = await tell(at(0, 9_000), at(4, 300));
    await station.ask('POST', `/alerts/${alert!.id}/acknowledge`, { note: 'on my way' });
    await station.ask('POST', `/alerts/${alert!.id}/comment`, { note: 'dogs are loose' });
    const [amended, ...others] = await tell(at(3, 1_500));
    expect(others).toEqual([]);
    expect(amended).toMatchObject({ id: alert!.id, openedAt: iso(3), acknowledged: { note: 'on my way' } });
    const changes = await changesOf(alert!.id);
    expect(changes.slice(0, 3)).toEqual(['opened', 'acknowledged', 'commented']);
    expect(changes).toContain('amended');
  });

  it('between two that were out: the closed visit goes on, as the same alert', async () => {
    const [closed] = await tell(at(0, 1_000), at(1, 4_000), at(3, 4_000));
    expect(closed).toMatchObject({ state: 'closed', closedAt: iso(1) });
    const [open, ...others] = await tell(at(2, 1_900));
    expect(others).toEqual([]);
    expect(open).toMatchObject({ id: closed!.id, state: 'open', closedAt: null });
    await tell(at(4, 4_000));
    expect(await changesOf(closed!.id)).not.toContain('retracted');
  });

  it('that makes two visits one: one alert stays, the other is retracted', async () => {
    const two = await tell(at(0, 1_000), at(1, 4_000), at(2, 4_100), at(4, 1_800));
    expect(two).toHaveLength(2);
    const alerts = await tell(at(1.5, 1_900));
    expect(alerts.map(({ state }) => state).sort()).toEqual(['open', 'retracted']);
    expect(new Set(alerts.map(({ id }) => id))).toEqual(new Set(two.map(({ id }) => id)));
  });

  it('that makes one visit two: one alert stays with the visit, the other is new', async () => {
    const [one] = await tell(at(0, 1_000), at(1, 4_000), at(4, 1_800));
    await station.ask('POST', `/alerts/${one!.id}/acknowledge`, { note: 'seen' });
    const alerts = await tell(at(2, 4_000));
    expect(alerts).toHaveLength(2);
    expect(alerts.filter(({ acknowledged }) => acknowledged !== null).map(({ id }) => id)).toEqual([one!.id]);
  });

  it('by which what was believed is condemned: the visit never was, and its alert is retracted', async () => {
    const [alert] = await tell(at(0, 40_000), at(1, 300), at(2, 400));
    expect(alert).toMatchObject({ state: 'open' });
    const [gone, ...others] = await tell(at(1.5, 40_000));
    expect(others).toEqual([]);
    expect(gone).toMatchObject({ id: alert!.id, state: 'retracted' });
    // And what was condemned may be believed again.
    await tell(at(1.25, 350), at(1.3, 360));
  });

  it('on a path of two: seen between two fixes no more, or seen at all', async () => {
    const far = { ...northOfFarm(3_000), lat: FARM_AT.lat - 0.035, at: START + 5 * HOUR, accuracyM: 10 };
    const [alert] = await tell(at(0, 3_500), far);
    expect(alert).toMatchObject({ closest: { m: 0, between: true } });
    const aside = { ...trueOffset(FARM_AT, 90, 8_000), at: START + 2.5 * HOUR, accuracyM: 10 };
    expect(await tell(aside)).toMatchObject([{ id: alert!.id, state: 'retracted' }]);
  });
});

describe("fixes that come with the edit that makes them an animal's", () => {
  it('are judged once', async () => {
    const wanted = new Map<string, Outcome>();
    const fixes = [at(0, 1_000), at(1, 4_000), at(3, 4_000), at(4, 300)];
    const steps: Promise<unknown>[] = [];
    for (let n = 0; n < 20; n++) {
      const [id, serial] = [`edit-${n}`, `e-${n}`];
      await station.ask('PUT', '/reserve', { collars: [{ serial, format: 'json-v1' }] });
      wanted.set(id, expected(fixes, slowAlerts(fixes, [farm])));
      const worn = [{ animal: id, collar: serial, from: '2000-01-01T00:00:00Z', to: null }];
      const reserve = { animals: [{ id, name: id }], deployments: worn };
      steps.push(station.ask('PUT', '/reserve', reserve), ...fixes.map((fix, i) => station.send(i, serial, [fix])));
      // Half of them at leisure, half all at once.
      if (n % 2 === 0) await Promise.all(steps);
    }
    await Promise.all(steps);
    await expectOutcomes(station, wanted);
  });
});

describe('bad input', () => {
  it('a fix of next year is doubted, never judged, and does not freeze the present', async () => {
    const nextYear = { ...northOfFarm(100), at: Date.now() + 365 * 24 * HOUR, accuracyM: 10 };
    expect(await tell(nextYear)).toEqual([]);
    expect(await tell(at(0, 9_000), at(2, 400))).toMatchObject([{ openedAt: iso(2), state: 'open' }]);
    expect(await tell(at(1, 1_500))).toMatchObject([{ openedAt: iso(1) }]);
    const { features } = (await station.ask('GET', '/positions')) as {
      features: { properties: { animal: string; at: string } }[];
    };
    expect(features.find(({ properties }) => properties.animal === animal)?.properties.at).toBe(iso(2));
  });

  it('a fix of 1,024 weeks ago is doubted, and its animal has not been there', async () => {
    expect(await tell({ ...at(1, 100), at: Date.now() - 1_024 * WEEK })).toEqual([]);
    expect(await tell(at(1, 100))).toMatchObject([{ openedAt: iso(1) }]);
  });

  it('of two fixes of one time the first stays, the other is a dead letter', async () => {
    await tell(at(0, 9_000), at(1, 300));
    await station.send(1, collar, [at(1, 9_000)]);
    const letters = await eventually(
      async () => (await station.ask('GET', '/dead-letters')) as { items: { serial: string; reason: string }[] },
      ({ items }) => items.some(({ serial }) => serial === collar),
    );
    expect(letters.items.find(({ serial }) => serial === collar)?.reason).toBe('conflict');
    expect(await tell(at(2, 250))).toMatchObject([{ openedAt: iso(1), state: 'open' }]);
  });

  it('10,000 fixes of one animal in one burst, in random order', async () => {
    const fixes = aWander(10_000, Date.now() - 40 * 24 * HOUR);
    const wanted = expected(fixes, slowAlerts(fixes, [farm]));
    const mixed = shuffled(fixes, new Random('burst', 'order'));
    const began = performance.now();
    const parts = Array.from({ length: 10 }, (_, i) => mixed.slice(i * 1_000, (i + 1) * 1_000));
    await Promise.all(parts.map((part, index) => station.send(index, collar, part)));
    const acknowledgedMs = performance.now() - began;
    await expectOutcomes(station, new Map([[animal, wanted]]), 60_000);
    const judgedMs = performance.now() - began;
    console.log(
      `10,000 fixes of one animal in 10 messages of random order: acknowledged in ${Math.round(acknowledgedMs)} ms, ` +
        `told as in order (${wanted.alerts.length} alerts) within ${Math.round(judgedMs)} ms`,
    );
    expect(wanted.alerts.length).toBeGreaterThan(20);
  }, 90_000);
});

/** An animal that wanders around the farm for weeks, with a fix every five minutes, some of them far off. */
function aWander(count: number, startAt: number): SentFix[] {
  const random = new Random('burst', 'way');
  let place = trueOffset(FARM_AT, 45, 3_000);
  return Array.from({ length: count }, (_, index) => {
    const home = Math.hypot((place.lat - FARM_AT.lat) * 111_000, (place.lon - FARM_AT.lon) * 81_000) > 6_000;
    const azimuth = home
      ? (Math.atan2(FARM_AT.lon - place.lon, FARM_AT.lat - place.lat) * 180) / Math.PI
      : random.between(0, 360);
    place = trueOffset(place, azimuth, random.between(0, 600));
    const seen = random.chance(0.02) ? trueOffset(place, random.between(0, 360), 20_000) : place;
    return { at: startAt + index * 300_000, ...seen, accuracyM: 10 };
  });
}
