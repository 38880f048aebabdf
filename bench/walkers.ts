import { seeded } from './measure.ts';
import { METRES_PER_DEGREE, PRIMORYE, serialOf } from './reserve-under-bench.ts';

/** A fix a minute, and at most 60 m between two: 3.6 km/h, which nobody doubts. */
export const FIX_EVERY_MS = 60_000;
const MAX_STEP_M = 60;

interface Walker {
  readonly serial: string;
  lon: number;
  lat: number;
  heading: number;
  at: number;
  seq: number;
}

/** Animals that wander in Primorye, a fix a minute of each; the same for the same seed. */
export class Walkers {
  private readonly random: () => number;
  private readonly walkers: Walker[];

  /** @param from time of the first fixes, epoch milliseconds */
  constructor(collars: number, from: number, seed: number) {
    const random = seeded(seed);
    this.random = random;
    this.walkers = Array.from({ length: collars }, (_, collar) => ({
      serial: serialOf(collar),
      lon: PRIMORYE.west + random() * (PRIMORYE.east - PRIMORYE.west),
      lat: PRIMORYE.south + random() * (PRIMORYE.north - PRIMORYE.south),
      heading: random() * 2 * Math.PI,
      at: from,
      seq: 0,
    }));
  }

  get count(): number {
    return this.walkers.length;
  }

  topic(collar: number): string {
    return `collars/${this.walkers[collar]!.serial}/fixes`;
  }

  /** The next message of a collar, json-v1: one fix, or an array of more. */
  message(collar: number, fixes: number): string {
    const walker = this.walkers[collar]!;
    if (fixes === 1) return this.step(walker);
    return `[${Array.from({ length: fixes }, () => this.step(walker)).join(',')}]`;
  }

  /** The time of the newest fix of a collar, as it stands in the messages. */
  newestAt(collar: number): string {
    return new Date(this.walkers[collar]!.at).toISOString();
  }

  private step(walker: Walker): string {
    const stepM = MAX_STEP_M * this.random();
    walker.heading += this.random() - 0.5;
    walker.lon += (stepM * Math.sin(walker.heading)) / (METRES_PER_DEGREE * Math.cos((walker.lat * Math.PI) / 180));
    walker.lat += (stepM * Math.cos(walker.heading)) / METRES_PER_DEGREE;
    walker.at += FIX_EVERY_MS;
    walker.seq += 1;
    return (
      `{"at":"${new Date(walker.at).toISOString()}","lat":${walker.lat.toFixed(6)},"lon":${walker.lon.toFixed(6)},` +
      `"altM":${200 + (walker.seq % 90)},"accuracyM":12,"hdop":1.4,"satellites":7,"batteryV":3.58,"activity":41,"seq":${walker.seq}}`
    );
  }
}
