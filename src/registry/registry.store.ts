import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import { RegistryEdit } from './registry-edit.store.ts';
import type {
  StoredAnimal,
  StoredArea,
  StoredCollar,
  StoredDeployment,
  StoredFarm,
  StoredGateway,
  StoredRegistry,
} from './stored.ts';

interface Row {
  version: number;
  animals: StoredAnimal[];
  collars: StoredCollar[];
  deployments: StoredDeployment[];
  farms: StoredFarm[];
  areas: StoredArea[];
  gateways: StoredGateway[];
}

/** The tables of the registry. */
@Injectable()
export class RegistryStore {
  constructor(private readonly database: Database) {}

  /** Moves with every edit, whoever made it. */
  async version(): Promise<number> {
    const [row] = await this.database.client.$queryRaw<[{ version: number }]>`
      SELECT version::float8 AS version FROM registry_version`;
    return row.version;
  }

  /** All of it as of one moment: one statement sees one version. */
  async read(): Promise<StoredRegistry> {
    const [row] = await this.database.client.$queryRaw<[Row]>`
      SELECT version::float8 AS version,
        (SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'details', details) ORDER BY id), '[]')
          FROM animal) AS animals,
        (SELECT coalesce(json_agg(json_build_object('id', id, 'serial', serial, 'format', format, 'secretHash', secret_hash,
          'fixIntervalS', fix_interval_s, 'details', details) ORDER BY serial), '[]') FROM collar) AS collars,
        (SELECT coalesce(json_agg(json_build_object('id', id, 'animal', animal_id, 'collarId', collar_id,
          'from', round(extract(epoch FROM starts_at) * 1000), 'to', round(extract(epoch FROM ends_at) * 1000))
          ORDER BY starts_at, id), '[]') FROM deployment) AS deployments,
        (SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'nearM', near_m, 'closeM', close_m,
          'boundary', boundary, 'details', details) ORDER BY id), '[]') FROM farm) AS farms,
        (SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'watch', watch, 'boundary', boundary,
          'details', details) ORDER BY id), '[]') FROM area) AS areas,
        (SELECT coalesce(json_agg(json_build_object('id', id, 'secretHash', secret_hash, 'serials', serials)
          ORDER BY id), '[]') FROM gateway) AS gateways
      FROM registry_version`;
    return row;
  }

  /** The secrets' hashes of these collars and gateways, by serial and id. */
  async secretHashes(
    serials: readonly string[],
    gateways: readonly string[],
  ): Promise<{ collars: Map<string, string>; gateways: Map<string, string> }> {
    const { client } = this.database;
    const ofCollars = await client.$queryRaw<{ name: string; hash: string }[]>`
      SELECT serial AS name, secret_hash AS hash FROM collar
      WHERE serial = ANY(${[...serials]}::text[]) AND secret_hash IS NOT NULL`;
    const ofGateways = await client.$queryRaw<{ name: string; hash: string }[]>`
      SELECT id AS name, secret_hash AS hash FROM gateway
      WHERE id = ANY(${[...gateways]}::text[]) AND secret_hash IS NOT NULL`;
    const map = (rows: { name: string; hash: string }[]) => new Map(rows.map(({ name, hash }) => [name, hash]));
    return { collars: map(ofCollars), gateways: map(ofGateways) };
  }

  /**
   * An edit: all of it or nothing, one at a time, and the version moves with it.
   *
   * @throws what the work throws
   */
  edit<T>(work: (edit: RegistryEdit) => Promise<T>): Promise<T> {
    return this.database.transaction(async (sql) => {
      // The first statement locks the one row, so that edits wait for each other and see what the one before left.
      await sql.$executeRaw`UPDATE registry_version SET version = version + 1`;
      return work(new RegistryEdit(sql));
    });
  }
}
