import type { EpochMs, Position } from '../../src/domain/fix.ts';
import type { Farm } from '../../src/domain/farm.ts';
import { Fence } from '../farms/fence.ts';
import { Random } from '../random.ts';
import {
  DAY_MS,
  HOME_PULL_PER_KM,
  HOUR_MS,
  isNight,
  KILL_EVERY_MS,
  localDay,
  DAWN_H,
  MOVE_TO_MOVE,
  nextLocalHour,
  REST_TO_REST,
  START_SPREAD_M,
  STAY_MS,
  STAY_RADIUS_M,
  STEP_MS,
  STEP_SCALE_M,
  STEP_SHAPE,
  stepFactor,
  TRIP_CHANCE,
  TRIP_M,
  TURN_KAPPA,
} from './calibration.ts';
import type { Leg, Waypoint } from './leg.ts';
import { legEnd, restLeg, wander } from './leg.ts';
import type { Point } from './plane.ts';
import { distance, Plane, towards } from './plane.ts';
import { REACH_M, stagingPoint, visitLeg } from './visit.ts';

/** A visit that is arranged: she leaves for the farm at this moment, by night or by day. */
export interface Appointment {
  readonly farm: string;
  readonly depart: EpochMs;
}

export interface WalkerOptions {
  readonly seed: string | number;
  readonly home: Position;
  /** The walk begins at the last even hour (UTC) at or before this. */
  readonly from: EpochMs;
  readonly farms: readonly Farm[];
  /** Chance that she visits the nearest farm in a night that finds her in its reach and not at a kill. */
  readonly visitChance: number;
  readonly appointment?: Appointment;
  /** Pull towards home, κ per kilometre; for calibrating. */
  readonly homePull?: number;
}

/** Share of steps in which she moves, of the chain's stationary distribution. */
const MOVING_SHARE = (1 - REST_TO_REST) / (1 - REST_TO_REST + (1 - MOVE_TO_MOVE));
/** Chance that a moving step ends in a kill, so that kills and the stays at them come round in the calibration's time. */
const KILL_CHANCE = STEP_MS / (KILL_EVERY_MS - (STAY_MS[0] + STAY_MS[1]) / 2) / MOVING_SHARE;
/** Midpoints of a step of 2 h down to 15 minutes. */
const LEVELS = 3;
/** Before an arranged visit she goes to where it begins, and lies up there: eight steps cover 12 km. */
const ASSEMBLE_MS = 16 * HOUR_MS;
const ASSEMBLE_M_PER_STEP = 1_600;
/** She kills nothing so shortly before an arranged visit that she would still stay there. */
const NO_KILL_MS = STAY_MS[1] + ASSEMBLE_MS + DAY_MS;

/** Where she goes, leg after leg, for ever. The same options give the same legs; nothing else has a say. */
export class Walker {
  readonly plane: Plane;
  readonly fences: readonly Fence[];
  private readonly random: Random;
  private here: Waypoint;
  /** Radians from east, of the last moving step. */
  private heading: number;
  private moving = false;
  private stay: { readonly carcass: Point; readonly until: EpochMs } | undefined;
  private decidedNight = -Infinity;
  private appointment: Appointment | undefined;
  private readonly home: Point = { x: 0, y: 0 };

  constructor(private readonly options: WalkerOptions) {
    this.plane = new Plane(options.home);
    this.fences = options.farms.map((farm) => new Fence(farm, this.plane));
    this.random = new Random(options.seed, 'path');
    this.appointment = options.appointment;
    this.heading = this.random.between(-Math.PI, Math.PI);
    this.here = {
      x: this.random.normal() * START_SPREAD_M,
      y: this.random.normal() * START_SPREAD_M,
      at: Math.floor(options.from / STEP_MS) * STEP_MS,
    };
  }

  *legs(): Generator<Leg, never> {
    for (;;) {
      const legs = this.nextLegs();
      for (const leg of legs) {
        this.here = legEnd(leg);
        yield leg;
      }
    }
  }

  /** The legs of the next step of 2 h, or of as many as a visit takes. */
  private nextLegs(): Leg[] {
    const arranged = this.keepAppointment();
    if (arranged !== undefined) return arranged;
    if (this.stay !== undefined && this.here.at >= this.stay.until) this.stay = undefined;
    if (this.stay !== undefined) return [this.atKill(this.stay.carcass)];
    return this.visitTonight() ?? [this.step()];
  }

  /** One step of the two-state walk. */
  private step(): Leg {
    const { random, here } = this;
    this.moving = random.chance(this.moving ? MOVE_TO_MOVE : 1 - REST_TO_REST);
    if (!this.moving) return restLeg('rest', here, here.at, here.at + STEP_MS);
    this.heading = this.turn();
    const length = random.weibull(STEP_SHAPE, STEP_SCALE_M) * stepFactor(here.at);
    const end = {
      x: here.x + Math.cos(this.heading) * length,
      y: here.y + Math.sin(this.heading) * length,
      at: here.at + STEP_MS,
    };
    const mayKill = this.appointment === undefined || end.at < this.appointment.depart - NO_KILL_MS;
    if (mayKill && random.chance(KILL_CHANCE)) {
      const steps = Math.round(random.between(...STAY_MS) / STEP_MS);
      this.stay = { carcass: end, until: end.at + steps * STEP_MS };
      this.moving = false;
    }
    return moveLeg(here, end, random);
  }

  /**
   * The next heading: von Mises about the old one, times von Mises about the way home whose concentration grows with the
   * distance from home. Their product is von Mises about the sum of the two as vectors.
   */
  private turn(): number {
    const { x, y } = this.here;
    const pull = (this.options.homePull ?? HOME_PULL_PER_KM) / 1000;
    const east = TURN_KAPPA * Math.cos(this.heading) - pull * x;
    const north = TURN_KAPPA * Math.sin(this.heading) - pull * y;
    return this.random.vonMises(Math.atan2(north, east), Math.hypot(east, north));
  }

  /** One step at a kill: about the carcass, now and then a short trip and back. */
  private atKill(carcass: Point): Leg {
    const { random, here } = this;
    const to = here.at + STEP_MS;
    const beside = { ...aboutPoint(carcass, STAY_RADIUS_M * Math.sqrt(random.unit()), random), at: to };
    if (random.chance(TRIP_CHANCE)) {
      const far = aboutPoint(carcass, random.between(...TRIP_M), random);
      return { state: 'kill', waypoints: [here, { ...far, at: here.at + STEP_MS / 2 }, beside] };
    }
    this.moving = random.chance(this.moving ? MOVE_TO_MOVE : 1 - REST_TO_REST);
    return this.moving ? { state: 'kill', waypoints: [here, beside] } : restLeg('kill', here, here.at, to);
  }

  /** Once a night: whether she visits the nearest farm, and how. */
  private visitTonight(): Leg[] | undefined {
    const { here } = this;
    const night = localDay(here.at - DAWN_H * HOUR_MS);
    if (!isNight(here.at) || night === this.decidedNight) return undefined;
    this.decidedNight = night;
    const fence = this.nearestFence();
    if (fence === undefined || fence.signedDistance(here) > REACH_M) return undefined;
    if (!this.random.chance(this.options.visitChance)) return undefined;
    return this.visit(fence, here.at + this.random.between(0, HOUR_MS), nextLocalHour(here.at, DAWN_H));
  }

  /** She lies up until `depart`, visits, and lies up again to the end of the step in which she has left. */
  private visit(fence: Fence, depart: EpochMs, latest: EpochMs): Leg[] | undefined {
    const { here } = this;
    const start = { ...here, at: Math.round(depart) };
    const leg = visitLeg({ fence, start, home: this.home, latest }, this.random);
    if (leg === undefined) return undefined;
    const end = legEnd(leg);
    this.moving = false;
    const stepEnd = Math.ceil(end.at / STEP_MS) * STEP_MS;
    return [restLeg('rest', here, here.at, start.at), leg, restLeg('rest', end, end.at, stepEnd)].filter(
      (each) => legEnd(each).at > each.waypoints[0].at,
    );
  }

  private keepAppointment(): Leg[] | undefined {
    const { appointment, here } = this;
    if (appointment === undefined || here.at < appointment.depart - ASSEMBLE_MS) return undefined;
    const fence = this.fences.find(({ id }) => id === appointment.farm);
    if (fence === undefined) throw new Error(`no farm ${appointment.farm} to visit`);
    this.stay = undefined;
    if (here.at + STEP_MS > appointment.depart) {
      this.appointment = undefined;
      return this.visit(fence, Math.max(here.at, appointment.depart), Infinity);
    }
    const goal = stagingPoint(fence, this.home);
    const left = distance(here, goal);
    if (left === 0) return [restLeg('rest', here, here.at, here.at + STEP_MS)];
    const next = left <= ASSEMBLE_M_PER_STEP ? goal : towards(here, goal, ASSEMBLE_M_PER_STEP);
    return [moveLeg(here, { ...next, at: here.at + STEP_MS }, this.random)];
  }

  private nearestFence(): Fence | undefined {
    const byDistance = this.fences.map((fence) => ({ fence, metres: fence.signedDistance(this.here) }));
    return byDistance.sort((a, b) => a.metres - b.metres)[0]?.fence;
  }
}

function moveLeg(from: Waypoint, to: Waypoint, random: Random): Leg {
  const [first = from, ...rest] = wander(from, to, LEVELS, random);
  return { state: 'move', waypoints: [first, ...rest] };
}

function aboutPoint(centre: Point, metres: number, random: Random): Point {
  const direction = random.between(-Math.PI, Math.PI);
  return { x: centre.x + Math.cos(direction) * metres, y: centre.y + Math.sin(direction) * metres };
}
