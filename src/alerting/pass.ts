import { randomUUID } from 'node:crypto';
import type { VisitSummary } from '../domain/alert/visit.ts';
import type { DoubtChange } from '../domain/batch.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { GuardedFarm, Judgement, Move, Rule } from '../rules/rule.ts';
import type { ChangeDraft, Draft, RuleMemory, Subject } from './draft.ts';

/** A change learned this long after it happened does not describe the present any more. */
const LATE_AFTER_MS = 12 * 3_600_000;

const keyOf = ({ rule, animal, farm }: Subject): string => `${rule}\n${animal}\n${farm}`;

/** A rule with the settings in force. */
export interface ActiveRule {
  readonly rule: Rule;
  readonly settings: unknown;
}

/** What rules remember of every animal and farm, and what one pass over new fixes has made of it. */
export class Memories {
  private readonly byKey = new Map<string, RuleMemory>();
  /** Farms that some rule remembers something about, by rule and animal: they are asked about wherever the animal goes. */
  private readonly alive = new Map<string, Set<string>>();

  constructor(stored: Iterable<RuleMemory>) {
    for (const memory of stored) this.set(memory);
  }

  get(subject: Subject): RuleMemory | undefined {
    return this.byKey.get(keyOf(subject));
  }

  set(memory: RuleMemory): void {
    this.byKey.set(keyOf(memory), memory);
    const owner = `${memory.rule}\n${memory.animal}`;
    const farms = this.alive.get(owner) ?? new Set();
    this.alive.set(owner, farms.add(memory.farm));
  }

  delete(subject: Subject): void {
    this.byKey.delete(keyOf(subject));
    const owner = `${subject.rule}\n${subject.animal}`;
    const farms = this.alive.get(owner);
    farms?.delete(subject.farm);
    if (farms?.size === 0) this.alive.delete(owner);
  }

  aliveFarms(rule: string, animal: string): ReadonlySet<string> | undefined {
    return this.alive.get(`${rule}\n${animal}`);
  }
}

/** Collects what a pass leaves behind. */
export class Pass {
  private readonly changes: ChangeDraft[] = [];
  private readonly moved = new Map<string, VisitSummary>();
  private readonly touched = new Map<string, Subject>();
  private readonly doubts = new Map<string, DoubtChange>();
  judged = 0;

  constructor(
    private readonly memories: Memories,
    private readonly rules: readonly ActiveRule[],
  ) {}

  /** Notes the doubts of a stored fix. A fix that is doubted and cleared in one pass has the last word on it alone. */
  doubt(change: DoubtChange): void {
    this.doubts.set(`${change.collarId}:${change.at}`, change);
  }

  get doubtChanges(): readonly DoubtChange[] {
    return [...this.doubts.values()];
  }

  /** Asks every rule about a move of an animal, of the farms near it and of those it already remembers something about. */
  judge(
    animal: string,
    move: Move,
    near: readonly GuardedFarm[],
    farmById: (id: string) => GuardedFarm | undefined,
    learnedAt: EpochMs,
  ): void {
    this.judged++;
    for (const active of this.rules) {
      const alive = this.memories.aliveFarms(active.rule.name, animal);
      if (near.length === 0 && alive === undefined) continue;
      for (const farm of near) this.ask(active, animal, move, farm, learnedAt);
      // A copy: asking may end what is remembered.
      for (const id of alive ? [...alive] : []) {
        const farm = near.some((other) => other.id === id) ? undefined : farmById(id);
        if (farm) this.ask(active, animal, move, farm, learnedAt);
      }
    }
  }

  private ask({ rule, settings }: ActiveRule, animal: string, move: Move, farm: GuardedFarm, learnedAt: EpochMs): void {
    const subject: Subject = { rule: rule.name, animal, farm: farm.id };
    const before = this.memories.get(subject);
    const judgement = rule.judge(move, farm, before?.state ?? null, settings);
    if (judgement.state === null && !before && judgement.steps.length === 0) return;
    this.note(subject, before, judgement, learnedAt);
  }

  private note(
    subject: Subject,
    before: RuleMemory | undefined,
    judgement: Judgement<unknown>,
    learnedAt: EpochMs,
  ): void {
    let alertId = before?.alertId ?? null;
    for (const { change, at, visit } of judgement.steps) {
      if (change === 'opened') alertId = randomUUID();
      if (alertId === null) throw new Error(`rule ${subject.rule} let a visit ${change} that it had not opened`);
      const late = learnedAt - at > LATE_AFTER_MS;
      this.changes.push({ ...subject, alertId, change, at, learnedAt, visit, late });
      this.moved.delete(alertId);
    }
    if (judgement.steps.length === 0 && judgement.visit && alertId !== null) this.moved.set(alertId, judgement.visit);
    const over = judgement.visit === null || judgement.visit.closedAt !== null;
    if (judgement.state === null) this.memories.delete(subject);
    else this.memories.set({ ...subject, state: judgement.state, alertId: over ? null : alertId });
    this.touched.set(keyOf(subject), subject);
  }

  /** What is to be committed when the log has been judged from one cursor to another. */
  draft(cursor: Draft['cursor']): Draft {
    const memories: RuleMemory[] = [];
    const forgotten: Subject[] = [];
    for (const subject of this.touched.values()) {
      const memory = this.memories.get(subject);
      if (memory) memories.push(memory);
      else forgotten.push(subject);
    }
    // A visit that was over when we first heard of it never described the present.
    const over = new Set(this.changes.filter(({ change }) => change === 'closed').map(({ alertId }) => alertId));
    const changes = this.changes.map((draft) => ({ ...draft, late: draft.late || over.has(draft.alertId) }));
    const moved = [...this.moved].map(([alertId, visit]) => ({ alertId, visit }));
    return { cursor, changes, moved, memories, forgotten, doubts: this.doubtChanges };
  }
}
