import type { EpochMs } from '../../src/domain/fix.ts';
import { HOUR_MS } from '../movement/calibration.ts';
import { Random } from '../random.ts';
import type { Attempt } from './attempt.ts';

export type DeliveryWay = 'satellite' | 'lorawan';

/** One message of the collar, and when it reaches the broker. */
export interface Delivery {
  readonly at: EpochMs;
  readonly attempts: readonly Attempt[];
}

/** How the attempts of a collar become messages. `take` returns the messages that are complete by the attempt's time. */
export interface Uplink {
  take(attempt: Attempt): Delivery[];
  /** What is still held, delivered at the end of the walk or when it would have been, whichever is first. */
  rest(end: EpochMs): Delivery[];
}

/** "up to 22 h late": hours between two passes that take messages. */
export const PASS_GAP_H = [2, 22] as const;
/** Attempts in one satellite message: what a short-burst message of some 340 bytes holds in binary. */
export const BURST = 20;
/** "LoRaWAN within seconds". */
export const LORAWAN_DELAY_S = [1, 8] as const;

export function openUplink(way: DeliveryWay, seed: string | number, from: EpochMs): Uplink {
  const random = new Random(seed, 'uplink');
  return way === 'lorawan' ? new LorawanUplink(random) : new SatelliteUplink(random, from);
}

/** Every attempt is a message of its own, some seconds later. */
class LorawanUplink implements Uplink {
  constructor(private readonly random: Random) {}

  take(attempt: Attempt): Delivery[] {
    const delay = Math.round(1000 * this.random.between(...LORAWAN_DELAY_S));
    return [{ at: attempt.at + delay, attempts: [attempt] }];
  }

  rest(): Delivery[] {
    return [];
  }
}

/** Attempts are stored; a pass takes all of them, in bursts, the newest or the oldest first as the collar's firmware has it. */
class SatelliteUplink implements Uplink {
  private readonly newestFirst: boolean;
  private held: Attempt[] = [];
  private pass: EpochMs;

  constructor(
    private readonly random: Random,
    from: EpochMs,
  ) {
    this.newestFirst = random.chance(0.5);
    this.pass = this.nextPass(from);
  }

  take(attempt: Attempt): Delivery[] {
    const passed: Delivery[] = [];
    while (attempt.at >= this.pass) {
      passed.push(...this.send(this.pass));
      this.pass = this.nextPass(this.pass);
    }
    this.held.push(attempt);
    return passed;
  }

  rest(end: EpochMs): Delivery[] {
    return this.send(Math.min(this.pass, end));
  }

  private nextPass(after: EpochMs): EpochMs {
    return after + Math.round(this.random.between(...PASS_GAP_H) * HOUR_MS);
  }

  private send(at: EpochMs): Delivery[] {
    const attempts = this.newestFirst ? this.held.toReversed() : this.held;
    this.held = [];
    const deliveries: Delivery[] = [];
    for (let i = 0; i < attempts.length; i += BURST) deliveries.push({ at, attempts: attempts.slice(i, i + BURST) });
    return deliveries;
  }
}
