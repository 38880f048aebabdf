import { Logger } from '@nestjs/common';
import { isAway } from '../database/failure.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { AlertStore, NotedTelling } from './alert.store.ts';

/** How long tellings are gathered before they are written in one statement. */
const GATHER_MS = 200;
const RETRY_MS = 1_000;
/** Tellings that wait to be written, and alerts that are known to have been told. Of more than that some are not, or asked about again. */
const MAX_WAITING = 20_000;
const MAX_KNOWN = 50_000;
/** Of one statement. */
const GROUP = 1_000;

/**
 * Notes when a subscriber was first told of an alert: with a commit of its own, later than the telling and never in its way. What
 * a crash takes with it is noted with the next subscriber who is told.
 */
export class FirstTellings {
  private readonly logger = new Logger('first-tellings');
  private readonly waiting = new Map<string, EpochMs>();
  private readonly known = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | null = null;

  constructor(
    private readonly store: Pick<AlertStore, 'noteTold'>,
    private readonly onNoted: (noted: NotedTelling) => void,
  ) {}

  /** Takes note that a subscriber has just been told of these alerts. Costs nothing for those that are known to have been told. */
  add(alertIds: readonly string[], at: EpochMs): void {
    for (const id of alertIds) {
      if (this.known.has(id) || this.waiting.size >= MAX_WAITING) continue;
      if (!this.waiting.has(id)) this.waiting.set(id, at);
    }
    this.writeSoon(GATHER_MS);
  }

  /** Writes what waits. What cannot be written now is lost with the process. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.writing;
    await this.write();
    clearTimeout(this.timer);
  }

  private writeSoon(ms: number): void {
    if (this.waiting.size === 0 || this.timer || this.writing) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.writing = this.write().finally(() => {
        this.writing = null;
        this.writeSoon(RETRY_MS);
      });
    }, ms).unref();
  }

  /** In groups, until nothing waits but what is just being written by others. */
  private async write(): Promise<void> {
    const all = [...this.waiting];
    try {
      for (let from = 0; from < all.length; from += GROUP)
        await this.writeGroup(new Map(all.slice(from, from + GROUP)));
    } catch (error) {
      if (!isAway(error)) this.logger.error(error);
    }
  }

  private async writeGroup(group: ReadonlyMap<string, EpochMs>): Promise<void> {
    const { noted, left } = await this.store.noteTold(group);
    if (this.known.size + group.size > MAX_KNOWN) this.known.clear();
    const isLeft = new Set(left);
    for (const id of group.keys()) {
      if (isLeft.has(id)) continue;
      this.known.add(id);
      this.waiting.delete(id);
    }
    noted.forEach(this.onNoted);
  }
}
