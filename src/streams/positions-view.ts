import type { Principal } from '../access/principal.ts';
import { viewDoubts, viewPositions } from '../access/visibility.ts';
import { Backlog, type Mark, type Selection, type Telling } from './backlog.ts';
import type { CursorText } from './cursor.ts';
import { isInBox, type PositionsFilter } from './filter.ts';
import type { NamedBatch } from './named-batch.ts';
import type { Told, View, ViewBacklog } from './view.ts';
import { frame } from './websocket-frame.ts';

/** About what one position takes in a frame. */
const BYTES_PER_POSITION = 256;

/** The stream of positions as one kind of reader gets it: a frame for each committed batch that has something for it. */
export class PositionsView implements View<NamedBatch> {
  /** @param maxBacklogBytes of frames that a slow reader gets as they came; of more it gets less */
  constructor(
    readonly id: string,
    private readonly principal: Principal,
    private readonly filter: PositionsFilter,
    private readonly cursors: CursorText,
    private readonly maxBacklogBytes: number,
  ) {}

  get filterKey(): string {
    return this.filter.key;
  }

  /** How things stand: of the newest fixes those that this view asks for. Null: no position is for this reader to see. */
  snapshot(newest: NamedBatch): Buffer | null {
    const positions = viewPositions(this.principal, this.select(newest).fixes);
    return positions && frame('snapshot', { id: this.id, cursor: this.cursors.write(newest.seq), positions });
  }

  tell(batches: readonly NamedBatch[]): Told | null {
    return this.join(batches.flatMap((batch) => this.framesOf(this.select(batch))));
  }

  readonly startBacklog = (seq: number): ViewBacklog<NamedBatch> => {
    const backlog = new Backlog(seq, Math.ceil(this.maxBacklogBytes / BYTES_PER_POSITION));
    return {
      add: (batches) => batches.forEach((batch) => backlog.add(this.select(batch))),
      mark: () => backlog.mark(),
      tell: (since) => this.tellMissed(since, backlog.tell(since)),
    };
  };

  private tellMissed(since: Mark, telling: Telling): ReturnType<ViewBacklog<NamedBatch>['tell']> {
    if (telling.kind === 'overflow') return 'too-slow';
    if (telling.kind === 'all')
      return { dropped: 0, told: this.join(telling.selections.flatMap((selection) => this.framesOf(selection))) };
    const { seq, dropped, fixes, doubts } = telling;
    // Doubts come first and with the cursor of before: if the connection breaks between the two frames, both are told again.
    const frames = [
      frame('gap', { id: this.id, dropped }),
      ...this.framesOf({ seq: fixes.length > 0 ? since.seq : seq, fixes: [], doubts }),
      ...this.framesOf({ seq, fixes, doubts: [] }),
    ];
    return { dropped, told: this.join(frames) };
  }

  private select(batch: NamedBatch): Selection {
    const { animals, box } = this.filter;
    const { seq, doubts } = batch;
    const fixes = animals ? batch.fixesOf(animals) : batch.fixes;
    return {
      seq,
      fixes: box ? fixes.filter(({ fix }) => isInBox(fix, box)) : fixes,
      // A change of doubts has no place: who watches a box hears of all of its animals'.
      doubts: animals ? doubts.filter(({ animal }) => animals.has(animal)) : doubts,
    };
  }

  private framesOf({ seq, fixes, doubts }: Selection): Buffer[] {
    const { id } = this;
    const cursor = this.cursors.write(seq);
    const positions = fixes.length > 0 ? viewPositions(this.principal, fixes) : null;
    const changes = doubts.length > 0 ? viewDoubts(this.principal, doubts) : null;
    return [
      ...(changes ? [frame('doubts', { id, cursor, changes })] : []),
      ...(positions ? [frame('positions', { id, cursor, positions })] : []),
    ];
  }

  private join(frames: readonly Buffer[]): Told | null {
    return frames.length === 0 ? null : { bytes: Buffer.concat(frames), frames: frames.length };
  }
}
