import { Injectable } from '@nestjs/common';
import { Secrets } from '../access/secret.ts';
import { bounds } from '../domain/geo/bounds.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from './collar-directory.ts';
import { planDeployments } from './deployment-plan.ts';
import type { CollarRow, FarmRow, GatewayRow, RegistryEdit } from './registry-edit.store.ts';
import { RegistryStore } from './registry.store.ts';
import type { AnimalDocument, AreaFeature, CollarDocument, FarmFeature, GatewayDocument, Reserve } from './reserve.ts';
import type { Details, StoredAnimal, StoredArea } from './stored.ts';

/** So many secrets wait for their hash together; the bound on those being made is in Secrets. */
const SECRETS_AT_ONCE = 64;

/** How many of each part an edit was given. */
export interface EditCounts {
  readonly farms: number;
  readonly areas: number;
  readonly animals: number;
  readonly collars: number;
  readonly deployments: number;
  readonly gateways: number;
}

/** Edits the registry: checked documents in, all or nothing, and our own copy follows at once. */
@Injectable()
export class RegistryService {
  constructor(
    private readonly store: RegistryStore,
    private readonly secrets: Secrets,
    private readonly directory: CollarDirectory,
  ) {}

  /**
   * Adds what is new and updates what is known; what a document does not name stays.
   *
   * @throws Problem 409 or 422 naming what does not fit
   */
  async put(reserve: Reserve): Promise<EditCounts> {
    const { farms, areas, animals = [], collars = [], deployments = [], gateways = [] } = reserve;
    const farmRows = (farms?.features ?? []).map(farmRow);
    const areaRows = (areas?.features ?? []).map(areaRow);
    // Hashing takes its time, so it is done before the edit, which others wait for.
    const hashes = await this.store.secretHashes(
      collars.map(({ serial }) => serial),
      gateways.map(({ id }) => id),
    );
    const collarRows = await this.hashed(collars.map(collarRow), ({ serial }) => hashes.collars.get(serial));
    const gatewayRows = await this.hashed(gateways.map(gatewayRow), ({ id }) => hashes.gateways.get(id));
    await this.edit(async (edit) => {
      if (animals.length > 0) await edit.putAnimals(animals.map(animalRow));
      if (collars.length > 0) await edit.putCollars(collarRows);
      if (farmRows.length > 0) await edit.putFarms(farmRows);
      if (areaRows.length > 0) await edit.putAreas(areaRows);
      if (gateways.length > 0) await edit.putGateways(gatewayRows);
      if (collars.length > 0 || gateways.length > 0) await demandOneLoginEach(edit);
      if (deployments.length === 0) return;
      const known = {
        deployments: await edit.deployments(),
        animals: await edit.animalIds(),
        collars: await edit.collarIds(),
      };
      await edit.putDeployments(planDeployments(deployments, known, 'deployments'));
    });
    return {
      farms: farmRows.length,
      areas: areaRows.length,
      animals: animals.length,
      collars: collars.length,
      deployments: deployments.length,
      gateways: gateways.length,
    };
  }

  /** One edit of the registry, after which our copy has it. */
  async edit<T>(work: (edit: RegistryEdit) => Promise<T>): Promise<T> {
    const done = await this.store.edit(work);
    await this.directory.refresh();
    return done;
  }

  /** Turns secrets into hashes, some at a time. */
  private async hashed<Row extends { readonly secret?: string | null }>(
    rows: readonly Row[],
    storedOf: (row: Row) => string | undefined,
  ): Promise<(Omit<Row, 'secret'> & { secretHash?: string | null })[]> {
    const done = [];
    for (let first = 0; first < rows.length; first += SECRETS_AT_ONCE) {
      const some = rows.slice(first, first + SECRETS_AT_ONCE);
      done.push(
        ...(await Promise.all(
          some.map(async (row) => {
            const { secret, ...rest } = row;
            return { ...rest, secretHash: await this.hashOf(secret, storedOf(row)) };
          }),
        )),
      );
    }
    return done;
  }

  /** A secret that is unchanged keeps its hash, so that who is logged in stays so. */
  private async hashOf(
    secret: string | null | undefined,
    stored: string | undefined,
  ): Promise<string | null | undefined> {
    if (secret === undefined || secret === null) return secret;
    const same = stored !== undefined && (await this.secrets.verify(secret, stored));
    return same ? stored : this.secrets.hash(secret);
  }
}

/** @throws Problem 409 when a gateway and a collar would log in by the same name */
async function demandOneLoginEach(edit: RegistryEdit): Promise<void> {
  const name = await edit.ambiguousLogin();
  if (name !== null) throw new Problem(409, 'login-taken', `${name} would name both a gateway and a collar.`);
}

function animalRow({ id, name, ...details }: AnimalDocument): StoredAnimal {
  return { id, name, details };
}

function collarRow({ serial, format, fixIntervalS, secret, ...details }: CollarDocument) {
  return { serial, format, fixIntervalS: fixIntervalS ?? null, secret, details } satisfies Omit<
    CollarRow,
    'secretHash'
  > & {
    secret: unknown;
  };
}

function gatewayRow({ id, secret, collars }: GatewayDocument) {
  const serials = collars === '*' ? ['*'] : [...new Set(collars)];
  return { id, secret, serials } satisfies Omit<GatewayRow, 'secretHash'> & { secret: unknown };
}

export function farmRow(feature: FarmFeature): FarmRow {
  const { name, nearM, closeM, ...rest } = feature.properties;
  return { ...placed(feature, rest), name, nearM, closeM, bounds: bounds(feature.geometry) };
}

export function areaRow(feature: AreaFeature): StoredArea {
  const { name, watch, ...rest } = feature.properties;
  return { ...placed(feature, rest), name, watch };
}

/** What every feature stores. Its own box would go stale with its next edit; ours is made from the boundary. */
function placed(
  { id, geometry, type: _, properties: _named, bbox: _stale, ...members }: FarmFeature | AreaFeature,
  properties: Details,
) {
  return { id, boundary: geometry, details: { properties, members } };
}
