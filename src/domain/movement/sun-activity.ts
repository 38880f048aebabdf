import { geodesicMetres } from '../geo/ellipsoid.ts';
import { type Moved, piecesOf, placeAt } from './step-pieces.ts';
import { type Phase, PHASES, phaseAt } from './sun.ts';
import { HOUR_MS, type ZoneClock } from './zone-clock.ts';

/** Between fixes farther apart than this nobody knows when the animal went, as in the alert rules. */
export const STEP_MS = 6 * HOUR_MS;

/** How an animal moved in one light. */
export interface PhaseActivity {
  /** Hours between fixes no more than 6 h apart that lay in it. */
  readonly hours: number;
  readonly metres: number;
  /** null: no hours. */
  readonly metresPerHour: number | null;
  /** Of all hours, and of all metres, 0 to 1; null: there are none. */
  readonly shareOfHours: number | null;
  readonly shareOfMetres: number | null;
  /** Mean of what collars reported as `activity`, in the maker's unit; null: nothing was. */
  readonly activity: number | null;
}

/** An hour of the local day, over all days. */
export interface HourActivity {
  readonly hour: number;
  /** Hours of movement known in it, and metres, by light. */
  readonly hours: Readonly<Record<Phase, number>>;
  readonly metres: Readonly<Record<Phase, number>>;
  readonly metresPerHour: number | null;
  readonly activity: number | null;
}

export interface SunActivities {
  readonly phases: Readonly<Record<Phase, PhaseActivity>>;
  readonly byHour: readonly HourActivity[];
  /** Metres per hour at night by those of the day: above 1 nocturnal, below 1 diurnal; twilight is neither. null: not known. */
  readonly nightToDay: number | null;
  /** Share of metres at night, among night and day; null: it did not move. */
  readonly nightShare: number | null;
}

interface Sums {
  ms: number;
  metres: number;
}
const noSums = (): Record<Phase, Sums> => ({
  day: { ms: 0, metres: 0 },
  twilight: { ms: 0, metres: 0 },
  night: { ms: 0, metres: 0 },
});

class Mean {
  private sum = 0;
  private count = 0;

  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.sum += value;
    this.count++;
  }

  get value(): number | null {
    return this.count === 0 ? null : this.sum / this.count;
  }
}

/**
 * When an animal moves: each step of at most 6 h is cut at the quarters of the hour, and each piece counted for its local hour and for how
 * the sun stood in its middle, where the animal was then if it went straight.
 */
export class SunActivity {
  private readonly hours = Array.from({ length: 24 }, () => ({ sums: noSums(), activity: new Mean() }));
  private readonly activity: Record<Phase, Mean> = { day: new Mean(), twilight: new Mean(), night: new Mean() };

  constructor(private readonly clock: ZoneClock) {}

  /** @param before the fix before it; null: it is the first */
  add(fix: Moved, before: Moved | null): void {
    if (!Number.isNaN(fix.activity)) {
      this.hours[this.clock.hourOf(fix.at)]!.activity.add(fix.activity);
      this.activity[phaseAt(fix.at, fix)].add(fix.activity);
    }
    if (before === null || fix.at - before.at > STEP_MS) return;
    const metres = geodesicMetres(before, fix);
    for (const { from, to, share } of piecesOf(before.at, fix.at)) {
      const middle = (from + to) / 2;
      const sums = this.hours[this.clock.hourOf(from)]!.sums[phaseAt(middle, placeAt(before, fix, middle))];
      sums.ms += to - from;
      sums.metres += metres * share;
    }
  }

  result(): SunActivities {
    const whole = noSums();
    for (const { sums } of this.hours)
      for (const phase of PHASES) {
        whole[phase].ms += sums[phase].ms;
        whole[phase].metres += sums[phase].metres;
      }
    const ms = PHASES.reduce((sum, phase) => sum + whole[phase].ms, 0);
    const metres = PHASES.reduce((sum, phase) => sum + whole[phase].metres, 0);
    const phase = (name: Phase): PhaseActivity => ({
      hours: whole[name].ms / HOUR_MS,
      metres: whole[name].metres,
      metresPerHour: rate(whole[name]),
      shareOfHours: part(whole[name].ms, ms),
      shareOfMetres: part(whole[name].metres, metres),
      activity: this.activity[name].value,
    });
    const [night, day] = [rate(whole.night), rate(whole.day)];
    return {
      phases: { day: phase('day'), twilight: phase('twilight'), night: phase('night') },
      byHour: this.hours.map(({ sums, activity }, hour) => hourOf(hour, sums, activity.value)),
      nightToDay: night === null || day === null ? null : part(night, day),
      nightShare: part(whole.night.metres, whole.night.metres + whole.day.metres),
    };
  }
}

function hourOf(hour: number, sums: Readonly<Record<Phase, Sums>>, activity: number | null): HourActivity {
  const all = { ms: 0, metres: 0 };
  for (const phase of PHASES) {
    all.ms += sums[phase].ms;
    all.metres += sums[phase].metres;
  }
  const { day, twilight, night } = sums;
  return {
    hour,
    hours: { day: day.ms / HOUR_MS, twilight: twilight.ms / HOUR_MS, night: night.ms / HOUR_MS },
    metres: { day: day.metres, twilight: twilight.metres, night: night.metres },
    metresPerHour: rate(all),
    activity,
  };
}

function rate({ ms, metres }: Sums): number | null {
  return ms === 0 ? null : (metres * HOUR_MS) / ms;
}

function part(value: number, whole: number): number | null {
  return whole > 0 ? value / whole : null;
}
