import type { EpochMs, Reading } from '../../src/domain/fix.ts';
import type { Leg } from '../movement/leg.ts';
import { legEnd, onLeg } from '../movement/leg.ts';
import type { Plane } from '../movement/plane.ts';
import { Random } from '../random.ts';
import type { Attempt } from './attempt.ts';
import { NO_ERROR, round, sampleGpsError } from './gps-error.ts';
import { Reception, successChance } from './reception.ts';
import { activityCount, altitudeM, BATTERY_LIFE_MS, batteryV, temperatureC } from './sensors.ts';

export interface CollarOptions {
  readonly seed: string | number;
  readonly plane: Plane;
  /** The first attempt; the battery is fresh then. */
  readonly from: EpochMs;
  /** No attempt is scheduled from then on. */
  readonly until: EpochMs;
  readonly intervalMs: number;
  /** false: every attempt gets the true position. */
  readonly errors: boolean;
}

/** Seconds from the schedule to a position: median, spread of the logarithm, least and most. Ours. */
const TIME_TO_FIX_S = { median: 28, spread: 0.5, least: 5, most: 90 } as const;
/** Heading and speed of an animal slower than this are noise: not reported. */
const SLOWEST_MPS = 0.05;

/** The collar: attempts at every interval along the true path until its battery is empty. */
export class Collar {
  private readonly random: Random;
  private reception: Reception | undefined;
  private scheduled: EpochMs;
  private at: EpochMs;
  private seq = 0;

  constructor(private readonly options: CollarOptions) {
    this.random = new Random(options.seed, 'collar');
    this.scheduled = options.from;
    this.at = this.scheduled + this.timeToFix();
  }

  /** No attempt will follow: the walk is over, or the battery is empty. */
  get silent(): boolean {
    return this.scheduled >= this.end;
  }

  get end(): EpochMs {
    return Math.min(this.options.until, this.options.from + BATTERY_LIFE_MS);
  }

  /** The attempts that end on this leg, in order. Legs must come in order, without gaps. */
  *attempts(leg: Leg): Generator<Attempt> {
    while (this.at < legEnd(leg).at && !this.silent) {
      yield this.attempt(leg);
      this.scheduled += this.options.intervalMs;
      this.at = this.scheduled + this.timeToFix();
    }
  }

  private attempt(leg: Leg): Attempt {
    const { plane, seed, errors } = this.options;
    const { at, scheduled } = this;
    const { point } = onLeg(leg, at);
    const success = successChance(at, leg.state, seed);
    this.reception ??= new Reception(success, new Random(seed, 'reception'));
    const works = this.reception.attempt(success) || !errors;
    this.seq += 1;
    return {
      scheduled,
      at,
      true: plane.toPosition(point),
      state: leg.state,
      outcome: works ? 'fix' : 'failed',
      report: works ? this.reading(leg) : { at, extra: { seq: this.seq } },
    };
  }

  private reading(leg: Leg): Reading {
    const { random, at } = this;
    const { point, speedMps, headingDeg } = onLeg(leg, at);
    const sampled = sampleGpsError(random);
    const error = this.options.errors ? sampled : NO_ERROR;
    const seen = this.options.plane.toPosition({ x: point.x + error.eastM, y: point.y + error.northM });
    const celsius = temperatureC(at, random);
    const altitude = Math.round(altitudeM(seen) + 1.5 * error.hdop * random.normal());
    const noise = random.logNormal(1, 0.15);
    return {
      at,
      lat: round(seen.lat, 6),
      lon: round(seen.lon, 6),
      ...(error.dimension === '3D' && { altM: altitude }), // a 2D position assumes an altitude instead of finding one
      accuracyM: error.accuracyM,
      hdop: error.hdop,
      satellites: error.satellites,
      ...(speedMps >= SLOWEST_MPS && {
        speedMps: round(speedMps * noise, 2),
        headingDeg: Math.round(headingDeg) % 360,
      }),
      temperatureC: celsius,
      batteryV: batteryV(at - this.options.from, celsius),
      activity: activityCount(at, leg.state, random),
      seq: this.seq,
    };
  }

  private timeToFix(): number {
    const { median, spread, least, most } = TIME_TO_FIX_S;
    return Math.round(1000 * Math.min(most, Math.max(least, this.random.logNormal(median, spread))));
  }
}
