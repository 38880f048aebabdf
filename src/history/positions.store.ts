import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import type { EpochMs } from '../domain/fix.ts';
import { rfc3339, SENSORS } from './fix-columns.store.ts';
import type { Span } from './span.ts';

/** An animal whose newest fix is asked for, and one of the spans to find it in. */
export interface NamedSpan extends Span {
  readonly animal: string;
  readonly name: string;
}

/** A fix that is known to be there. */
export interface NamedFixKey extends Pick<NamedSpan, 'animal' | 'name' | 'serial' | 'collarId'> {
  readonly at: EpochMs;
}

/** Animals' newest fixes as GeoJSON features, as one text: what a row costs on its way here is more than what is in it. */
export interface PositionsText {
  /** Ids of the animals, in the order of the features. */
  readonly animals: readonly string[];
  /** Joined by line ends. */
  readonly features: string;
}

interface Row {
  animals: string | null;
  features: string | null;
}

const FEATURE = Prisma.sql`'{"type":"Feature","id":' || to_json(s.animal) || ',"geometry":{"type":"Point","coordinates":[' || f.lon || ','
  || f.lat || ']},"properties":{"animal":' || to_json(s.animal) || ',"name":' || to_json(s.name) || ',"collar":' || to_json(s.serial)
  || ',"at":"' || ${rfc3339(Prisma.sql`f.at`)} || '","late":' || f.late || ',"doubts":[]' || ${SENSORS} || '}}'`;

/** Where animals are: one feature each. */
@Injectable()
export class PositionsStore {
  constructor(private readonly database: Database) {}

  /**
   * The newest undoubted fix of each animal that has one.
   *
   * @param since look no further back: a fix of this month is found without a look into the months before; null: as far as it takes
   */
  async newest(_grant: PositionGrant, spans: readonly NamedSpan[], since: EpochMs | null): Promise<PositionsText> {
    if (spans.length === 0) return NONE;
    const least = since === null ? '-infinity' : new Date(since).toISOString();
    const [row] = await this.database.client.$queryRaw<[Row]>`
      SELECT ${TOGETHER} FROM (SELECT DISTINCT ON (s.animal) s.animal, ${FEATURE} AS feature
      FROM json_to_recordset(${JSON.stringify(spans)}::json)
        AS s(animal text, name text, serial text, "collarId" int, "from" float8, "to" float8)
      CROSS JOIN LATERAL (
        SELECT * FROM fix WHERE collar_id = s."collarId" AND doubts = 0 AND at >= ${least}::timestamptz
          AND at >= coalesce(to_timestamp(s."from" / 1000), '-infinity') AND at < coalesce(to_timestamp(s."to" / 1000), 'infinity')
        ORDER BY at DESC LIMIT 1) f
      ORDER BY s.animal, f.at DESC) positions`;
    return textOf(row);
  }

  /** Fixes that are known to be there. */
  async features(_grant: PositionGrant, keys: readonly NamedFixKey[]): Promise<PositionsText> {
    const [row] = await this.database.client.$queryRaw<[Row]>`
      SELECT ${TOGETHER} FROM (SELECT s.animal, ${FEATURE} AS feature
      FROM json_to_recordset(${JSON.stringify(keys)}::json) AS s(animal text, name text, serial text, "collarId" int, at float8)
      JOIN fix f ON f.collar_id = s."collarId" AND f.at = to_timestamp(s.at / 1000)::timestamptz(3)) positions`;
    return textOf(row);
  }
}

const NONE: PositionsText = { animals: [], features: '' };
const TOGETHER = Prisma.sql`string_agg(animal, ' ' ORDER BY animal COLLATE "C") AS animals,
  string_agg(feature, E'\n' ORDER BY animal COLLATE "C") AS features`;

/** No id has a space in it, and no JSON of the database a line end. */
function textOf({ animals, features }: Row): PositionsText {
  return animals === null || features === null ? NONE : { animals: animals.split(' '), features };
}
