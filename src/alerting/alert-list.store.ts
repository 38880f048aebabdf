import { Prisma } from '../database/generated/client.ts';
import type { EpochMs } from '../domain/fix.ts';

/** Which alerts to list; an absent field asks for all. */
export interface AlertQuery {
  readonly state?: string;
  readonly farm?: string;
  readonly area?: string;
  readonly animal?: string;
  readonly kind?: string;
  readonly late?: boolean;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: { readonly openedAt: EpochMs; readonly id: string };
  /** Only alerts that concern these farms; null: all. */
  readonly visibleFarms: readonly string[] | null;
  /** As they were told by then. */
  readonly asOf?: EpochMs;
}

/** Alerts as they are told today. */
export const TODAY = Prisma.sql`(
  SELECT id, state, farm_id, area_id, animal_id, kind, late, opened_at, details, alert_json(alert) AS alert FROM alert)`;

/**
 * Alerts as they were told by a moment: each with its last change by then has the alert as it stood after it; what has moved since then
 * without a change stands beside.
 *
 * @param id of one alert alone
 */
export function toldBy(asOf: EpochMs, id?: string): Prisma.Sql {
  const one = id === undefined ? Prisma.empty : Prisma.sql`AND alert_id = ${id}::uuid`;
  return Prisma.sql`(
    SELECT id, alert->>'state' AS state, alert->>'farm' AS farm_id, alert->>'area' AS area_id, alert->>'animal' AS animal_id,
      alert->>'kind' AS kind, (alert->>'late')::boolean AS late,
      to_timestamp((alert->>'openedAt')::float8 / 1000)::timestamptz(3) AS opened_at, alert->'details' AS details, alert
    FROM (
      SELECT told.id, CASE WHEN moved.id IS NULL THEN told.alert ELSE told.alert || jsonb_build_object(
        'details', moved.details, 'closest', CASE WHEN closest_at IS NOT NULL THEN jsonb_build_object('m', closest_m,
          'at', (extract(epoch FROM closest_at) * 1000)::bigint, 'between', closest_between) END) END AS alert
      FROM (
        SELECT DISTINCT ON (alert_id) alert_id AS id, seq, alert FROM alert_change
        WHERE learned_at <= ${iso(asOf)}::timestamptz ${one} ORDER BY alert_id, seq DESC) AS told
      LEFT JOIN LATERAL (
        SELECT * FROM alert_move WHERE alert_id = told.id AND after_seq = told.seq AND learned_at <= ${iso(asOf)}::timestamptz
        ORDER BY id DESC LIMIT 1) AS moved ON true) AS stood)`;
}

/** What narrows a list of either. An absent field narrows nothing. */
export function alertCondition(query: AlertQuery): Prisma.Sql {
  const { state, farm, area, animal, kind, late, from, to, after, visibleFarms } = query;
  const parts = [Prisma.sql`opened_at >= ${iso(from ?? 0)}::timestamptz`];
  const equal = (column: Prisma.Sql, value: string | boolean | undefined) => {
    if (value !== undefined) parts.push(Prisma.sql`${column} = ${value}`);
  };
  equal(Prisma.sql`state`, state);
  equal(Prisma.sql`farm_id`, farm);
  equal(Prisma.sql`area_id`, area);
  equal(Prisma.sql`animal_id`, animal);
  equal(Prisma.sql`kind`, kind);
  equal(Prisma.sql`late`, late);
  if (to !== undefined) parts.push(Prisma.sql`opened_at < ${iso(to)}::timestamptz`);
  if (after) parts.push(Prisma.sql`(opened_at, id) < (${iso(after.openedAt)}::timestamptz, ${after.id}::uuid)`);
  // The farm that an alert concerns, as access/alert-details has it.
  if (visibleFarms !== null)
    parts.push(Prisma.sql`coalesce(farm_id, CASE WHEN area_id IS NULL THEN details->'couldReach'->>'farm' END)
      = ANY (${[...visibleFarms]}::text[])`);
  return Prisma.join(parts, ' AND ');
}

const iso = (at: EpochMs): string => new Date(at).toISOString();
