import type { Reason } from '../domain/alert/alert.ts';
import type { Episode, Step } from '../domain/alert/episode.ts';
import type { EpochMs } from '../domain/fix.ts';
import { compareFixes, confirm, type Reconsidered } from '../domain/quality/confirm.ts';
import type { JudgedFix, Judgement, Move, Place, Scene, Watched } from '../rules/rule.ts';
import type { RuleMemory, Subject } from './draft.ts';
import type { Places } from './places.ts';
import type { ActiveRule } from './rule-book.ts';
import { bucket, NO_TRAIL, type StoredFix, toJudged, type Trail } from './trail.ts';

/** By what an animal is judged: the rules in force, and the farms and areas as they are now. */
export interface World {
  readonly rules: readonly ActiveRule[];
  /** How far back any rule looks, ms. */
  readonly lookbackMs: number;
  readonly places: Places;
  watched(animal: string, collarId: number): Watched;
}

/** What a rule has made of a moment, about one place. */
export interface Telling extends Subject {
  readonly active: ActiveRule;
  readonly alertId: string;
  readonly step: Step;
  /** The fix, or the moment without one, that it follows from. */
  readonly by: EpochMs;
  /** null: it follows from there being no fix, or from an end. */
  readonly fix: StoredFix | null;
  readonly reason: Reason | null;
}

/** Who is told what a watch finds. */
export interface Listener {
  newAlert(): string;
  told(telling: Telling): void;
  /** What a rule remembers is another now, with or without a step; null: nothing. `by`: what it follows from. */
  remembered(active: ActiveRule, subject: Subject, memory: RuleMemory | null, by: EpochMs): void;
  reconsidered(change: Reconsidered<StoredFix>): void;
}

/** What rules remember of one animal, by rule and place. */
export type AnimalMemories = Map<string, RuleMemory>;

export const memoryKey = (rule: string, place: string): string => `${rule}\n${place}`;

/** A rule that asks to be asked again and again without an end has a mistake. */
const MAX_LAPSES = 1_000;

/**
 * One animal, judged: a fold over its fixes in the order of time, by all rules at once. Reads no clock and nothing but what it is
 * given, so that the past can be told again.
 */
export class Watch {
  private confirmation = NO_TRAIL.confirmation;
  private recent: JudgedFix[] = [];
  private last: JudgedFix | null = null;
  /** The undoubted fix before the last: areas are found by three. */
  private before: JudgedFix | null = null;
  /** undefined: not asked since something changed. */
  private due: EpochMs | null | undefined;
  judged = 0;

  constructor(
    readonly animal: string,
    trail: Trail,
    readonly memories: AnimalMemories,
  ) {
    this.resume(trail);
  }

  /** Goes on from elsewhere; what rules remember stays. */
  resume({ confirmation, before, recent }: Trail): void {
    this.confirmation = confirmation;
    this.recent = [...recent];
    this.last = confirmation.last && toJudged(confirmation.last);
    this.before = before && toJudged(before);
    this.due = undefined;
  }

  /** The newest fix of all that were seen, trusted or waiting to be. */
  get newest(): StoredFix | null {
    return this.confirmation.unconfirmed ?? this.confirmation.last;
  }

  /** The newest trusted fix. */
  get trusted(): StoredFix | null {
    return this.confirmation.last;
  }

  /** Nothing waits to be confirmed. */
  get isSure(): boolean {
    return this.confirmation.unconfirmed === null;
  }

  /**
   * Whether a fix can simply be judged next. Not one before the newest, nor one that ends a silence: what was told of the silence
   * may turn out to be wrong.
   */
  canSee(fix: StoredFix, world: World): boolean {
    const { newest } = this;
    if (newest !== null && compareFixes(fix, newest) <= 0) return false;
    for (const memory of this.memories.values()) {
      if (world.rules.some(({ rule }) => rule.name === memory.rule && 'lapse' in rule)) return false;
    }
    return true;
  }

  /** Judges the animal's next fix, and whatever was due before it. */
  see(fix: StoredFix, world: World, listener: Listener): void {
    const { stamina } = world.watched(this.animal, fix.collarId);
    const { state, reconsidered, judge } = confirm(this.confirmation, fix, stamina);
    for (const change of reconsidered) listener.reconsidered(change);
    for (const trusted of judge) this.judge(trusted, world, listener);
    this.confirmation = state;
  }

  /** When something is due if no fix comes before; null: nothing ever. */
  dueAt(world: World): EpochMs | null {
    return this.due === undefined ? (this.due = this.nextDue(world)) : this.due;
  }

  /** Farms or collars are others now: something else may be due. */
  reconsider(): void {
    this.due = undefined;
  }

  /** Judges that there was no trusted fix before `until`. */
  lapse(until: EpochMs, world: World, listener: Listener): void {
    for (let lapses = 0; ; lapses++) {
      const due = this.dueAt(world);
      if (due === null || due >= until || this.last === null) return;
      if (lapses === MAX_LAPSES) throw new Error(`rules ask about the silence of ${this.animal} without an end`);
      const scene = this.sceneOf(world);
      for (const active of world.rules) this.lapseOf(active, due, this.last, scene, listener);
      this.due = undefined;
    }
  }

  /** The animal wears no collar from here on: what is open ends. */
  end(at: EpochMs, world: World, listener: Listener): void {
    this.lapse(at, world, listener);
    for (const memory of [...this.memories.values()]) {
      const active = world.rules.find(({ rule }) => rule.name === memory.rule);
      if (active) this.close(active, memory, at, 'deployment-ended', listener);
      // A rule that is no more has nobody who could end it.
      else this.memories.delete(memoryKey(memory.rule, memory.place));
    }
  }

  /** Ends an episode otherwise than its rule would. */
  close(active: ActiveRule, memory: RuleMemory, at: EpochMs, reason: Reason, listener: Listener): void {
    const { alertId, rule, animal, place } = memory;
    const closedAt = Math.max(at, memory.episode.openedAt);
    const episode: Episode = { ...memory.episode, closedAt };
    const step = { change: 'closed', at: closedAt, episode } as const;
    listener.told({ active, rule, animal, place, alertId, step, by: closedAt, fix: null, reason });
    this.remember(active, memory, null, closedAt, listener);
  }

  private judge(fix: StoredFix, world: World, listener: Listener): void {
    const to = toJudged(fix);
    this.lapse(to.at, world, listener);
    this.judged++;
    const scene = this.sceneOf(world, fix);
    const move = { from: this.last, to };
    for (const active of world.rules) {
      const { about } = active.rule;
      if (about === 'animal') this.ask(active, null, '', move, scene, fix, listener);
      else this.askAbout(active, this.near(active, move, world), move, scene, fix, world, listener);
    }
    this.keep(to, world.lookbackMs);
    this.before = this.last;
    this.last = to;
    this.due = undefined;
  }

  private near(active: ActiveRule, { from, to }: Move, { places }: World): readonly NonNullable<Place>[] {
    const near = places.near(active, from, to);
    if (active.rule.about === 'farm' || this.before === null || from === null) return near;
    // Who is out of an area is so by the second fix in a row: the way to the first may be all that came near it.
    return [...new Set([...places.near(active, this.before, from), ...near])];
  }

  private askAbout(
    active: ActiveRule,
    near: readonly NonNullable<Place>[],
    move: Move,
    scene: Scene,
    fix: StoredFix,
    world: World,
    listener: Listener,
  ): void {
    for (const place of near) this.ask(active, place, place.id, move, scene, fix, listener);
    if (this.memories.size === 0) return;
    // A copy: asking may end what is remembered.
    for (const { rule, place: id } of [...this.memories.values()]) {
      if (rule !== active.rule.name || near.some((place) => place.id === id)) continue;
      const place = world.places.byId(active.rule.about, id);
      if (place) this.ask(active, place, id, move, scene, fix, listener);
    }
  }

  private ask(
    active: ActiveRule,
    place: Place,
    id: string,
    move: Move,
    scene: Scene,
    fix: StoredFix,
    listener: Listener,
  ): void {
    const settings = active.settingsFor(scene.animal, id);
    if (settings === undefined) return;
    const memory = this.memories.size === 0 ? undefined : this.memories.get(memoryKey(active.rule.name, id));
    const judgement = active.rule.judge(move, place, memory?.state ?? null, settings, scene);
    this.note(active, id, memory, judgement, move.to.at, fix, listener);
  }

  private lapseOf(active: ActiveRule, at: EpochMs, last: JudgedFix, scene: Scene, listener: Listener): void {
    const { rule } = active;
    if (!rule.lapse || !rule.dueAt) return;
    const settings = active.settingsFor(scene.animal, '');
    if (settings === undefined) return;
    const memory = this.memories.get(memoryKey(rule.name, ''));
    if (rule.dueAt(last, memory?.state ?? null, settings, scene) !== at) return;
    const judgement = rule.lapse(at, last, memory?.state ?? null, settings, scene);
    this.note(active, '', memory, judgement, at, null, listener);
  }

  private note(
    active: ActiveRule,
    place: string,
    memory: RuleMemory | undefined,
    { state, episode, steps }: Judgement,
    by: EpochMs,
    fix: StoredFix | null,
    listener: Listener,
  ): void {
    if (steps.length === 0 && (state === null ? memory === undefined : state === memory?.state)) return;
    const subject = { rule: active.rule.name, animal: this.animal, place };
    let alertId = memory?.alertId;
    for (const step of steps) {
      if (step.change === 'opened') alertId = listener.newAlert();
      if (alertId === undefined) throw new Error(`rule ${subject.rule} let ${step.change} what it had not opened`);
      listener.told({ ...subject, active, alertId, step, by, fix, reason: null });
    }
    if (state !== null && (episode === null || alertId === undefined))
      throw new Error(`rule ${subject.rule} remembers something of ${place} without an episode`);
    this.remember(
      active,
      subject,
      state === null ? null : { ...subject, state, episode: episode!, alertId: alertId! },
      by,
      listener,
    );
  }

  private remember(
    active: ActiveRule,
    { rule, animal, place }: Subject,
    memory: RuleMemory | null,
    by: EpochMs,
    listener: Listener,
  ): void {
    const key = memoryKey(rule, place);
    if (memory) this.memories.set(key, memory);
    else this.memories.delete(key);
    this.due = undefined;
    listener.remembered(active, { rule, animal, place }, memory, by);
  }

  private keep(fix: JudgedFix, lookbackMs: number): void {
    if (lookbackMs === 0) return;
    const newest = this.recent.at(-1);
    if (!newest || bucket(fix.at) !== bucket(newest.at)) this.recent.push(fix);
    while (this.recent[0]!.at < fix.at - lookbackMs) this.recent.shift();
  }

  private nextDue(world: World): EpochMs | null {
    const { last } = this;
    if (last === null) return null;
    let due: EpochMs | null = null;
    let scene: Scene | null = null;
    for (const active of world.rules) {
      if (!active.rule.dueAt) continue;
      scene ??= this.sceneOf(world);
      const settings = active.settingsFor(scene.animal, '');
      if (settings === undefined) continue;
      const state = this.memories.get(memoryKey(active.rule.name, ''))?.state ?? null;
      const at = active.rule.dueAt(last, state, settings, scene);
      if (at !== null && (due === null || at < due)) due = at;
    }
    return due;
  }

  private sceneOf(world: World, fix: StoredFix | null = this.confirmation.last): Scene {
    return {
      animal: world.watched(this.animal, fix?.collarId ?? -1),
      recent: this.recent,
      nearestFarm: (position, withinM) => world.places.nearestFarm(position, withinM),
    };
  }
}
