import type { Database } from '../../../src/database/database.ts';

/** A fix as a test stores it; received 90 s after its time unless said otherwise. */
export interface PlacedFix {
  readonly collar: string;
  readonly at: string;
  readonly lat: number;
  readonly lon: number;
  readonly doubts?: number;
  readonly received?: string;
}

/** Stores fixes as they are, in one statement; collars must be registered. */
export async function storeFixes(database: Database, fixes: readonly PlacedFix[]): Promise<void> {
  await database.ensureMonths(fixes.map(({ at }) => Date.parse(at)));
  await database.client.$executeRaw`
    INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
    SELECT f.at, coalesce(f.received, f.at + interval '90 s'), f.lon, f.lat, collar.id, coalesce(f.doubts, 0), false
    FROM json_to_recordset(${JSON.stringify(fixes)}::json)
      AS f(collar text, at timestamptz, received timestamptz, lon float8, lat float8, doubts smallint)
    JOIN collar ON collar.serial = f.collar`;
}
