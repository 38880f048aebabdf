import type { EpochMs } from '../src/domain/fix.ts';
import { Collar } from './collar/collar.ts';
import type { CollarOptions } from './collar/collar.ts';
import { openUplink } from './collar/uplink.ts';
import type { Delivery, DeliveryWay } from './collar/uplink.ts';
import { DAY_MS } from './movement/calibration.ts';
import type { Leg } from './movement/leg.ts';
import { legEnd } from './movement/leg.ts';
import { Walker } from './movement/walker.ts';
import type { WalkerOptions } from './movement/walker.ts';

export interface AnimalOptions extends WalkerOptions, Omit<CollarOptions, 'plane'> {
  readonly serial: string;
  readonly way: DeliveryWay;
}

/** She has been walking for a day when her collar reports first: an arranged visit may begin at once. */
const WARM_UP_MS = DAY_MS;

/** Who hears of the truth while it is made. */
export type Witness = (animal: Animal, leg: Leg) => void;

/** An animal that walks, in a collar that reports. Pure: what it does follows from its options alone. */
export class Animal {
  readonly serial: string;
  readonly walker: Walker;
  /** Where the collar falls silent: its walk is over or its battery empty. */
  readonly end: EpochMs;
  private readonly collar: Collar;

  constructor(readonly options: AnimalOptions) {
    this.serial = options.serial;
    this.walker = new Walker({ ...options, from: options.from - WARM_UP_MS });
    this.collar = new Collar({ ...options, plane: this.walker.plane });
    this.end = this.collar.end;
  }

  /** Its collar's messages in the order of their arrival. The path is made as far ahead as the next message needs. */
  *deliveries(witness: Witness): Generator<Delivery, void> {
    const { seed, way, from } = this.options;
    const uplink = openUplink(way, seed, from);
    for (const leg of this.walker.legs()) {
      witness(this, leg);
      for (const attempt of this.collar.attempts(leg)) yield* uplink.take(attempt);
      if (this.collar.silent && legEnd(leg).at >= this.end) break; // the truth is told to the end
    }
    yield* uplink.rest(this.end);
  }
}

export interface HerdDelivery {
  readonly animal: Animal;
  readonly delivery: Delivery;
}

/** The messages of many animals in the order of their arrival. */
export function* herdDeliveries(animals: readonly Animal[], witness: Witness): Generator<HerdDelivery, void> {
  const waiting = animals.flatMap((animal) => {
    const source = animal.deliveries(witness);
    const first = source.next();
    return first.done ? [] : [{ animal, source, delivery: first.value }];
  });
  while (waiting.length > 0) {
    const next = waiting.reduce((first, each) => (each.delivery.at < first.delivery.at ? each : first));
    yield { animal: next.animal, delivery: next.delivery };
    const following = next.source.next();
    if (following.done) waiting.splice(waiting.indexOf(next), 1);
    else next.delivery = following.value;
  }
}
