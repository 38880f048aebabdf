import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import { Database } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import { doubtNames, rfc3339, SENSORS } from '../fix-columns.store.ts';
import type { PlaceKey } from './places.store.ts';

/** A fix that is to be shown, and what stands before its own fields. */
export interface Shown extends PlaceKey {
  /** JSON members, each with a comma after it. */
  readonly lead: string;
  readonly serial: string;
}

/** Fixes in full, of many collars. */
@Injectable()
export class PlaceFixesStore {
  constructor(private readonly database: Database) {}

  /** These fixes as JSON objects joined by commas, in the order given, by their keys. */
  async texts(_grant: PositionGrant, fixes: readonly Shown[]): Promise<string> {
    if (fixes.length === 0) return '';
    const times = fixes.map(({ at }) => new Date(at).toISOString());
    const inTime = [...times].sort();
    const [row] = await this.database.client.$queryRaw<[{ text: string | null }]>`
      SELECT string_agg('{' || shown.lead || '"at":"' || ${rfc3339(Prisma.sql`f.at`)} || '","lat":' || f.lat || ',"lon":' || f.lon
        || ',"collar":' || to_json(shown.serial) || ',"receivedAt":"' || ${rfc3339(Prisma.sql`f.received_at`)} || '","doubts":'
        || ${doubtNames(Prisma.sql`f.doubts`)} || ',"late":' || f.late || ${SENSORS} || '}', ',' ORDER BY shown.place) AS text
      FROM unnest(${fixes.map(({ collarId }) => collarId)}::integer[], ${times}::text[]::timestamptz[],
        ${fixes.map(({ lead }) => lead)}::text[], ${fixes.map(({ serial }) => serial)}::text[])
        WITH ORDINALITY AS shown(collar, at, lead, serial, place)
      CROSS JOIN LATERAL (
        SELECT * FROM fix WHERE collar_id = shown.collar AND at = shown.at
          AND at >= ${inTime[0]}::timestamptz AND at <= ${inTime.at(-1)}::timestamptz LIMIT 1) f`;
    return row.text ?? '';
  }
}
