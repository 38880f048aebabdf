import { Random } from '../random.ts';

/** Degrees: west, south, east, north. */
export type Box = readonly [number, number, number, number];

export interface FleetClock {
  /** Real time, epoch ms. */
  now(): number;
  /** When given, fix n of a collar is at `from + n × intervalMs`; otherwise it is now. */
  readonly schedule?: { readonly from: number; readonly intervalMs: number };
}

/** Largest step between two fixes on each axis, degrees: some 20 m. */
const STEP_DEG = 0.0002;

/** A collar of the fleet: its animal takes small steps at random. Cheap, and plausible to a server that doubts jumps. */
export class FleetCollar {
  readonly topic: string;
  private lon: number;
  private lat: number;
  private seq = 0;
  private lastAt = 0;

  constructor(
    readonly serial: string,
    private readonly box: Box,
    private readonly random: Random,
    private readonly clock: FleetClock,
  ) {
    this.topic = `collars/${serial}/fixes`;
    this.lon = random.between(box[0], box[2]);
    this.lat = random.between(box[1], box[3]);
  }

  /** The next message, json-v1: one fix, or an array of `fixes`. Written by hand: at 100,000 a second an encoder shows. */
  message(fixes: number): string {
    const now = this.clock.now();
    if (fixes === 1) return this.fix(now);
    let list = '[';
    for (let i = 1; i <= fixes; i += 1) list += this.fix(now - fixes + i) + (i === fixes ? ']' : ',');
    return list;
  }

  private fix(now: number): string {
    const [west, south, east, north] = this.box;
    const { random } = this;
    this.seq += 1;
    const { schedule } = this.clock;
    this.lastAt = schedule ? schedule.from + this.seq * schedule.intervalMs : Math.max(this.lastAt + 1, now);
    this.lon = Math.min(east, Math.max(west, this.lon + (random.unit() - 0.5) * 2 * STEP_DEG));
    this.lat = Math.min(north, Math.max(south, this.lat + (random.unit() - 0.5) * 2 * STEP_DEG));
    return (
      `{"at":"${iso(this.lastAt)}","lat":${this.lat.toFixed(6)},"lon":${this.lon.toFixed(6)},"altM":${100 + (this.seq % 90)},` +
      `"accuracyM":12,"hdop":1.4,"satellites":7,"batteryV":3.58,"activity":41,"seq":${this.seq}}`
    );
  }
}

export function fleetCollars(count: number, prefix: string, box: Box, seed: string, clock: FleetClock): FleetCollar[] {
  const random = new Random(seed, 'fleet');
  return Array.from({ length: count }, (_, i) => new FleetCollar(`${prefix}${i}`, box, random, clock));
}

let secondOf = NaN;
let secondText = '';

/** As `toISOString`, which costs more than all the rest of a message: keeps what is the same for a whole second. */
function iso(at: number): string {
  const second = Math.floor(at / 1000);
  if (second !== secondOf) {
    secondOf = second;
    secondText = new Date(second * 1000).toISOString().slice(0, 20);
  }
  return `${secondText}${String(at - second * 1000).padStart(3, '0')}Z`;
}
