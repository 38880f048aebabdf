import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import type { Alert } from '../../domain/alert/alert.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { During } from './feature-source.ts';

/** Which visits. */
export interface VisitsQuery {
  readonly during: During | null;
  /** Only of these farms, and of farms that are not among `known`; null: of all. */
  readonly farms: { readonly among: readonly string[]; readonly known: readonly string[] } | null;
  readonly animal?: string | undefined;
  readonly farm?: string | undefined;
  readonly state?: string | undefined;
  readonly peak?: string | undefined;
}

/** Where a page of visits ended. */
export interface VisitPlace {
  readonly openedAt: EpochMs;
  readonly id: string;
}

const VISIT = Prisma.sql`kind = 'farm-proximity' AND state <> 'retracted'`;

/** Visits as they stand in the alerts about them. */
@Injectable()
export class VisitFeatureStore {
  constructor(private readonly database: Database) {}

  /** Oldest opening first. */
  async visits(query: VisitsQuery, after: VisitPlace | null, limit: number): Promise<Alert[]> {
    const place = after
      ? Prisma.sql`(opened_at, id) > (${new Date(after.openedAt)}::timestamptz, ${after.id}::uuid)`
      : Prisma.sql`true`;
    const rows = await this.database.client.$queryRaw<{ alert: Alert }[]>`
      SELECT alert_json(alert) AS alert FROM alert WHERE ${condition(query)} AND ${place} ORDER BY opened_at, id LIMIT ${limit}`;
    return rows.map(({ alert }) => alert);
  }

  async count(query: VisitsQuery): Promise<number> {
    const [row] = await this.database.client.$queryRaw<[{ count: number }]>`
      SELECT count(*)::int AS count FROM alert WHERE ${condition(query)}`;
    return row.count;
  }

  /** null: no such visit. */
  async one(id: string): Promise<Alert | null> {
    const [row] = await this.database.client.$queryRaw<[{ alert: Alert }?]>`
      SELECT alert_json(alert) AS alert FROM alert WHERE ${VISIT} AND id = ${id}::uuid`;
    return row?.alert ?? null;
  }

  /** From the first opening to the last end, null while one goes on; null: there is no visit. */
  async interval(): Promise<readonly [EpochMs, EpochMs | null] | null> {
    const [row] = await this.database.client.$queryRaw<
      [{ first: Date | null; last: Date | null; open: boolean | null }]
    >`
      SELECT min(opened_at) AS first, max(closed_at) AS last, bool_or(closed_at IS NULL) AS open FROM alert WHERE ${VISIT}`;
    if (!row.first) return null;
    return [row.first.getTime(), row.open === true || !row.last ? null : row.last.getTime()];
  }
}

function condition({ during, farms, animal, farm, state, peak }: VisitsQuery): Prisma.Sql {
  const parts = [VISIT];
  if (during && Number.isFinite(during.to)) parts.push(Prisma.sql`opened_at < ${new Date(during.to)}`);
  if (during && Number.isFinite(during.from))
    parts.push(Prisma.sql`(closed_at IS NULL OR closed_at >= ${new Date(during.from)})`);
  if (farms)
    parts.push(
      Prisma.sql`(farm_id = ANY(${farms.among}::text[]) OR NOT coalesce(farm_id, '') = ANY(${farms.known}::text[]))`,
    );
  if (animal !== undefined) parts.push(Prisma.sql`animal_id = ${animal}`);
  if (farm !== undefined) parts.push(Prisma.sql`farm_id = ${farm}`);
  if (state !== undefined) parts.push(Prisma.sql`state = ${state}`);
  if (peak !== undefined) parts.push(Prisma.sql`peak = ${peak}`);
  return Prisma.join(parts, ' AND ');
}
