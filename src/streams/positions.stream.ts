import { Inject, Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.ts';
import { CONFIG, type Config } from '../config.ts';
import type { Batch } from '../domain/batch.ts';
import { CommittedFixes } from '../ingest/committed-fixes.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import type { CursorText } from './cursor.ts';
import { demandAnimals, positionsFilter } from './filter.ts';
import { InFlight } from './in-flight.ts';
import { LogStream, type Standing } from './log-stream.ts';
import { ERRORS, Fault, type PositionsSubscription } from './messages.ts';
import { StreamsMetrics } from './metrics.ts';
import { NamedBatch } from './named-batch.ts';
import { PositionsView } from './positions-view.ts';
import { SnapshotStore } from './snapshot.store.ts';

/** The stream of positions: the log of batches, with the names of those who wore the collars. */
@Injectable()
export class PositionsStream extends LogStream<Batch, NamedBatch, PositionsSubscription, PositionsView> {
  /** A snapshot of a moment ago is as good as a new one: the log goes on from its cursor. */
  private readonly newest: InFlight<NamedBatch>;

  constructor(
    feed: CommittedFixes,
    private readonly directory: CollarDirectory,
    snapshots: SnapshotStore,
    metrics: StreamsMetrics,
    @Inject(CONFIG) private readonly config: Pick<Config, 'LIVE_MAX_BUFFERED_BYTES'>,
  ) {
    super(
      'positions',
      feed,
      (batch) => NamedBatch.of(batch, directory),
      ({ size }) => size,
      metrics,
    );
    this.newest = new InFlight(async () => {
      const { seq, newest } = await snapshots.newestFixes();
      return new NamedBatch(seq, newest, []);
    });
  }

  protected override viewOf(request: PositionsSubscription, principal: Principal, cursors: CursorText): PositionsView {
    demandAnimals(request, (animal) => this.directory.current.animal(animal) !== undefined);
    return new PositionsView(
      request.id,
      principal,
      positionsFilter(request),
      cursors,
      this.config.LIVE_MAX_BUFFERED_BYTES,
    );
  }

  protected override async standing(view: PositionsView): Promise<Standing> {
    const newest = await this.newest.get();
    const snapshot = view.snapshot(newest);
    if (!snapshot) throw new Fault('forbidden', ERRORS.forbidden, view.id);
    return { seq: newest.seq, snapshot: { bytes: snapshot, frames: 1 } };
  }
}
