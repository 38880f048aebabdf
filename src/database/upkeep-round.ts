import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sqlStateOf } from './failure.ts';
import type { Log } from './log.ts';
import { endOfMonth, readMonths, type FixMonth } from './months.ts';
import { sealMonth, type Sealed } from './sealing.ts';

const DAY_MS = 86_400_000;
/** A sealed month that has grown by more than this since is sealed again: late fixes have split its full pages. */
const GROWN = { share: 1.1, bytes: 1 << 20 };
/** But not more often than this, however many late fixes come. */
const AGAIN_AFTER_MS = DAY_MS;
/** Rows written since the last cleaning that make tracks look into the rows for who may see them. */
const UNCLEAN_ROWS = 10_000;
/** Between two months, for whoever else wants the machine. */
const REST_MS = 250;

/** What a round of upkeep is to do, and when to stop. */
export interface Round {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Days after its end that a month is sealed; null: never. */
  readonly sealAfterDays: number | null;
  readonly stopping: AbortSignal;
  readonly log: Log;
}

/**
 * Whether a month is to be sealed: over for long enough, and never sealed or much grown since.
 *
 * @returns the reason; null: no
 */
export function reasonToSeal(
  { month, bytes, sealed }: FixMonth,
  { now, sealAfterDays }: Pick<Round, 'now' | 'sealAfterDays'>,
  emptyBytes: number,
): 'over' | 'grown' | null {
  if (sealAfterDays === null || now < endOfMonth(month) + sealAfterDays * DAY_MS || bytes <= emptyBytes) return null;
  if (sealed === null) return 'over';
  const grown = bytes > sealed.bytes * GROWN.share && bytes > sealed.bytes + GROWN.bytes;
  return grown && now > sealed.at + AGAIN_AFTER_MS ? 'grown' : null;
}

/**
 * Seals every month that is due, one after the other, and cleans those in which much was written.
 *
 * @param client of withUpkeep
 * @returns what was sealed
 */
export async function runRound(client: pg.ClientBase, round: Round): Promise<Sealed[]> {
  const done: Sealed[] = [];
  const empty = await emptyMonthBytes(client);
  for (const month of await readMonths(client)) {
    if (round.stopping.aborted) break;
    const reason = reasonToSeal(month, round, empty);
    if (reason !== null) {
      const sealed = await seal(client, month, round);
      if (sealed) done.push(sealed);
      await sleep(REST_MS);
    } else if (month.unclean > UNCLEAN_ROWS) await clean(client, month, round);
  }
  return done;
}

async function seal(client: pg.ClientBase, month: FixMonth, { log }: Round): Promise<Sealed | null> {
  try {
    const sealed = await sealMonth(client, month);
    const [before, after] = [sealed.bytesBefore, sealed.bytesAfter].map((bytes) =>
      (bytes / (sealed.rows || 1)).toFixed(0),
    );
    log.info(
      `sealed ${sealed.month}: ${sealed.rows} fixes, ${before} bytes each before and ${after} now, in ${sealed.seconds.toFixed(1)} s, ` +
        `of which nobody else could have them for ${sealed.lockedMs.toFixed(0)} ms`,
    );
    return sealed;
  } catch (error) {
    if (!isBusy(error)) throw error;
    log.info(`${month.month} is being read for long: it is sealed another time`);
    return null;
  }
}

async function clean(client: pg.ClientBase, { month, table }: FixMonth, { log }: Round): Promise<void> {
  try {
    await client.query(`VACUUM (ANALYZE) ${table}`);
  } catch (error) {
    if (!isBusy(error)) throw error;
    log.info(`${month} was not cleaned: another process is at it`);
  }
}

/** lock_not_available. */
export const isBusy = (error: unknown): boolean => sqlStateOf(error) === '55P03';

/** What a month without a row takes: a page of each index. */
async function emptyMonthBytes(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    `SELECT (count(*) * 3 * current_setting('block_size')::int)::float8 AS bytes FROM pg_index WHERE indrelid = 'fix'::regclass`,
  );
  return rows[0]!.bytes;
}
