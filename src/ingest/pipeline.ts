import { Inject, Injectable } from '@nestjs/common';
import type { Fix } from '../domain/fix.ts';
import type { PayloadFormat } from '../formats/format.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { CommittedFixes } from './committed-fixes.ts';
import type { DeadLetter } from './dead-letter.ts';
import { type Contents, type IncomingFix, readDelivery } from './decoder.ts';
import type { Delivery } from './delivery.ts';
import { FixStore } from './fix.store.ts';
import { IngestMetrics } from './metrics.ts';
import { NewestFixes } from './newest-fixes.ts';
import { sameContent } from './same-content.ts';

export const FORMATS = Symbol('formats');

interface Newest {
  readonly fixes: NewestFixes;
  readonly registryVersion: number;
}

/** What became of one batch. */
export interface Outcome {
  readonly stored: number;
  /** Fixes that repeat what is stored. */
  readonly duplicates: number;
  readonly letters: readonly DeadLetter[];
}

/**
 * The way of a message: decode → validate → mark doubts → commit → (its door acknowledges) → announce.
 *
 * `process` returns when everything in the batch is committed as a fix, a doubted fix, a failed attempt or a dead letter. When
 * it throws, nothing may be acknowledged; the same batch processed again changes nothing that the first time had stored.
 *
 * What comes in side by side (messages, rows of a file) takes turns in the order it asked: what is known of the newest fixes has
 * one writer, and nobody waits for more than one turn of each of the others.
 */
@Injectable()
export class Pipeline {
  private newest: Newest | null = null;
  /** Ends when the last of those that have asked for a turn has had it. */
  private lastTurn: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(FORMATS) private readonly formats: ReadonlyMap<string, PayloadFormat>,
    private readonly directory: CollarDirectory,
    private readonly store: FixStore,
    private readonly feed: CommittedFixes,
    private readonly metrics: IngestMetrics,
  ) {}

  process(batch: readonly Delivery[]): Promise<Outcome> {
    return this.inTurn(() =>
      this.keep(batch.map((delivery) => readDelivery(delivery, this.directory.collar(delivery.serial), this.formats))),
    );
  }

  /** As process, for what has been decoded already. */
  take(messages: readonly Contents[]): Promise<Outcome> {
    return this.inTurn(() => this.keep(messages));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.lastTurn.then(work);
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  private async keep(messages: readonly Contents[]): Promise<Outcome> {
    const { fixes, accept } = await this.markLate(messages);
    const { distinct, duplicates, letters } = sortOut(fixes);
    const attempts = messages.flatMap((message) => message.attempts);
    letters.push(...messages.flatMap((message) => message.letters));

    const known = distinct.length > 0 ? await this.commit(distinct) : [];
    const contradicting = await this.conflicts(known);
    letters.push(...contradicting);
    if (attempts.length > 0) await this.store.storeAttempts(attempts);
    if (letters.length > 0) await this.store.storeLetters(letters);

    accept();
    for (const { reason } of letters) this.metrics.letters.inc({ reason });
    const absorbed = duplicates + known.length - contradicting.length;
    this.metrics.duplicates.inc(absorbed);
    return { stored: distinct.length - known.length, duplicates: absorbed, letters };
  }

  /** Commits fixes and tells the feed; answers those whose key was stored already. */
  private async commit(incoming: readonly IncomingFix[]): Promise<readonly IncomingFix[]> {
    const fixes = incoming.map(({ fix }) => fix);
    const done = this.metrics.commitSeconds.startTimer();
    const { seq, committedAt, known } = await this.store.commit(fixes);
    done();
    this.metrics.batchSize.observe(fixes.length);
    this.metrics.fixes.inc(fixes.length - known.length);
    const isKnown = new Set(known);
    if (seq !== null) {
      const fresh = known.length === 0 ? fixes : fixes.filter((_, index) => !isKnown.has(index));
      this.feed.announce({ seq, committedAt, kind: 'fixes', fixes: fresh });
    }
    return known.length === 0 ? [] : incoming.filter((_, index) => isKnown.has(index));
  }

  /** Of fixes whose key was stored already, those that say something else: the first stays, these are dead letters. */
  private async conflicts(known: readonly IncomingFix[]): Promise<DeadLetter[]> {
    if (known.length === 0) return [];
    const places = await this.store.conflicting(known.map(({ fix }) => fix));
    return places.map((place) => conflict(known[place]!, 'the collar has another fix at this time'));
  }

  private async markLate(messages: readonly Contents[]): Promise<{ fixes: IncomingFix[]; accept: () => void }> {
    const registryVersion = this.directory.version;
    // After an edit of the registry a collar's fixes may be another animal's.
    const newest: Newest =
      this.newest?.registryVersion === registryVersion
        ? this.newest
        : { fixes: new NewestFixes(await this.store.newestByAnimal()), registryVersion };
    this.newest = newest;
    const animalOf = (fix: Fix) => this.directory.animalAt(fix.collarId, fix.at);
    const incoming = messages.flatMap((message) => message.fixes);
    const { late, accept } = newest.fixes.lateAmong(
      messages.map((message) => message.fixes.map(({ fix }) => fix)),
      animalOf,
    );
    if (late.size === 0) return { fixes: incoming, accept };
    const mark = (item: IncomingFix) => (late.has(item.fix) ? { ...item, fix: { ...item.fix, late: true } } : item);
    return { fixes: incoming.map(mark), accept };
  }
}

const conflict = ({ origin, index }: IncomingFix, detail: string): DeadLetter =>
  origin.letter(index, 'conflict', detail);

/** Keeps the first fix of each key: the rest are duplicates of it or contradict it. */
function sortOut(incoming: readonly IncomingFix[]): {
  distinct: IncomingFix[];
  duplicates: number;
  letters: DeadLetter[];
} {
  const byKey = new Map<string, IncomingFix>();
  const letters: DeadLetter[] = [];
  let duplicates = 0;
  for (const item of incoming) {
    const key = `${item.fix.collarId}:${item.fix.at}`;
    const first = byKey.get(key);
    if (!first) byKey.set(key, item);
    else if (sameContent(first.fix, item.fix)) duplicates++;
    else letters.push(conflict(item, 'the message before had another fix of the collar at this time'));
  }
  return { distinct: [...byKey.values()], duplicates, letters };
}
