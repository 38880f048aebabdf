import type { EpochMs, Fix } from '../domain/fix.ts';
import type { Stamina } from '../domain/quality/confirm.ts';
import type { FixStore } from '../ingest/fix.store.ts';
import { sameContent } from '../ingest/same-content.ts';
import type { Registry } from '../registry/registry.ts';
import type { ImportItem } from './import-item.ts';
import type { ImportOptions } from './import-job.ts';
import { ImportNames } from './import-names.ts';
import { drawTracks } from './picture.ts';
import type { ItemGroup } from './reading/read-file.ts';
import type { Recognised } from './reading/recognised.ts';
import type { ReferenceData } from './reading/reference.ts';
import { type Plan, planRegistry } from './registry-plan.ts';
import { checkedItem, Survey } from './survey.ts';
import type { Creations, Report, RowProblem } from './survey-report.ts';

/** Fixes that are held against the store at once. */
const GROUP = 2_000;

type FixItem = Extract<ImportItem, { kind: 'fix' }>;

/** What a check needs. */
export interface CheckInput {
  readonly options: ImportOptions;
  readonly reference: ReferenceData | null;
  readonly registry: Registry;
  readonly fixes: Pick<FixStore, 'held'>;
  readonly hasFixes: (collarId: number) => Promise<boolean>;
  readonly stamina: Stamina;
  readonly now: EpochMs;
  readonly signal: AbortSignal;
  /** Told after each group: how far it has come. */
  readonly on: (progress: { readonly rows: number; readonly bytesRead: number }) => void;
}

/** Goes through a file without storing anything of it. */
export class Check {
  private readonly survey: Survey;
  private readonly names: ImportNames;
  private readonly collarsWithFixes = new Map<number, boolean>();
  /** By tag: when the reference says that it was worn. */
  private readonly referred = new Map<string, { from: EpochMs; to: EpochMs }[]>();

  constructor(private readonly input: CheckInput) {
    const { registry, options, reference, now, stamina } = input;
    this.survey = new Survey(now, stamina);
    this.names = new ImportNames(registry, options.animals, options.collars);
    for (const { tag, from, to } of reference?.deployments ?? [])
      this.referred.set(tag, [...(this.referred.get(tag) ?? []), { from: from ?? -Infinity, to: to ?? Infinity }]);
  }

  /**
   * @throws UnreadableFile when nothing of it can be imported; what the signal was aborted with
   */
  async run(groups: AsyncGenerator<ItemGroup, Recognised | null>): Promise<{ report: Report; picture: string }> {
    const began = performance.now();
    let next = await groups.next();
    try {
      for (; next.done !== true; next = await groups.next()) {
        this.input.signal.throwIfAborted();
        await this.take(next.value.items);
        this.input.on({ rows: this.survey.rows, bytesRead: next.value.bytesRead });
      }
    } finally {
      if (next.done !== true) await groups.return(undefined as never);
    }
    return { report: this.report(next.value, Math.round(performance.now() - began)), picture: this.picture() };
  }

  private async take(items: readonly ImportItem[]): Promise<void> {
    for (let first = 0; first < items.length; first += GROUP) {
      const some = items.slice(first, first + GROUP).map((item) => checkedItem(item, this.input.now));
      for (const item of some) this.survey.add(item);
      await this.compare(some.filter((item) => item.kind === 'fix'));
    }
  }

  /** Holds fixes of collars that are known against what is stored of them, and against each other. */
  private async compare(items: readonly FixItem[]): Promise<void> {
    const distinct = new Map<string, FixItem>();
    const stored: { fix: Fix; item: FixItem }[] = [];
    for (const item of items) {
      const collar = this.input.registry.collar(this.names.collar(item.tag));
      if (!this.isWorn(item, collar?.id ?? null)) this.survey.withoutAnimal++;
      const key = `${item.tag}\n${item.reading.at}`;
      const first = distinct.get(key);
      if (!first) {
        distinct.set(key, item);
        if (collar && (this.collarsWithFixes.get(collar.id) ?? (await this.hasFixes(collar.id))))
          stored.push({ fix: asFix(item, collar.id), item });
      } else if (sameContent(first.reading, item.reading)) this.survey.duplicates++;
      else this.conflict(item, 'no other fix of the tag at this time, but the file has one before it');
    }
    if (stored.length === 0) return;
    const { count, conflicting } = await this.input.fixes.held(stored.map(({ fix }) => fix));
    this.survey.duplicates += count - conflicting.length;
    for (const place of conflicting) this.conflict(stored[place]!.item, 'no other fix at this time, but one is stored');
  }

  private conflict({ line }: FixItem, expected: string): void {
    this.survey.conflicts++;
    this.survey.problem({ line, kind: 'conflict', column: null, expected });
  }

  private async hasFixes(collarId: number): Promise<boolean> {
    const has = await this.input.hasFixes(collarId);
    this.collarsWithFixes.set(collarId, has);
    return has;
  }

  private isWorn({ tag, animal, reading: { at } }: FixItem, collarId: number | null): boolean {
    if (collarId !== null && this.input.registry.animalAt(collarId, at) !== null) return true;
    const referred = this.referred.get(tag);
    if (referred) return referred.some(({ from, to }) => from <= at && at < to);
    return (this.input.options.create || this.input.reference !== null) && animal !== null;
  }

  private report(recognised: Recognised | null, checkedInMs: number): Report {
    const { survey, input } = this;
    const { rows, fixes, attempts, other, bad, duplicates, conflicts, withoutAnimal, from, to, outOfOrder } = survey;
    const wearers = [...survey.wearers.values()];
    const { reference, registry, options } = input;
    const plan = planRegistry({ ...options, wearings: wearers, reference, registry });
    return {
      file: recognised && fileOf(recognised),
      ...{ rows, fixes, attempts, other, bad, duplicates, conflicts, withoutAnimal, from, to, outOfOrder },
      animals: new Set(wearers.flatMap(({ animal }) => animal ?? [])).size,
      tags: new Set(wearers.map(({ tag }) => tag)).size,
      doubts: Object.fromEntries(survey.doubts),
      wearers: wearers.map(({ tag, animal, line, first, last, fixes: ofIt, attempts: tried }) => {
        const collar = plan.names.collar(tag);
        const animalId = animal === null ? null : plan.names.animal(animal);
        return { tag, animal, collar, animalId, line, first, last, fixes: ofIt, attempts: tried };
      }),
      creates: creations(plan),
      missing: plan.missing,
      problems: survey.problems.map((problem) => named(problem, recognised?.used ?? {})),
      checkedInMs,
    };
  }

  private picture(): string {
    const named = ({ tag, animal }: { tag: string; animal: string | null }) => animal ?? tag;
    const tracks = [...this.survey.wearers.values()].flatMap(({ sketch, ...wearer }) =>
      sketch ? [{ name: named(wearer), track: sketch.track() }] : [],
    );
    return drawTracks(tracks);
  }
}

/** To be compared alone. */
const asFix = ({ reading }: FixItem, collarId: number): Fix =>
  Object.assign(reading, { collarId, receivedAt: 0, doubts: 0, late: false });

function creations({ animals, collars, deployments }: Plan): Creations {
  const iso = (at: EpochMs) => new Date(at).toISOString();
  return {
    animals: animals.map(({ id, name }) => ({ id, name })),
    collars: collars.map(({ serial }) => ({ serial })),
    deployments: deployments.map(({ animal, collar, from, to }) => ({
      animal,
      collar,
      from: iso(from),
      to: to === null || to === undefined ? null : iso(to),
    })),
  };
}

const fileOf = ({ questions: _, ...file }: Recognised): Report['file'] => file;

/** A problem with the column as the file itself names it. */
function named(problem: RowProblem, used: Recognised['used']): RowProblem {
  const column = used[problem.column as keyof typeof used] ?? problem.column;
  return { ...problem, column };
}
