import type { EpochMs, Position } from '../src/domain/fix.ts';
import { RINGS } from '../src/domain/farm.ts';
import type { Animal } from './animal.ts';
import { round } from './collar/gps-error.ts';
import type { Delivery } from './collar/uplink.ts';
import { crossings } from './farms/crossings.ts';
import type { Leg } from './movement/leg.ts';
import { legEnd, onLeg } from './movement/leg.ts';
import { distance } from './movement/plane.ts';

/** Where truth goes, a line of JSON at a time. */
export interface TruthSink {
  write(line: string): void;
}

const time = (at: EpochMs) => new Date(at).toISOString();
const place = ({ lon, lat }: Position) => [round(lon, 7), round(lat, 7)];

/**
 * What really happened, as lines of JSON; docs/simulator.md describes each kind. It is written when it is made: up to one leg ahead
 * of the simulated clock (for satellite delivery, up to one pass), and the attempts when their message is due.
 */
export class Truth {
  private readonly seen = new Set<Animal>();

  constructor(
    private readonly sink: TruthSink,
    private readonly stepMs: number,
  ) {}

  /** A leg of an animal's true path: its state, its crossings of rings, and its position at every step. */
  leg(animal: Animal, leg: Leg): void {
    const from = Math.max(leg.waypoints[0].at, animal.options.from);
    const to = Math.min(legEnd(leg).at, animal.end);
    if (to <= from) return; // before the collar's first attempt or after its last
    if (!this.seen.has(animal)) this.begin(animal, leg);
    const farm = leg.farm === undefined ? {} : { farm: leg.farm };
    this.line(animal, 'state', { from: time(from), to: time(to), state: leg.state, ...farm });
    for (const crossing of animal.walker.fences.flatMap((fence) => crossings(fence, leg))) {
      if (crossing.at >= from && crossing.at < to) this.line(animal, 'ring', { ...crossing, at: time(crossing.at) });
    }
    for (let at = Math.ceil(from / this.stepMs) * this.stepMs; at < to; at += this.stepMs) {
      const position = animal.walker.plane.toPosition(onLeg(leg, at).point);
      this.line(animal, 'path', { at: time(at), position: place(position), state: leg.state });
    }
  }

  /** The attempts of a message, when it is handed to the broker. */
  delivered(animal: Animal, delivery: Delivery): void {
    const { plane } = animal.walker;
    for (const { scheduled, at, true: position, state, outcome, report } of delivery.attempts) {
      const reported = 'lat' in report ? report : undefined;
      const error = reported && distance(plane.toPoint(position), plane.toPoint(reported));
      this.line(animal, 'attempt', {
        scheduled: time(scheduled),
        at: time(at),
        true: place(position),
        state,
        outcome,
        ...(reported && { reported: place(reported), errorM: round(error ?? 0, 1) }),
        delivered: time(delivery.at),
      });
    }
  }

  /** What the rest follows from, and the rings she begins within. */
  private begin(animal: Animal, leg: Leg): void {
    this.seen.add(animal);
    const { seed, home, from, intervalMs, way, visitChance, errors, farms, appointment } = animal.options;
    const start = onLeg(leg, from).point;
    const within = animal.walker.fences.flatMap((fence) => {
      const metres = fence.signedDistance(start);
      const radius = { near: fence.farm.nearM, close: fence.farm.closeM, inside: 0 };
      return RINGS.filter((ring) => metres <= radius[ring]).map((ring) => ({ farm: fence.id, ring }));
    });
    this.line(animal, 'start', {
      seed,
      home: place(home),
      from: time(from),
      intervalS: intervalMs / 1000,
      delivery: way,
      errors,
      visitChance,
      farms: farms.map(({ id }) => id),
      ...(appointment && { appointment: { farm: appointment.farm, depart: time(appointment.depart) } }),
      within,
    });
  }

  private line(animal: Animal, kind: string, what: object): void {
    this.sink.write(JSON.stringify({ kind, serial: animal.serial, ...what }));
  }
}
