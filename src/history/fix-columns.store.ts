import { DOUBTS } from '../domain/quality/doubt.ts';
import { Prisma } from '../database/generated/client.ts';

/** A time of the database as RFC 3339 with milliseconds. */
export function rfc3339(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** What the collar reported beside the position, as JSON members that each begin with a comma; what it did not is not there. */
export const SENSORS = Prisma.sql`coalesce(',"altM":' || f.alt_m, '') || coalesce(',"accuracyM":' || f.accuracy_m, '')
  || coalesce(',"hdop":' || f.hdop, '') || coalesce(',"satellites":' || f.satellites, '')
  || coalesce(',"speedMps":' || f.speed_mps, '') || coalesce(',"headingDeg":' || f.heading_deg, '')
  || coalesce(',"temperatureC":' || f.temperature_c, '') || coalesce(',"batteryV":' || f.battery_v, '')
  || coalesce(',"activity":' || f.activity, '') || coalesce(',"seq":' || f.device_seq, '')
  || coalesce(',"extra":' || f.extra::text, '')`;

/** The names of doubts as a JSON list. */
export function doubtNames(bits: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`CASE WHEN ${bits} = 0 THEN '[]' ELSE (
    SELECT json_agg(name ORDER BY bit)::text FROM unnest(${[...DOUBTS]}::text[]) WITH ORDINALITY AS doubt(name, bit)
    WHERE ${bits} & (1 << (bit - 1)::int) <> 0) END`;
}
