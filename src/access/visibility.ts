import type { Alert, AlertChange, Ledger } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';
import { Problem } from '../domain/problem.ts';
import { doubtNames } from '../domain/quality/doubt.ts';
import { concernedFarm, shownDetails } from './alert-details.ts';
import { withoutPlaces } from './note.ts';
import type { Principal } from './principal.ts';
import { rightsOf, type Rights } from './rights.ts';
import type {
  AlertChangeView,
  AlertListView,
  AlertView,
  AlertWithChangesView,
  DoubtsView,
  LedgerView,
  NamedDoubts,
  NamedFix,
  PositionView,
} from './views.ts';
import type { Unplaced, Visible } from './visible.ts';

export { mayPublish, mayWatch, viewerKey, visibleFarms, type Stream } from './rights.ts';
export type * from './views.ts';

/*
 * The only way out. A function here turns what is stored into what one principal may see of it, or null: nothing at all.
 * Pure: same principal and same thing, same answer, for every outlet.
 */

const show = <T>(value: T): Visible<T> => value as Visible<T>;
const iso = (at: EpochMs): string => new Date(at).toISOString();
const isoOrNull = (at: EpochMs | null): string | null => (at === null ? null : iso(at));

// Positions -----------------------------------------------------------------------------------------------------------

/** Fixes as a principal may see them; null: no position of anything. */
export function viewPositions(
  principal: Principal,
  fixes: readonly NamedFix[],
): Visible<readonly Visible<PositionView>[]> | null {
  if (rightsOf(principal).positions === 'none') return null;
  return show(fixes.map(positionView));
}

/** One fix as a principal may see it. */
export function viewPosition(principal: Principal, fix: NamedFix): Visible<PositionView> | null {
  return rightsOf(principal).positions === 'none' ? null : positionView(fix);
}

/** JSON.stringify leaves out what a collar did not report. `extra` stays in the store: what a maker puts there nobody has read. */
function positionView({ animal, collar, fix }: NamedFix): Visible<PositionView> {
  return show({
    animal,
    collar,
    at: iso(fix.at),
    lat: fix.lat,
    lon: fix.lon,
    late: fix.late,
    doubts: doubtNames(fix.doubts),
    altM: fix.altM,
    accuracyM: fix.accuracyM,
    hdop: fix.hdop,
    satellites: fix.satellites,
    speedMps: fix.speedMps,
    headingDeg: fix.headingDeg,
    temperatureC: fix.temperatureC,
    batteryV: fix.batteryV,
    activity: fix.activity,
    seq: fix.seq,
  });
}

/** Changed doubts. That an animal had a fix at a moment is for those alone who may see it. */
export function viewDoubts(
  principal: Principal,
  changes: readonly NamedDoubts[],
): Visible<readonly DoubtsView[]> | null {
  if (rightsOf(principal).positions === 'none') return null;
  return show(changes.map(({ animal, at, doubts }) => ({ animal, at: iso(at), doubts: doubtNames(doubts) })));
}

declare const granted: unique symbol;

/**
 * Proof that a principal may see positions. Statements that make an answer as text demand one before they run, because there is
 * nothing to take out of a text afterwards.
 */
export interface PositionGrant {
  readonly [granted]: true;
}
const POSITION_GRANT = Object.freeze({}) as PositionGrant;

/** The grant of a principal to read positions. @throws Problem 403 for who has none */
export function grantPositions(principal: Principal): PositionGrant {
  if (rightsOf(principal).positions === 'none') throw noPositions();
  return POSITION_GRANT;
}

/** Lets out what a statement made under a grant. */
export function viewGranted<T>(_grant: PositionGrant, answer: T): Visible<T> {
  return show(answer);
}

/**
 * Places that stand in the registry: farms, and what goes with them. Who may see no position sees none of it.
 *
 * @throws Problem 403
 */
export function viewPlaces<T extends object>(principal: Principal, places: T): Visible<T> {
  if (rightsOf(principal).positions === 'none') throw noPositions();
  return show(places);
}

/**
 * What is measured of animals at a farm, for whoever may see that farm's alerts: how near they came and when, as alerts tell it, and no
 * position. The grant is for measuring: it is given to nobody else, and what is measured under it cannot hold a place.
 *
 * @param farm its id. One that a principal may not see is answered as one that is not there
 * @throws Problem 404; what `measure` throws
 */
export async function viewAtFarm<T extends object>(
  principal: Principal,
  farm: string,
  measure: (grant: PositionGrant) => Promise<T & Unplaced<T>>,
): Promise<Visible<T>> {
  const { alerts } = rightsOf(principal);
  if (alerts !== 'all' && !alerts.has(farm)) throw new Problem(404, 'unknown-farm', 'There is no such farm.');
  return show<T>(await measure(POSITION_GRANT));
}

function noPositions(): Problem {
  return new Problem(403, 'forbidden', 'Positions are not open to this role.');
}

// Alerts --------------------------------------------------------------------------------------------------------------

/** An alert as a principal may see it. Farmers: those that concern one of their farms, notes without places. */
export function viewAlert(principal: Principal, alert: Alert): Visible<AlertView> | null {
  const rights = rightsOf(principal);
  return seesAlert(rights, alert) ? show(alertView(rights, alert)) : null;
}

/** A change of an alert as a principal may see it: whoever sees the alert sees its changes. */
export function viewAlertChange(principal: Principal, change: AlertChange): Visible<AlertChangeView> | null {
  const rights = rightsOf(principal);
  return seesAlert(rights, change.alert) ? show(changeView(rights, change)) : null;
}

function changeView(rights: Rights, change: AlertChange): AlertChangeView {
  return {
    seq: change.seq,
    change: change.change,
    at: iso(change.at),
    learnedAt: iso(change.learnedAt),
    late: change.late,
    reason: change.reason,
    by: change.by,
    note: change.note === undefined ? undefined : noteView(rights, change.note),
    alert: alertView(rights, change.alert),
  };
}

/** A page of alerts: those of them that a principal may see. */
export function viewAlertList(
  principal: Principal,
  alerts: readonly Alert[],
  next: string | null,
): Visible<AlertListView> {
  const rights = rightsOf(principal);
  return show({
    items: alerts.filter((alert) => seesAlert(rights, alert)).map((alert) => alertView(rights, alert)),
    next,
  });
}

/** An alert with its life so far. */
export function viewAlertWithChanges(
  principal: Principal,
  alert: Alert,
  ledger: Ledger,
  changes: readonly AlertChange[],
): Visible<AlertWithChangesView> | null {
  const rights = rightsOf(principal);
  if (!seesAlert(rights, alert)) return null;
  const seen = changes.filter((change) => seesAlert(rights, change.alert));
  return show({
    ...alertView(rights, alert),
    ledger: ledgerView(ledger),
    changes: seen.map((change) => changeView(rights, change)),
  });
}

function seesAlert(rights: Rights, alert: Alert): boolean {
  if (rights.alerts === 'all') return true;
  const farm = concernedFarm(alert);
  return farm !== null && rights.alerts.has(farm);
}

function alertView(rights: Rights, alert: Alert): AlertView {
  const { acknowledged, closest } = alert;
  const fields: AlertView = {
    id: alert.id,
    kind: alert.kind,
    animal: alert.animal,
    farm: alert.farm,
    area: alert.area,
    state: alert.state,
    level: alert.level,
    peak: alert.peak,
    openedAt: iso(alert.openedAt),
    closedAt: isoOrNull(alert.closedAt),
    closest: closest && { m: Math.round(closest.m * 10) / 10, at: iso(closest.at), between: closest.between },
    late: alert.late,
    learnedAt: iso(alert.learnedAt),
    revision: alert.revision,
    acknowledged: acknowledged && {
      by: acknowledged.by,
      at: iso(acknowledged.at),
      note: noteView(rights, acknowledged.note),
    },
    ...(alert.reason === null ? {} : { reason: alert.reason }),
  };
  return { ...fields, ...shownDetails(rights, alert.details, fields) };
}

function ledgerView(ledger: Ledger): LedgerView {
  return {
    fixAt: iso(ledger.fixAt),
    receivedAt: isoOrNull(ledger.receivedAt),
    committedAt: isoOrNull(ledger.committedAt),
    judgedAt: isoOrNull(ledger.judgedAt),
    firstSentAt: isoOrNull(ledger.firstSentAt),
    acknowledgedAt: isoOrNull(ledger.acknowledgedAt),
  };
}

function noteView(rights: Rights, note: string): string {
  return rights.positions === 'none' ? withoutPlaces(note) : note;
}

// Raw messages ---------------------------------------------------------------------------------------------------------

/** Messages that could not be read, with their bytes, which may hold any position: for administrators alone. @throws Problem 403 */
export function viewRawMessages<T extends object>(principal: Principal, messages: T): Visible<T> {
  if (principal.role !== 'admin') throw noPositions();
  return show(messages);
}

// The rest ------------------------------------------------------------------------------------------------------------

/** What is made of names, counts and states. A field that is named like a position does not compile. */
export function withoutPosition<T extends object>(value: T & Unplaced<T>): Visible<T> {
  return show(value);
}

/** Text made of names and counts, such as metrics. Whoever calls it vouches for that. */
export function textWithoutPosition(text: string): Visible<string> {
  return show(text);
}

/** What was let out as a value, as one line of JSON. */
export function visibleLine(value: Visible<object>): Visible<string> {
  return show(`${JSON.stringify(value)}\n`);
}
