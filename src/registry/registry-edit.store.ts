import type { Bounds } from '../domain/geo/bounds.ts';
import type { Sql } from '../database/database.ts';
import type { StoredAnimal, StoredArea, StoredCollar, StoredDeployment, StoredFarm, StoredGateway } from './stored.ts';

/** A farm to write, with the box around its boundary. */
export type FarmRow = StoredFarm & { readonly bounds: Bounds };
/** A collar to write. `secretHash`: undefined keeps what is stored, null takes the login away. */
export type CollarRow = Omit<StoredCollar, 'id' | 'secretHash'> & { readonly secretHash?: string | null };
export type GatewayRow = Omit<StoredGateway, 'secretHash'> & { readonly secretHash?: string | null };
/** A deployment to write; `id` undefined: a new one. */
export type DeploymentRow = Omit<StoredDeployment, 'id'> & { readonly id?: number };

/** What an edit of the registry may do, in its transaction. Lists are one JSON parameter each: thousands cost one statement. */
export class RegistryEdit {
  constructor(private readonly sql: Sql) {}

  async putAnimals(animals: readonly StoredAnimal[]): Promise<void> {
    await this.sql.$executeRaw`
      INSERT INTO animal (id, name, details)
      SELECT id, name, details FROM json_to_recordset(${JSON.stringify(animals)}::json) AS t(id text, name text, details jsonb)
      ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, details = EXCLUDED.details`;
  }

  /** Not ON CONFLICT: it would use up a number of the identity for every collar that is there already. */
  async putCollars(collars: readonly CollarRow[]): Promise<void> {
    const rows = JSON.stringify(collars.map((collar) => ({ ...collar, keep: collar.secretHash === undefined })));
    await this.sql.$executeRaw`
      UPDATE collar SET format = t.format, fix_interval_s = t."fixIntervalS", details = t.details,
        secret_hash = CASE WHEN t.keep THEN collar.secret_hash ELSE t."secretHash" END
      FROM json_to_recordset(${rows}::json)
        AS t(serial text, format text, "fixIntervalS" int, details jsonb, "secretHash" text, keep boolean)
      WHERE collar.serial = t.serial`;
    await this.sql.$executeRaw`
      INSERT INTO collar (serial, format, fix_interval_s, details, secret_hash)
      SELECT serial, format, "fixIntervalS", details, "secretHash"
      FROM json_to_recordset(${rows}::json)
        AS t(serial text, format text, "fixIntervalS" int, details jsonb, "secretHash" text)
      WHERE NOT EXISTS (SELECT FROM collar WHERE collar.serial = t.serial)`;
  }

  async putFarms(farms: readonly FarmRow[]): Promise<void> {
    const rows = JSON.stringify(farms.map(({ bounds, ...farm }) => ({ ...farm, ...bounds })));
    await this.sql.$executeRaw`
      INSERT INTO farm (id, name, near_m, close_m, boundary, details, west, south, east, north)
      SELECT id, name, "nearM", "closeM", boundary, details, west, south, east, north
      FROM json_to_recordset(${rows}::json) AS t(id text, name text, "nearM" float8, "closeM" float8, boundary jsonb,
        details jsonb, west float8, south float8, east float8, north float8)
      ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, near_m = EXCLUDED.near_m, close_m = EXCLUDED.close_m,
        boundary = EXCLUDED.boundary, details = EXCLUDED.details, west = EXCLUDED.west, south = EXCLUDED.south,
        east = EXCLUDED.east, north = EXCLUDED.north`;
  }

  async putAreas(areas: readonly StoredArea[]): Promise<void> {
    await this.sql.$executeRaw`
      INSERT INTO area (id, name, watch, boundary, details)
      SELECT id, name, watch, boundary, details FROM json_to_recordset(${JSON.stringify(areas)}::json)
        AS t(id text, name text, watch text, boundary jsonb, details jsonb)
      ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, watch = EXCLUDED.watch, boundary = EXCLUDED.boundary,
        details = EXCLUDED.details`;
  }

  async putGateways(gateways: readonly GatewayRow[]): Promise<void> {
    const rows = JSON.stringify(gateways.map((gateway) => ({ ...gateway, keep: gateway.secretHash === undefined })));
    await this.sql.$executeRaw`
      INSERT INTO gateway (id, secret_hash, serials)
      SELECT t.id, CASE WHEN t.keep THEN old.secret_hash ELSE t."secretHash" END,
        ARRAY(SELECT json_array_elements_text(t.serials))
      FROM json_to_recordset(${rows}::json) AS t(id text, "secretHash" text, serials json, keep boolean)
        LEFT JOIN gateway old ON old.id = t.id
      ON CONFLICT (id) DO UPDATE SET secret_hash = EXCLUDED.secret_hash, serials = EXCLUDED.serials`;
  }

  /**
   * Writes deployments whose final state is free of overlaps. Those that end earlier come first, then those that end later, then
   * the new ones: so no state in between overlaps, and the constraints hold at every statement.
   */
  async putDeployments(deployments: readonly DeploymentRow[]): Promise<void> {
    const known = JSON.stringify(deployments.filter(({ id }) => id !== undefined));
    const added = JSON.stringify(deployments.filter(({ id }) => id === undefined));
    await this.sql.$executeRaw`
      UPDATE deployment SET ends_at = to_timestamp(t."to" / 1000) FROM json_to_recordset(${known}::json) AS t(id int, "to" float8)
      WHERE deployment.id = t.id AND to_timestamp(t."to" / 1000) < coalesce(ends_at, 'infinity')`;
    await this.sql.$executeRaw`
      UPDATE deployment SET ends_at = to_timestamp(t."to" / 1000) FROM json_to_recordset(${known}::json) AS t(id int, "to" float8)
      WHERE deployment.id = t.id AND ends_at < coalesce(to_timestamp(t."to" / 1000), 'infinity')`;
    await this.sql.$executeRaw`
      INSERT INTO deployment (animal_id, collar_id, starts_at, ends_at)
      SELECT animal, "collarId", to_timestamp("from" / 1000), to_timestamp("to" / 1000)
      FROM json_to_recordset(${added}::json) AS t(animal text, "collarId" int, "from" float8, "to" float8)`;
  }

  async deployments(): Promise<StoredDeployment[]> {
    const [row] = await this.sql.$queryRaw<[{ items: StoredDeployment[] }]>`
      SELECT coalesce(json_agg(json_build_object('id', id, 'animal', animal_id, 'collarId', collar_id,
        'from', round(extract(epoch FROM starts_at) * 1000), 'to', round(extract(epoch FROM ends_at) * 1000))), '[]') AS items
      FROM deployment`;
    return row.items;
  }

  async animalIds(): Promise<Set<string>> {
    const [row] = await this.sql.$queryRaw<[{ ids: string[] }]>`SELECT coalesce(json_agg(id), '[]') AS ids FROM animal`;
    return new Set(row.ids);
  }

  /** Collars' numbers by their serials. */
  async collarIds(): Promise<Map<string, number>> {
    const [row] = await this.sql.$queryRaw<[{ pairs: [string, number][] }]>`
      SELECT coalesce(json_agg(json_build_array(serial, id)), '[]') AS pairs FROM collar`;
    return new Map(row.pairs);
  }

  async farm(id: string): Promise<StoredFarm | null> {
    const rows = await this.sql.$queryRaw<StoredFarm[]>`
      SELECT id, name, near_m AS "nearM", close_m AS "closeM", boundary, details FROM farm WHERE id = ${id}`;
    return rows[0] ?? null;
  }

  /** A gateway's id that is a collar's serial too: both log in by that name. Null: there is none. */
  async ambiguousLogin(): Promise<string | null> {
    const rows = await this.sql.$queryRaw<{ id: string }[]>`
      SELECT gateway.id FROM gateway JOIN collar ON collar.serial = gateway.id LIMIT 1`;
    return rows[0]?.id ?? null;
  }

  async removeFarm(id: string): Promise<boolean> {
    return (await this.sql.$executeRaw`DELETE FROM farm WHERE id = ${id}`) > 0;
  }

  async removeArea(id: string): Promise<boolean> {
    return (await this.sql.$executeRaw`DELETE FROM area WHERE id = ${id}`) > 0;
  }

  async removeGateway(id: string): Promise<boolean> {
    return (await this.sql.$executeRaw`DELETE FROM gateway WHERE id = ${id}`) > 0;
  }

  async removeDeployment(id: number): Promise<boolean> {
    return (await this.sql.$executeRaw`DELETE FROM deployment WHERE id = ${id}`) > 0;
  }

  /** @returns `worn`: a deployment names it */
  async removeAnimal(id: string): Promise<'removed' | 'unknown' | 'in-use'> {
    const [row] = await this.sql.$queryRaw<[{ used: boolean }]>`
      SELECT EXISTS (SELECT FROM deployment WHERE animal_id = ${id}) OR EXISTS (SELECT FROM alert WHERE animal_id = ${id}) AS used`;
    if (row.used) return 'in-use';
    return (await this.sql.$executeRaw`DELETE FROM animal WHERE id = ${id}`) > 0 ? 'removed' : 'unknown';
  }

  async removeCollar(serial: string): Promise<'removed' | 'unknown' | 'in-use'> {
    const [row] = await this.sql.$queryRaw<[{ used: boolean }]>`
      SELECT EXISTS (SELECT FROM collar JOIN deployment ON collar_id = collar.id WHERE serial = ${serial})
        OR EXISTS (SELECT FROM collar JOIN fix ON fix.collar_id = collar.id WHERE serial = ${serial})
        OR EXISTS (SELECT FROM collar JOIN failed_attempt f ON f.collar_id = collar.id WHERE serial = ${serial}) AS used`;
    if (row.used) return 'in-use';
    return (await this.sql.$executeRaw`DELETE FROM collar WHERE serial = ${serial}`) > 0 ? 'removed' : 'unknown';
  }
}
