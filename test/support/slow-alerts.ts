import type { MultiPolygon, Polygon } from 'geojson';
import type { VisitStep } from '../../src/domain/alert/visit.ts';
import { prepareBoundary } from '../../src/domain/geo/boundary.ts';
import type { GuardedFarm, JudgedFix } from '../../src/rules/rule.ts';
import { errorOf, LEOPARD, type SentFix, slowDoubts } from './slow-doubts.ts';
import { slowVisitNow, slowVisits } from './slow-visits.ts';

/** A farm of a test. */
export interface TestFarm {
  readonly id: string;
  readonly nearM: number;
  readonly closeM: number;
  readonly geometry: Polygon | MultiPolygon;
}

/** An alert, but for what the order of arrival and people may change. */
export interface SlowAlert {
  readonly farm: string;
  readonly state: 'open' | 'closed';
  readonly level: string;
  readonly peak: string;
  /** Epoch ms, as all times here. */
  readonly openedAt: number;
  readonly closedAt: number | null;
  readonly closest: { readonly m: number; readonly at: number; readonly between: boolean };
}

/** What becomes of an animal's fixes. */
export interface SlowOutcome {
  /** Of each fix, in the order given. */
  readonly doubts: readonly string[][];
  /** By farm, then by time. */
  readonly alerts: readonly SlowAlert[];
}

/**
 * The alert rules 1 to 4 and 6 over one animal's fixes in order of time: their doubts, and for each visit to each farm one alert.
 *
 * @param wornUntil when the animal's last deployment ended, epoch ms; null: it has not. A visit that goes on is over then.
 */
export function slowAlerts(
  fixes: readonly SentFix[],
  farms: readonly TestFarm[],
  { wornUntil = null, pace = LEOPARD }: { wornUntil?: number | null; pace?: typeof LEOPARD } = {},
): SlowOutcome {
  const doubts = slowDoubts(fixes, pace);
  const judged = fixes
    .filter((_, index) => doubts[index]!.length === 0)
    .map((fix) => ({ at: fix.at, lon: fix.lon, lat: fix.lat, errorM: errorOf(fix) }));
  const byFarm = [...farms].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { doubts, alerts: byFarm.flatMap((farm) => alertsOf(judged, farm, wornUntil)) };
}

export function guarded({ id, nearM, closeM, geometry }: TestFarm): GuardedFarm {
  return { id, name: id, nearM, closeM, boundary: geometry, shape: prepareBoundary(geometry) };
}

function alertsOf(judged: readonly JudgedFix[], testFarm: TestFarm, wornUntil: number | null): SlowAlert[] {
  const farm = guarded(testFarm);
  const visits: VisitStep[][] = [];
  for (const step of slowVisits(judged, farm)) {
    if (step.change === 'opened') visits.push([]);
    visits.at(-1)!.push(step);
  }
  return visits.map((steps) => {
    const { level, peak, openedAt, closedAt, closest } = steps.at(-1)!.episode;
    const told = { farm: farm.id, level, peak, openedAt };
    if (closedAt !== null) return { ...told, state: 'closed', closedAt, closest };
    return {
      ...told,
      state: wornUntil === null ? 'open' : 'closed',
      closedAt: wornUntil,
      closest: slowVisitNow(judged, farm)!.closest,
    };
  });
}
