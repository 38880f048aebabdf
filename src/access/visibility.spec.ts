import fc from 'fast-check';
import { RINGS } from '../domain/farm.ts';
import type { Alert, AlertChange, Ledger } from '../domain/alert/alert.ts';
import type { Reach } from '../domain/alert/episode.ts';
import type { Fix } from '../domain/fix.ts';
import { Problem } from '../domain/problem.ts';
import { collarPrincipal, gatewayPrincipal, person, type PersonRole, type Principal } from './principal.ts';
import {
  grantPositions,
  mayPublish,
  mayWatch,
  viewAlert,
  viewAlertChange,
  viewAlertList,
  viewAlertWithChanges,
  viewDoubts,
  viewerKey,
  viewPlaces,
  viewPosition,
  viewPositions,
  viewRawMessages,
  visibleFarms,
} from './visibility.ts';

const someone = (role: PersonRole, farms: string[] = []): Principal =>
  person({ id: role, name: `the ${role}`, role, farms, until: null });
const farmer = someone('farmer', ['olenevod', 'second']);
const all = [someone('admin'), someone('ranger'), someone('researcher')];
const blind = [farmer, collarPrincipal('30211'), gatewayPrincipal('iridium', ['*'])];

// Unmistakable coordinates: wherever their digits show up, a position has leaked.
const LAT = 43.123457;
const LON = 131.765432;
const time = fc.integer({ min: 0, max: 4e12 });
const aFix = fc.record({
  at: time,
  receivedAt: time,
  lat: fc.integer({ min: 0, max: 9 }).map((digit) => Number(`${LAT}${digit}`)),
  lon: fc.integer({ min: 0, max: 9 }).map((digit) => Number(`${LON}${digit}`)),
  collarId: fc.nat(),
  doubts: fc.integer({ min: 0, max: 63 }),
  late: fc.boolean(),
  altM: fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }),
}) as fc.Arbitrary<Fix>;
const aNote = fc.oneof(fc.string(), fc.constantFrom(`seen at ${LAT}, ${LON}`, `${LON} ${LAT}!`, `geo:${LAT},${LON}`));
// Whatever a rule of a later day may come to tell.
const aReach = fc.record({
  farm: fc.constantFrom('olenevod', 'second', 'others'),
  at: fc.constant('2026-11-22T22:40:00.000Z'),
  lat: fc.constant(LAT),
});
const aDetail = fc.oneof(aReach, aNote, fc.boolean(), fc.integer(), fc.constantFrom(null, [LON, LAT], { lat: LAT }));
const someDetails = fc.dictionary(
  fc.constantFrom('couldReach', 'unknownSince', 'where', 'farm', 'id', 'closest', 'changes', 'ledger', '__proto__'),
  aDetail,
);
const anAlert = fc.record({
  id: fc.uuid(),
  kind: fc.constantFrom('farm-proximity', 'silence', 'boundary'),
  animal: fc.constantFrom('sofia', 'leo'),
  farm: fc.constantFrom('olenevod', 'second', 'others', null),
  area: fc.constantFrom('land-of-the-leopard', null),
  state: fc.constantFrom('open', 'closed', 'retracted'),
  level: fc.constantFrom(...RINGS),
  peak: fc.constantFrom(...RINGS),
  openedAt: time,
  closedAt: fc.option(time),
  closest: fc.option(fc.record({ m: fc.float({ min: 0, max: 5000, noNaN: true }), at: time, between: fc.boolean() })),
  details: fc.option(someDetails),
  reason: fc.constantFrom('late-fixes', 'farm-removed', null),
  late: fc.boolean(),
  learnedAt: time,
  revision: fc.nat(),
  acknowledged: fc.option(fc.record({ by: fc.constant('a ranger'), at: time, note: aNote })),
  // What a later version may come to store beside it must not slip through.
  lat: fc.constant(LAT),
  coordinates: fc.constant([LON, LAT]),
}) as fc.Arbitrary<unknown> as fc.Arbitrary<Alert>;
const aChange: fc.Arbitrary<AlertChange> = fc.record({
  seq: fc.nat(),
  change: fc.constantFrom('opened', 'commented', 'closed'),
  at: time,
  learnedAt: time,
  late: fc.boolean(),
  by: fc.constant('a ranger'),
  note: aNote,
  alert: anAlert,
});

const LEDGER: Ledger = {
  fixAt: 1e12,
  receivedAt: null,
  committedAt: 2e12,
  judgedAt: null,
  firstSentAt: null,
  acknowledgedAt: null,
};

/** The farm that an alert is about, or that a silent animal could come to. */
const farmOf = ({ farm, area, details }: Alert): string | null =>
  farm ?? (area === null ? ((details?.['couldReach'] as Partial<Reach> | null | undefined)?.farm ?? null) : null);
const isOwn = (alert: Alert) => farmOf(alert) === 'olenevod' || farmOf(alert) === 'second';

const PLACE_KEY = /"(lat|lon|latitude|longitude|coordinates|geometry|bbox|position|positions)"/;
const PLACE_DIGITS = /43[.,]?123|131[.,]?765/;

describe('what a farmer sees', () => {
  it('holds no coordinate, whatever is stored', () => {
    fc.assert(
      fc.property(anAlert, aChange, fc.array(aFix, { maxLength: 3 }), (alert, change, fixes) => {
        const named = fixes.map((fix) => ({ animal: 'sofia', collar: '30211', fix }));
        const out = [
          viewAlert(farmer, alert),
          viewAlertChange(farmer, change),
          viewAlertList(farmer, [alert, change.alert], 'cursor'),
          viewAlertWithChanges(farmer, alert, LEDGER, [change]),
          viewPositions(farmer, named),
          ...named.map((fix) => viewPosition(farmer, fix)),
          viewDoubts(farmer, [{ animal: 'sofia', at: 0, doubts: 1 }]),
        ];
        const text = JSON.stringify(out);
        expect(text).not.toMatch(PLACE_KEY);
        expect(text).not.toMatch(PLACE_DIGITS);
      }),
    );
  });

  it('is alerts that concern own farms alone', () => {
    fc.assert(
      fc.property(anAlert, aChange, (alert, change) => {
        const own = isOwn(alert);
        expect(viewAlert(farmer, alert) !== null).toBe(own);
        expect(viewAlertWithChanges(farmer, alert, LEDGER, []) !== null).toBe(own);
        const ownChange = isOwn(change.alert);
        expect(viewAlertChange(farmer, change) !== null).toBe(ownChange);
        const listed = viewAlertList(farmer, [alert, change.alert], null).items;
        expect(listed).toHaveLength(Number(own) + Number(ownChange));
      }),
    );
    expect(visibleFarms(farmer)).toEqual(['olenevod', 'second']);
    expect(visibleFarms(someone('farmer'))).toEqual([]);
  });

  it('is neither a place of the registry nor a raw message', () => {
    for (const who of [...blind, someone('ranger'), someone('researcher')]) {
      expect(() => viewRawMessages(who, [])).toThrow(Problem);
    }
    for (const who of blind) {
      expect(() => viewPlaces(who, {})).toThrow(Problem);
      expect(() => grantPositions(who)).toThrow(Problem);
    }
  });
});

describe('what rangers, researchers and administrators see', () => {
  it('is every fix, with times in RFC 3339 and doubts by their names', () => {
    const fix: Fix = {
      at: 1e12,
      receivedAt: 2e12,
      lat: 1,
      lon: 2,
      collarId: 7,
      doubts: 0b10_0001,
      late: true,
      hdop: 1.5,
    };
    for (const who of all) {
      expect(JSON.parse(JSON.stringify(viewPosition(who, { animal: 'sofia', collar: '30211', fix })))).toEqual({
        animal: 'sofia',
        collar: '30211',
        at: '2001-09-09T01:46:40.000Z',
        lat: 1,
        lon: 2,
        late: true,
        doubts: ['future-time', 'unconfirmed'],
        hdop: 1.5,
      });
      expect(viewDoubts(who, [{ animal: 'sofia', at: 0, doubts: 2 }])).toEqual([
        { animal: 'sofia', at: '1970-01-01T00:00:00.000Z', doubts: ['week-rollover'] },
      ]);
      expect(visibleFarms(who)).toBeNull();
    }
  });

  it('is every alert with its notes as they were written', () => {
    fc.assert(
      fc.property(aChange, (change) => {
        for (const who of all) {
          const seen = viewAlertChange(who, change);
          expect(seen?.note).toBe(change.note);
          expect(seen?.alert.acknowledged?.note).toBe(change.alert.acknowledged?.note);
        }
      }),
    );
  });
});

describe('mayWatch and mayPublish', () => {
  it('opens streams to people, positions to those who may see them', () => {
    const may = (who: Principal) => [mayWatch(who, 'positions'), mayWatch(who, 'alerts')];
    for (const who of all) expect(may(who)).toEqual([true, true]);
    expect(may(farmer)).toEqual([false, true]);
    expect(may(collarPrincipal('30211'))).toEqual([false, false]);
    expect(may(gatewayPrincipal('iridium', ['*']))).toEqual([false, false]);
  });

  it('lets a collar publish for itself, a gateway for its own, people for nobody', () => {
    const who = [
      collarPrincipal('30211'),
      collarPrincipal('*'),
      gatewayPrincipal('some', ['30211', '30212']),
      gatewayPrincipal('every', ['*']),
      gatewayPrincipal('none', []),
      ...all,
      farmer,
    ];
    expect(who.map((one) => mayPublish(one, '30211'))).toEqual([
      true,
      false,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(who.map((one) => mayPublish(one, '30213'))).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('viewerKey', () => {
  it('is the same for those who see the same, and for no others', () => {
    expect(new Set(all.map(viewerKey)).size).toBe(1);
    expect(viewerKey(farmer)).toBe(viewerKey(someone('farmer', ['second', 'olenevod'])));
    expect(viewerKey(farmer)).not.toBe(viewerKey(someone('farmer', ['second'])));
    expect(viewerKey(someone('farmer', ['a","b']))).not.toBe(viewerKey(someone('farmer', ['a', 'b'])));
    expect(viewerKey(farmer)).not.toBe(viewerKey(all[0]!));
  });
});
