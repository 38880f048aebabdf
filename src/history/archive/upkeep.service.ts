import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.ts';
import { archiveFolder } from '../../database/archive-folder.ts';
import { Database } from '../../database/database.ts';
import { runRound } from '../../database/upkeep-round.ts';
import { UpkeepBusy, withUpkeep } from '../../database/upkeep.ts';
import { ArchiveStore } from './archive.store.ts';
import { Archiving } from './archiving.ts';

/** The start has other things to do. */
const FIRST_AFTER_MS = 60_000;

type UpkeepConfig = Pick<
  Config,
  'SEAL_AFTER_DAYS' | 'RETENTION_MONTHS' | 'ARCHIVE_DIR' | 'DATA_DIR' | 'UPKEEP_EVERY_S'
>;

/** Looks after the months of fixes while the server runs: packs those that are over, and takes the oldest to the archive. */
@Injectable()
export class Upkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('upkeep');
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: UpkeepConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { SEAL_AFTER_DAYS: seal, RETENTION_MONTHS: retention, UPKEEP_EVERY_S: every } = this.config;
    if (seal === 'off' && retention === undefined) return;
    this.next(Math.min(FIRST_AFTER_MS, every * 1_000));
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.running;
  }

  private next(afterMs: number): void {
    this.timer = setTimeout(() => {
      this.running = this.round().finally(() => {
        if (!this.stopping.signal.aborted) this.next(this.config.UPKEEP_EVERY_S * 1_000);
      });
    }, afterMs);
    this.timer.unref();
  }

  /** Never rejects: what did not work is tried again in the next round. */
  private async round(): Promise<void> {
    const { SEAL_AFTER_DAYS: seal, RETENTION_MONTHS: retention } = this.config;
    const log = {
      info: (line: string) => this.logger.log(line),
      warn: (line: string) => this.logger.warn(line),
      error: (line: string) => this.logger.error(line),
    };
    const round = {
      now: Date.now(),
      sealAfterDays: seal === 'off' ? null : seal,
      stopping: this.stopping.signal,
      log,
    };
    try {
      await withUpkeep(
        this.database.url,
        async (client) => {
          // First what goes: there is no use in packing it.
          if (retention !== undefined)
            await new Archiving(new ArchiveStore(client), archiveFolder(this.config)).retain({
              ...round,
              months: retention,
            });
          await runRound(client, round);
        },
        this.stopping.signal,
      );
    } catch (error) {
      if (error instanceof UpkeepBusy || this.stopping.signal.aborted) return;
      this.logger.warn(`the months were not looked after: ${(error as Error).message}`);
    }
  }
}
