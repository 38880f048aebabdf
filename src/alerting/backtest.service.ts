import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { invalidInput } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { TokenService } from '../access/token.service.ts';
import { withoutPosition } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import type { VisibleLines } from '../access/visible-lines.ts';
import { CONFIG, type Config } from '../config.ts';
import { isAway } from '../database/failure.ts';
import type { EpochMs } from '../domain/fix.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { BacktestJob, type Trial } from './backtest-job.ts';
import type { RuleInForce } from './rule-book.ts';
import { demandPossible } from './rule-change.ts';
import { RuleSettings } from './rule-settings.service.ts';
import { TrackStore } from './track.store.ts';

/** What is to be tried. */
export interface Proposal {
  readonly rule: string;
  /** Absent: as in force. */
  readonly settings?: RuleInForce['settings'];
  readonly overrides?: RuleInForce['overrides'];
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * Tells what a rule would have alerted on stored tracks, had it been set otherwise, beside what it alerts as it is set: both are
 * judged the same way, over the same fixes, by the farms and areas of today. No alert is touched.
 */
@Injectable()
export class Backtests implements OnModuleDestroy {
  private readonly logger = new Logger('backtest');
  private readonly ending = new AbortController();
  private running = 0;

  constructor(
    private readonly settings: RuleSettings,
    private readonly directory: CollarDirectory,
    private readonly tracks: TrackStore,
    private readonly tokens: TokenService,
    @Inject(CONFIG) private readonly config: Pick<Config, 'BACKTEST_MAX'>,
  ) {}

  /** Aborted when the server stops. */
  get stopping(): AbortSignal {
    return this.ending.signal;
  }

  onModuleDestroy(): void {
    this.ending.abort(new Problem(503, 'stopping', 'The server is stopping.'));
  }

  /**
   * The lines of a trial; see BacktestJob. The last is `{"summary"}`, or `{"error"}` when it could not go on. It counts as running
   * from the first line that is asked for until it ends or is returned; that line throws Problem 429 when BACKTEST_MAX run.
   *
   * @throws Problem 422 naming every wrong field
   */
  async begin(caller: Principal, proposal: Proposal, now: EpochMs): Promise<VisibleLines> {
    const registry = await this.directory.upToDate();
    await this.settings.inStep();
    const known = this.settings.all();
    const found = known.find(({ rule }) => rule.name === proposal.rule);
    if (!found)
      throw invalidInput([{ field: 'rule', expected: `one of ${known.map(({ rule }) => rule.name).join(', ')}` }], 422);
    if (proposal.from >= now) throw invalidInput([{ field: 'from', expected: 'a time that has been' }], 422);
    const { rule, inForce } = found;
    const { settings = inForce.settings, overrides = inForce.overrides } = proposal;
    const proposed = { name: rule.name, enabled: true, settings, overrides };
    demandPossible(rule, proposed, registry);
    // Nothing was heard before 1970, nor will be after now.
    const [from, until] = [Math.max(0, proposal.from), Math.min(proposal.to, now)];
    return this.lines({ caller, rule, proposed, inForce, registry, from, until });
  }

  private async *lines(trial: Omit<Trial, 'ended'>): VisibleLines {
    if (this.running >= this.config.BACKTEST_MAX)
      throw new Problem(429, 'too-many-backtests', `${this.running} running already: try again when it has ended.`);
    this.running++;
    const revoked = new AbortController();
    const endListening = this.tokens.onRevoked((id) => {
      if (id === trial.caller.id) revoked.abort(new Problem(401, 'unknown-credential', 'The credential has ended.'));
    });
    const ended = AbortSignal.any([this.stopping, revoked.signal]);
    let isBegun = false;
    try {
      for await (const line of new BacktestJob({ ...trial, ended }, this.tracks).lines()) {
        ended.throwIfAborted();
        isBegun = true;
        yield line;
      }
    } catch (error) {
      if (!isBegun) throw error;
      yield this.errorLine(error);
    } finally {
      endListening();
      this.running--;
    }
  }

  private errorLine(error: unknown): Visible<object> {
    const line = (code: string, detail: string) => withoutPosition({ error: { type: `/problems/${code}`, detail } });
    if (error instanceof Problem) return line(error.code, error.message);
    if (isAway(error)) return line('database-away', 'The database does not answer.');
    this.logger.error(`a backtest was given up: ${String(error)}`);
    return line('internal', 'Something went wrong inside the server.');
  }
}
