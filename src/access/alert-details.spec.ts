import type { Alert, AlertChange, Ledger } from '../domain/alert/alert.ts';
import { person, type PersonRole } from './principal.ts';
import { viewAlert, viewAlertWithChanges } from './visibility.ts';

const someone = (role: PersonRole, farms: string[] = []) =>
  person({ id: role, name: `the ${role}`, role, farms, until: null });
const farmer = someone('farmer', ['olenevod', 'second']);
const all = [someone('admin'), someone('ranger'), someone('researcher')];
const LAT = 43.123457;
const LON = 131.765432;
const PLAIN: Alert = {
  id: '0190c5d0-0000-7000-8000-000000000001',
  ...{ kind: 'farm-proximity', animal: 'sofia', farm: 'olenevod', area: null },
  ...{ state: 'open', level: 'near', peak: 'close', openedAt: 1, closedAt: null, closest: null },
  ...{ details: null, reason: null, late: false, learnedAt: 2, revision: 3, acknowledged: null },
};

const LEDGER: Ledger = {
  fixAt: 1e12,
  receivedAt: null,
  committedAt: 2e12,
  judgedAt: null,
  firstSentAt: null,
  acknowledgedAt: null,
};

describe('to a farmer', () => {
  it('shows a silence that could end at an own farm, and none that could end at another', () => {
    const couldReach = (farm: string) => ({ couldReach: { farm, at: '2026-11-22T22:40:00.000Z' } });
    const silence = (details: Alert['details'], over: Partial<Alert> = {}): Alert => ({
      ...PLAIN,
      kind: 'silence',
      farm: null,
      details,
      ...over,
    });
    expect(viewAlert(farmer, silence(couldReach('second')))).toMatchObject({ farm: null, ...couldReach('second') });
    expect(viewAlert(farmer, silence(couldReach('others')))).toBeNull();
    expect(viewAlert(farmer, silence(null))).toBeNull();
    expect(viewAlert(farmer, silence({ couldReach: null }))).toBeNull();
    expect(viewAlert(farmer, silence({ couldReach: 'second' }))).toBeNull();
    // What is about an area, or about somebody else's farm, does not become theirs by a detail.
    expect(viewAlert(farmer, silence(couldReach('second'), { area: 'land-of-the-leopard' }))).toBeNull();
    expect(viewAlert(farmer, silence(couldReach('second'), { farm: 'others' }))).toBeNull();
    // Nor do they hear which other farm could be next, in an alert of their own.
    expect(viewAlert(farmer, silence(couldReach('others'), { farm: 'second' }))).not.toHaveProperty('couldReach');
    // A change from before the alert was theirs is not shown with those from after it.
    const change = (seq: number, farm: string): AlertChange => ({
      ...{ seq, change: 'amended', at: 1, learnedAt: 1, late: true },
      alert: silence(couldReach(farm)),
    });
    const life = viewAlertWithChanges(farmer, silence(couldReach('second')), LEDGER, [
      change(1, 'others'),
      change(2, 'second'),
    ]);
    expect(life?.changes.map(({ seq }) => seq)).toEqual([2]);
    expect(JSON.stringify(life)).not.toContain('others');
  });

  it("shows of a rule's words only what is no place", () => {
    const details = {
      unknownSince: '2026-11-22T21:00:00.000Z',
      looksLike: 'kill',
      where: `${LAT}, ${LON}`,
      cell: '8a1fb46622dffff 43.123457',
      daysLeft: 12.5,
    };
    expect(viewAlert(farmer, { ...PLAIN, details })).toMatchObject({
      ...details,
      where: '[place withheld]',
      cell: '8a1fb46622dffff [place withheld]',
    });
  });
});

describe('to rangers, researchers and administrators', () => {
  it('shows what the rule tells, beside the fields and never over them, and no position among it', () => {
    const details = {
      unknownSince: '2026-11-22T21:00:00.000Z',
      couldReach: { farm: 'others', at: '2026-11-22T22:40:00.000Z' },
      daysLeft: 12.5,
      isMoving: false,
      lat: LAT,
      position: `${LAT}, ${LON}`,
      id: 'another',
      state: 'closed',
      reason: 'another',
      ledger: 'another',
      'not a name': 1,
    };
    const { unknownSince, couldReach, daysLeft, isMoving } = details;
    for (const who of all) {
      const view = viewAlert(who, { ...PLAIN, details });
      expect(JSON.parse(JSON.stringify(view))).toEqual({
        ...{ id: PLAIN.id, kind: 'farm-proximity', animal: 'sofia', farm: 'olenevod', area: null },
        ...{ state: 'open', level: 'near', peak: 'close', late: false, revision: 3, acknowledged: null },
        openedAt: '1970-01-01T00:00:00.001Z',
        closedAt: null,
        closest: null,
        learnedAt: '1970-01-01T00:00:00.002Z',
        ...{ unknownSince, couldReach, daysLeft, isMoving },
      });
    }
  });

  it('shows why an alert or a change is as it is, and how it became known', () => {
    const alert: Alert = { ...PLAIN, state: 'retracted', reason: 'late-fixes' };
    const change: AlertChange = {
      seq: 7,
      change: 'retracted',
      at: 1,
      learnedAt: 2,
      late: true,
      reason: 'late-fixes',
      alert,
    };
    const view = viewAlertWithChanges(all[0]!, alert, LEDGER, [change]);
    expect(view).toMatchObject({ reason: 'late-fixes', changes: [{ late: true, reason: 'late-fixes' }] });
    expect(view?.ledger).toEqual({
      fixAt: '2001-09-09T01:46:40.000Z',
      receivedAt: null,
      committedAt: '2033-05-18T03:33:20.000Z',
      judgedAt: null,
      firstSentAt: null,
      acknowledgedAt: null,
    });
    expect(viewAlert(all[0]!, PLAIN)).not.toHaveProperty('reason');
  });
});
