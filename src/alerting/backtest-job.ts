import { setImmediate as breath } from 'node:timers/promises';
import type { Principal } from '../access/principal.ts';
import { viewAlert, withoutPosition } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import type { VisibleLines } from '../access/visible-lines.ts';
import type { AlertView } from '../access/views.ts';
import type { Alert } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Registry } from '../registry/registry.ts';
import type { Rule } from '../rules/rule.ts';
import { type Compared, Comparison, type Finding } from './backtest-fold.ts';
import { Score } from './backtest-score.ts';
import { RuleBook, type RuleInForce } from './rule-book.ts';
import type { StoredFix } from './trail.ts';
import type { World } from './watch.ts';
import { worldOf } from './world.ts';

/** Fixes read at once. */
const PAGE = 2_000;
/** Fixes judged before others of this process have their turn. */
const TURN = 200;
/** An episode that is older than this when the window begins is not known of, unless a fix since then tells of it: thirty days. */
const MARGIN_MS = 30 * 86_400_000;

/** Where tracks are read. */
export interface Tracks {
  /** Fixes of an animal's track from a moment on, in the order of time. */
  from(animal: string, at: EpochMs, limit: number): Promise<StoredFix[]>;
}

/** What is tried, by whom, on what. */
export interface Trial {
  readonly caller: Principal;
  readonly rule: Rule;
  readonly proposed: RuleInForce;
  readonly inForce: RuleInForce;
  readonly registry: Registry;
  readonly from: EpochMs;
  /** The end of the window, or the present. */
  readonly until: EpochMs;
  /** Aborted, with the reason to tell, when it is to go on no longer. */
  readonly ended: AbortSignal;
}

/** One backtest: animal by animal, page by page, so that it needs as much memory for ten years as for a day. */
export class BacktestJob {
  private readonly score: Score;
  private readonly proposed: World;
  private readonly inForce: World;

  constructor(
    private readonly trial: Trial,
    private readonly tracks: Tracks,
  ) {
    const { rule, registry, from, until } = trial;
    this.score = new Score(rule.levels, from, until);
    this.proposed = worldOf(registry, new RuleBook([rule], [trial.proposed]));
    this.inForce = worldOf(registry, new RuleBook([rule], [trial.inForce]));
  }

  /** Progress, alerts by animal, each when it can change no more, at last the summary. @throws the reason of `ended` */
  async *lines(): VisibleLines {
    const { registry, rule } = this.trial;
    const animals = registry.animals().filter(({ id }) => this.worn(id).length > 0);
    yield this.progress(0, animals.length);
    for (const [done, { id }] of animals.entries()) {
      for await (const line of this.animal(id)) yield line ?? this.progress(done, animals.length);
      yield this.progress(done + 1, animals.length);
    }
    yield withoutPosition({ summary: { rule: rule.name, ...this.score.summary() } });
  }

  /** The alerts of one animal; null: another page is done. */
  private async *animal(animal: string): AsyncGenerator<Visible<object> | null, void, void> {
    const comparison = new Comparison(animal, this.proposed, this.inForce);
    const worn = this.worn(animal);
    let isHeard = false;
    for await (const fixes of this.track(animal)) {
      for (const [index, fix] of fixes.entries()) {
        if (index % TURN === 0) await breath();
        if (fix.at >= this.trial.from) this.score.fixes++;
        const found = comparison.see(fix);
        if (found.length > 0) yield* this.told(animal, found);
      }
      isHeard ||= fixes.length > 0;
      yield null;
    }
    const { until } = this.trial;
    const end = Math.max(...worn.map(({ to }) => to ?? Infinity));
    yield* this.told(animal, comparison.finish(Math.min(end, until), end <= until));
    if (isHeard) for (const { from, to } of worn) this.score.watched(from, to);
  }

  /** The track of an animal, page by page, from so long before the window that what was open when it began is known. */
  private async *track(animal: string): AsyncGenerator<readonly StoredFix[], void, void> {
    const { from, until, ended } = this.trial;
    let next = Math.max(0, from - Math.max(this.proposed.lookbackMs, this.inForce.lookbackMs) - MARGIN_MS);
    for (let isBegun = false; next < until;) {
      ended.throwIfAborted();
      const page = await this.tracks.from(animal, next, PAGE);
      const known = page.filter(({ at }) => at < until);
      // The first is trusted by all that follow: it must not be one that is doubted for what was before it.
      const first: number = isBegun ? 0 : known.findIndex(({ doubts }) => doubts === 0);
      if (first >= 0) yield known.slice(first);
      isBegun ||= first >= 0;
      if (page.length < PAGE || known.length < page.length) return;
      next = page.at(-1)!.at + 1;
    }
  }

  private *told(animal: string, found: readonly Compared[]): Generator<Visible<object>, void, void> {
    const { caller, rule, from } = this.trial;
    const lasted = (finding: Finding) => (finding.episode.closedAt ?? Infinity) >= from;
    const relevant = found.filter((compared) => [compared, ...compared.inForce].some(lasted));
    this.score.found(relevant);
    for (const compared of relevant) {
      const view = viewAlert(caller, asAlert(rule, animal, compared));
      if (!view) continue;
      const { verdict } = compared;
      const inForce = compared.inForce.flatMap((finding) => {
        const other = viewAlert(caller, asAlert(rule, animal, finding));
        return other ? [shortly(other)] : [];
      });
      yield withoutPosition({ alert: { ...shown(view), verdict, ...(verdict === 'both' && { inForce }) } });
    }
  }

  private worn(animal: string) {
    const { registry, from, until } = this.trial;
    return registry.deploymentsOf(animal).filter((worn) => worn.from < until && (worn.to ?? Infinity) > from);
  }

  private progress(done: number, total: number): Visible<object> {
    return withoutPosition({ progress: { done, total, fixes: this.score.fixes } });
  }
}

/** As an alert that nobody was told of: what only an alert of the log has says nothing. */
function asAlert({ name, about }: Rule, animal: string, { place, episode }: Finding): Alert {
  const { level, peak, openedAt, closedAt, closest, details = null } = episode;
  return {
    id: '',
    kind: name,
    animal,
    farm: about === 'farm' ? place : null,
    area: about === 'area' ? place : null,
    state: closedAt === null ? 'open' : 'closed',
    level,
    peak,
    openedAt,
    closedAt,
    closest,
    details,
    reason: null,
    late: false,
    learnedAt: openedAt,
    revision: 0,
    acknowledged: null,
  };
}

function shown({ id: _id, late: _late, learnedAt: _told, revision: _revision, acknowledged: _by, ...rest }: AlertView) {
  return rest;
}

function shortly({ openedAt, closedAt, peak }: AlertView) {
  return { openedAt, closedAt, peak };
}
