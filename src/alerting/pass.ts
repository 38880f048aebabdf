import { randomUUID } from 'node:crypto';
import type { Reason } from '../domain/alert/alert.ts';
import type { Episode } from '../domain/alert/episode.ts';
import type { DoubtChange } from '../domain/batch.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Reconsidered } from '../domain/quality/confirm.ts';
import type { Chapter, Moment } from './chronicle.ts';
import type { AlertDraft, Arrival, ChangeDraft, Draft, RuleMemory, Subject, MoveDraft } from './draft.ts';
import { isLate, type Outcome } from './lateness.ts';
import { matchChapters, sameEpisode } from './match.ts';
import type { Retold } from './retell.ts';
import type { ActiveRule } from './rule-book.ts';
import type { StoredAlert } from './track.store.ts';
import type { StoredFix } from './trail.ts';
import type { AnimalMemories, Listener, Telling } from './watch.ts';

/** Why and when a part of the past was told again. */
export interface Occasion {
  readonly animal: string;
  /** What is told of the past is dated here: the first moment that may be other than it was. */
  readonly at: EpochMs;
  readonly reason: Reason;
  /** By which rule an alert of a place may be judged now; null: its rule is off, or its farm or area is no more. */
  judgedBy(rule: string, place: string): ActiveRule | null;
}

type Change = Omit<ChangeDraft, 'late'>;

const keyOf = ({ rule, animal, place }: Subject): string => `${rule}\n${animal}\n${place}`;
const fixKey = ({ collarId, at }: { readonly collarId: number; readonly at: EpochMs }) => `${collarId}:${at}`;

/** Collects what one pass over new fixes leaves behind: what watches tell as they go on, and what is told of the past again. */
export class Pass implements Listener {
  private readonly changes: { readonly change: Change; readonly active: ActiveRule }[] = [];
  private readonly moved = new Map<string, MoveDraft>();
  private readonly outcomes = new Map<string, { readonly subject: Subject; readonly outcome: Outcome }>();
  private readonly doubts = new Map<string, DoubtChange>();
  private readonly committed = new Map<string, EpochMs>();
  private learnedAt: EpochMs = 0;
  private readonly lastEpisodes = new Map<string, Episode>();

  constructor(private readonly lateAfterMs: number) {}

  /** Whether a fix came with this pass. */
  isNew(fix: StoredFix): boolean {
    return this.committed.has(fixKey(fix));
  }

  /** A fix that came with this pass. */
  heard(fix: StoredFix, committedAt: EpochMs): void {
    this.committed.set(fixKey(fix), committedAt);
  }

  /** What is told from here on was learned then. */
  learned(at: EpochMs): void {
    this.learnedAt = at;
  }

  newAlert(): string {
    return randomUUID();
  }

  told({ active, step, by, fix, reason, rule, animal, place, alertId }: Telling): void {
    const { change, at, episode } = step;
    const settledAt = change === 'closed' ? by : null;
    const arrival = change === 'opened' ? this.arrivalOf(fix) : null;
    const draft = { rule, animal, place, alertId, about: active.rule.about, episode, settledAt };
    this.change(active, { ...draft, change, at, learnedAt: this.learnedAt, reason, arrival });
  }

  remembered(active: ActiveRule, subject: Subject, memory: RuleMemory | null): void {
    this.outcomes.set(keyOf(subject), { subject, outcome: { active, memory } });
    if (memory && this.lastEpisodes.get(memory.alertId) !== memory.episode)
      this.move({ ...memory, about: active.rule.about, settledAt: null });
  }

  reconsidered({ fix, to }: Reconsidered<StoredFix>): void {
    this.doubt({ collarId: fix.collarId, at: fix.at, doubts: to });
  }

  /** Notes the doubts of a stored fix. A fix that is doubted and cleared in one pass has the last word on it alone. */
  doubt(change: DoubtChange): void {
    this.doubts.set(fixKey(change), change);
  }

  get doubtChanges(): readonly DoubtChange[] {
    return [...this.doubts.values()];
  }

  /**
   * Takes over a part of the past that was told again: alerts that tell of it are amended, what nobody was told of is opened, what
   * never was is retracted, and what the newest fixes bring goes on from there.
   *
   * @param memories what rules remembered of the animal until now; goes on as the past has it now, if that reaches the present
   */
  retold({ chapters, stored, doubts, watch, presentAt }: Retold, memories: AnimalMemories, occasion: Occasion): void {
    for (const change of doubts) this.doubt(change);
    const alerts = stored.filter(({ rule, place }) => occasion.judgedBy(rule, place) !== null);
    const { pairs, untold, untrue } = matchChapters(chapters, alerts);
    const alertIds = new Map<string, string>();
    for (const { chapter, alert } of pairs) {
      alertIds.set(chapter.id, alert.id);
      this.amend(chapter, alert, presentAt, occasion);
    }
    for (const chapter of untold) {
      const alertId = this.newAlert();
      alertIds.set(chapter.id, alertId);
      this.tell(chapter, 0, alertId);
    }
    for (const alert of untrue) this.retract(alert, occasion);
    if (watch) this.remember(watch.memories, memories, alertIds, occasion);
  }

  /** What is to be committed when the log has been judged from one cursor to another. */
  draft(cursor: Draft['cursor'], judgedAt: EpochMs, edits: readonly number[]): Draft {
    const memories: RuleMemory[] = [];
    const forgotten: Subject[] = [];
    for (const { subject, outcome } of this.outcomes.values()) {
      if (outcome.memory) memories.push(outcome.memory);
      else forgotten.push(subject);
    }
    const changes = this.changes.map(({ change, active }) => {
      const outcome = this.outcomes.get(keyOf(change))?.outcome ?? { active, memory: null };
      return { ...change, late: isLate(change, outcome, this.lateAfterMs) };
    });
    // An alert that was over when it was first heard of never described the present: no change of it does.
    const open = new Set(memories.map(({ alertId }) => alertId));
    const past = new Set(changes.filter(({ change }) => change === 'opened').map(({ alertId }) => alertId));
    const isPast = ({ alertId }: ChangeDraft) => past.has(alertId) && !open.has(alertId);
    const moved = [...this.moved.values()];
    const told = changes.map((change) => (isPast(change) ? { ...change, late: true } : change));
    return { cursor, judgedAt, changes: told, moved, memories, forgotten, doubts: this.doubtChanges, edits };
  }

  /** Tells of an alert what it does not say yet. What follows from fixes up to `presentAt` is of the past. */
  private amend(chapter: Chapter, alert: StoredAlert, presentAt: EpochMs | null, occasion: Occasion): void {
    const { moments } = chapter;
    const known = presentAt === null ? -1 : moments.findLastIndex(({ by }) => by <= presentAt);
    const isTold = ({ episode }: Moment) => alert.state !== 'retracted' && sameEpisode(episode, alert.episode);
    const told = moments.findIndex((moment, index) => index >= known && isTold(moment));
    if (told >= 0) return this.tell(chapter, told + 1, alert.id, alert);
    const amended = known >= 0 ? known : moments.length - 1;
    this.past('amended', chapter.active, draftOf(chapter, alert.id, amended), occasion);
    this.tell(chapter, amended + 1, alert.id);
  }

  /** Tells the steps of a chapter from one of its moments on. */
  private tell(chapter: Chapter, from: number, alertId: string, stored?: StoredAlert): void {
    const { moments, settledAt } = chapter;
    for (const { telling } of moments.slice(from)) if (telling) this.told({ ...telling, alertId });
    const isLastTold = moments.length > from && moments.at(-1)!.telling !== null;
    const isNew = moments.length > from || (stored !== undefined && stored.settledAt !== settledAt);
    if (isNew && !isLastTold) this.move(draftOf(chapter, alertId, moments.length - 1));
  }

  private retract({ id, rule, place, episode, settledAt }: StoredAlert, occasion: Occasion): void {
    const active = occasion.judgedBy(rule, place)!;
    const { animal } = occasion;
    const draft = { rule, animal, place, alertId: id, about: active.rule.about, episode, settledAt };
    this.past('retracted', active, draft, occasion);
  }

  private past(change: 'amended' | 'retracted', active: ActiveRule, draft: AlertDraft, { at, reason }: Occasion): void {
    this.change(active, { ...draft, change, at, learnedAt: this.learnedAt, reason, arrival: null });
  }

  /** What rules remember of an animal is what they remember now that the past was told again. */
  private remember(
    now: AnimalMemories,
    before: AnimalMemories,
    alertIds: ReadonlyMap<string, string>,
    occasion: Occasion,
  ): void {
    for (const [key, memory] of before) {
      if (now.has(key)) continue;
      const active = occasion.judgedBy(memory.rule, memory.place);
      if (active) this.outcomes.set(keyOf(memory), { subject: subjectOf(memory), outcome: { active, memory: null } });
      else now.set(key, memory);
    }
    for (const [key, told] of now) {
      const alertId = alertIds.get(told.alertId);
      const active = occasion.judgedBy(told.rule, told.place);
      if (alertId === undefined || active === null) continue;
      const memory = { ...told, alertId };
      now.set(key, memory);
      this.outcomes.set(keyOf(memory), { subject: subjectOf(memory), outcome: { active, memory } });
    }
  }

  private change(active: ActiveRule, change: Change): void {
    this.changes.push({ change, active });
    this.lastEpisodes.set(change.alertId, change.episode);
    this.moved.delete(change.alertId);
  }

  private move({ rule, animal, place, alertId, about, episode, settledAt }: AlertDraft): void {
    const { learnedAt } = this;
    this.moved.set(alertId, { rule, animal, place, alertId, about, episode, settledAt, learnedAt });
    this.lastEpisodes.set(alertId, episode);
  }

  private arrivalOf(fix: StoredFix | null): Arrival | null {
    return fix && { receivedAt: fix.receivedAt, committedAt: this.committed.get(fixKey(fix)) ?? null };
  }
}

const subjectOf = ({ rule, animal, place }: Subject): Subject => ({ rule, animal, place });

/** An alert as it stood at one moment of a chapter. */
function draftOf(
  { active, rule, animal, place, moments, settledAt }: Chapter,
  alertId: string,
  index: number,
): AlertDraft {
  const { episode } = moments[index]!;
  return {
    rule,
    animal,
    place,
    alertId,
    about: active.rule.about,
    episode,
    settledAt: episode.closedAt === null ? null : settledAt,
  };
}
