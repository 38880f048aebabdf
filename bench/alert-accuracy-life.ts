import type { StoredFix } from '../src/alerting/trail.ts';
import type { Area } from '../src/domain/area.ts';
import type { Farm, Ring } from '../src/domain/farm.ts';
import type { EpochMs, Position } from '../src/domain/fix.ts';
import { intrinsicDoubts } from '../src/domain/quality/intrinsic.ts';
import { Animal } from '../simulator/animal.ts';
import type { DeliveryWay } from '../simulator/collar/uplink.ts';
import { DRAWN_FARMS } from '../simulator/farms/drawn.ts';
import { Fence } from '../simulator/farms/fence.ts';
import { DAY_MS } from '../simulator/movement/calibration.ts';
import { type Leg, legEnd, onLeg } from '../simulator/movement/leg.ts';
import { Plane, type Point } from '../simulator/movement/plane.ts';
import { Random } from '../simulator/random.ts';

/** The centre of her range, 4.5 km from the farm. */
const HOME: Position = { lon: 131.645, lat: 43.315 };
export const FARM: Farm = DRAWN_FARMS[0]!;
const FROM: EpochMs = Date.UTC(2026, 5, 1);
/** Her true place is looked at so often: at 3 km/h she goes 17 m meanwhile. */
const SAMPLE_MS = 20_000;
/** A reserve whose border she often crosses: half of her range reaches beyond 2.5 km. */
const RESERVE_M = 4_000;
const CORNERS = 12;

const plane = new Plane(HOME);

export const RESERVE: Area = {
  id: 'reserve',
  name: 'Reserve',
  watch: 'leaves',
  boundary: { type: 'Polygon', coordinates: [reserveRing()] },
};

export const radiusOf = (ring: Ring): number => ({ near: FARM.nearM, close: FARM.closeM, inside: 0 })[ring];

/** From one moment to another. */
export interface Span {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** How far an animal truly is from a polygon, at every moment of its walk. */
export class Distances {
  /** Metres; less than 0 inside. */
  private readonly metres: Float32Array;

  constructor(
    private readonly from: EpochMs,
    private readonly until: EpochMs,
  ) {
    this.metres = new Float32Array(Math.ceil((until - from) / SAMPLE_MS)).fill(Infinity);
  }

  /** Notes a leg of its way. */
  see(leg: Leg, fence: Fence): void {
    const end = Math.min(legEnd(leg).at, this.until);
    let index = Math.max(0, Math.ceil((leg.waypoints[0].at - this.from) / SAMPLE_MS));
    for (; this.timeOf(index) < end; index++)
      this.metres[index] = fence.signedDistance(onLeg(leg, this.timeOf(index)).point);
  }

  /** The least distance from one moment to another, both counted; metres. */
  least({ from, to }: Span): number {
    const first = Math.max(0, Math.floor((from - this.from) / SAMPLE_MS));
    const last = Math.min(this.metres.length - 1, Math.ceil((to - this.from) / SAMPLE_MS));
    let least = Infinity;
    for (let index = first; index <= last; index++) least = Math.min(least, this.metres[index]!);
    return least;
  }

  greatest({ from, to }: Span): number {
    const first = Math.max(0, Math.floor((from - this.from) / SAMPLE_MS));
    const last = Math.min(this.metres.length - 1, Math.ceil((to - this.from) / SAMPLE_MS));
    let greatest = -Infinity;
    for (let index = first; index <= last; index++) greatest = Math.max(greatest, this.metres[index]!);
    return greatest;
  }

  /**
   * When it was within a radius: from coming within to leaving it. Who leaves by no more than the margin before coming back has
   * not left. What began before the walk or goes on at its end is left out, as is what lasted less than `leastMs`.
   */
  within(radiusM: number, marginM: number, leastMs: number): Span[] {
    return this.stretches(
      (metres) => metres <= radiusM,
      (metres) => metres > radiusM + marginM,
      leastMs,
    );
  }

  /** When it was outside by more than nothing, until it came back; the same of the other side. */
  beyond(radiusM: number, marginM: number, leastMs: number): Span[] {
    return this.stretches(
      (metres) => metres > radiusM + marginM,
      (metres) => metres <= radiusM,
      leastMs,
    );
  }

  private stretches(isIn: (metres: number) => boolean, isOut: (metres: number) => boolean, leastMs: number): Span[] {
    const found: Span[] = [];
    let first = -1;
    let last = -1;
    for (const [index, metres] of this.metres.entries()) {
      if (isIn(metres)) {
        if (first < 0) first = index;
        last = index;
      } else if (first >= 0 && isOut(metres)) {
        const span = { from: this.timeOf(first), to: this.timeOf(last) };
        if (first > 0 && span.to - span.from >= leastMs) found.push(span);
        first = -1;
      }
    }
    return found;
  }

  private timeOf(index: number): EpochMs {
    return this.from + index * SAMPLE_MS;
  }
}

/** What really happened, whatever a collar made of it. */
export interface Truth extends Span {
  readonly farm: Distances;
  readonly reserve: Distances;
}

/** A message of the collar, when it arrived. */
export interface Arrived {
  readonly at: EpochMs;
  /** Those that alerting judges: without doubts of their own. In the order of the message. */
  readonly fixes: readonly StoredFix[];
}

/** A fix and where the animal truly was at its moment, metres from the farm's fence (less than 0: inside) and from the reserve's. */
export interface TrueFix {
  readonly at: EpochMs;
  readonly arrivedAt: EpochMs;
  readonly farmM: number;
  readonly reserveM: number;
}

export interface Heard {
  readonly messages: readonly Arrived[];
  readonly fixes: readonly TrueFix[];
  readonly attempts: number;
}

export interface CollarPlan {
  readonly intervalMs: number;
  readonly way: DeliveryWay;
}

/** Gross errors, which the simulator's receivers do not make: so far off in any direction, metres, with good accuracy reported. */
const OUTLIER_M = [2_000, 20_000] as const;

/** An animal of a seed: the same way whatever its collar does. */
export function animalOf(seed: number, days: number, { intervalMs, way }: CollarPlan): Animal {
  const options = {
    home: HOME,
    farms: [FARM],
    from: FROM,
    until: FROM + days * DAY_MS,
    errors: true,
    visitChance: 0.25,
  };
  return new Animal({ ...options, serial: 'sofia', seed: `accuracy ${seed}`, intervalMs, way });
}

/** Where she truly went. */
export function truthOf(seed: number, days: number): Truth {
  const animal = animalOf(seed, days, { intervalMs: DAY_MS, way: 'lorawan' });
  const [farm, reserve] = fences();
  const span = { from: FROM, to: animal.end };
  const truth = { ...span, farm: new Distances(span.from, span.to), reserve: new Distances(span.from, span.to) };
  for (const leg of animal.walker.legs()) {
    if (legEnd(leg).at > span.from) {
      truth.farm.see(leg, farm);
      truth.reserve.see(leg, reserve);
    }
    if (legEnd(leg).at >= span.to) break;
  }
  return truth;
}

/**
 * What her collar told, in the order of arrival.
 *
 * @param outliers share of its fixes with a gross error
 */
export function heardOf(animal: Animal, outliers: number): Heard {
  const random = new Random(animal.options.seed, 'outliers');
  const messages: Arrived[] = [];
  const fixes: TrueFix[] = [];
  const [farm, reserve] = fences();
  let attempts = 0;
  for (const { at, attempts: told } of animal.deliveries(() => undefined)) {
    const arrived: StoredFix[] = [];
    for (const { report, true: position } of told) {
      attempts++;
      if (!('lat' in report) || intrinsicDoubts(report, at) !== 0) continue;
      const point = plane.toPoint(position);
      const seen = random.chance(outliers) ? elsewhere(point, random) : report;
      arrived.push({ ...report, lon: seen.lon, lat: seen.lat, collarId: 1, doubts: 0, receivedAt: at });
      const [farmM, reserveM] = [farm.signedDistance(point), reserve.signedDistance(point)];
      fixes.push({ at: report.at, arrivedAt: at, farmM, reserveM });
    }
    if (arrived.length > 0) messages.push({ at, fixes: arrived });
  }
  return { messages, fixes, attempts };
}

function elsewhere({ x, y }: Point, random: Random): Position {
  const [metres, direction] = [random.between(...OUTLIER_M), random.between(-Math.PI, Math.PI)];
  return plane.toPosition({ x: x + metres * Math.cos(direction), y: y + metres * Math.sin(direction) });
}

function fences(): [Fence, Fence] {
  const reserve = { ...FARM, id: RESERVE.id, boundary: RESERVE.boundary };
  return [new Fence(FARM, plane), new Fence(reserve, plane)];
}

function reserveRing(): [number, number][] {
  const ring = Array.from({ length: CORNERS }, (_, corner): [number, number] => {
    const turn = (2 * Math.PI * corner) / CORNERS;
    const { lon, lat } = plane.toPosition({ x: RESERVE_M * Math.cos(turn), y: RESERVE_M * Math.sin(turn) });
    return [lon, lat];
  });
  return [...ring, ring[0]!];
}
