import type { EpochMs, Position } from '../domain/fix.ts';
import { confirm, type Confirmation, type Stamina, UNKNOWN_ANIMAL } from '../domain/quality/confirm.ts';
import { NEIGHBOURS_DOUBTS } from '../domain/quality/doubt.ts';
import type { FixBlock } from './fix-block.ts';

/** A fix that knows where its doubts stand. */
interface Placed extends Position {
  readonly at: EpochMs;
  readonly collarId: number;
  readonly doubts: Float64Array;
  readonly place: number;
}

/**
 * Doubts again, by the neighbours that are there: fixes go in block by block in the order of time, and come out with the doubts that follow
 * from just these fixes. A block waits inside while the next fix may still change one of its doubts.
 */
export class BlockConfirmation {
  private state: Confirmation<Placed> = UNKNOWN_ANIMAL;
  private waiting: FixBlock[] = [];

  /** @param trusted a fix before the first block that is known to be trusted; null: there is none */
  constructor(
    private readonly stamina: Stamina,
    trusted: (Position & { readonly at: EpochMs }) | null,
  ) {
    if (trusted) {
      const last = { ...trusted, collarId: 0, doubts: new Float64Array(1), place: 0 };
      this.state = { last, unconfirmed: null };
    }
  }

  /** Whether a doubt of what went in waits for the next fix. */
  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Takes a block in; answers those whose doubts are settled. */
  next(block: FixBlock): FixBlock[] {
    const doubts = block.doubts.map((bits) => bits & ~NEIGHBOURS_DOUBTS);
    for (let place = 0; place < block.length; place++) {
      if (doubts[place] === 0) this.confirm({ ...at(block, place), collarId: 0, doubts, place });
    }
    this.waiting.push({ ...block, doubts });
    const { unconfirmed } = this.state;
    const since = unconfirmed ? this.waiting.findIndex((other) => other.doubts === unconfirmed.doubts) : -1;
    return this.waiting.splice(0, since < 0 ? this.waiting.length : since);
  }

  /** What still waits, when no fix follows. */
  end(): FixBlock[] {
    return this.waiting.splice(0);
  }

  private confirm(fix: Placed): void {
    const { state, reconsidered } = confirm(this.state, fix, this.stamina);
    for (const { fix: other, to } of reconsidered) other.doubts[other.place] = to;
    this.state = state;
  }
}

function at(block: FixBlock, place: number): Position & { readonly at: EpochMs } {
  return { at: block.at[place]!, lon: block.lon[place]!, lat: block.lat[place]! };
}
