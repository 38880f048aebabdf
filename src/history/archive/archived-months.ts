import { Injectable } from '@nestjs/common';
import { endOfMonth } from '../../database/months.ts';
import type { EpochMs } from '../../domain/fix.ts';
import { ArchivedMonthsStore } from './archived-months.store.ts';

/** The archive changes once a month; what is told of it may be so old. */
const FRESH_MS = 30_000;

/** Which months are in the archive, and not in the database. */
@Injectable()
export class ArchivedMonths {
  private known: Promise<readonly string[]> = Promise.resolve([]);
  private readAt = -Infinity;

  constructor(private readonly store: ArchivedMonthsStore) {}

  /**
   * Archived months, as 2019-05, that a period touches.
   *
   * @param from, to half open; undefined: without an end
   */
  async within(from: EpochMs | undefined, to: EpochMs | undefined, now: EpochMs): Promise<string[]> {
    if (now - this.readAt > FRESH_MS) {
      this.readAt = now;
      const before = this.known;
      // A question is answered without this when the database cannot tell; it will not be able to answer either.
      this.known = this.store.months().catch(() => before);
    }
    return touched(await this.known, from, to);
  }
}

export function touched(months: readonly string[], from: EpochMs | undefined, to: EpochMs | undefined): string[] {
  return months.filter(
    (month) => endOfMonth(month) > (from ?? -Infinity) && Date.parse(`${month}-01T00:00:00Z`) < (to ?? Infinity),
  );
}

/** `2019-05, 2019-06, 2019-07, 2020-01` is said as `2019-05/2019-07, 2020-01`. @param months in their order */
export function asRuns(months: readonly string[]): string {
  const runs: [string, string][] = [];
  for (const month of months) {
    const last = runs.at(-1);
    if (last && new Date(endOfMonth(last[1])).toISOString().startsWith(month)) last[1] = month;
    else runs.push([month, month]);
  }
  return runs.map(([first, last]) => (first === last ? first : `${first}/${last}`)).join(', ');
}
