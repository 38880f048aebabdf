import type { MultiPolygon, Polygon } from 'geojson';
import type { Registry } from './registry.ts';
import type { StoredAnimal, StoredArea, StoredCollar, StoredDeployment, StoredFarm, StoredGateway } from './stored.ts';

/** What is stored, as it was given: so that a document that comes out goes in again. Never a secret. */

/** A polygon of the registry as a GeoJSON feature. */
export interface FeatureOut<Known extends object> {
  readonly type: 'Feature';
  readonly id: string;
  readonly geometry: Polygon | MultiPolygon;
  readonly properties: Readonly<Record<string, unknown>> & Known;
}

export function farmOut(farm: StoredFarm) {
  const { name, nearM, closeM } = farm;
  return featureOut(farm, { name, nearM, closeM });
}

export function areaOut(area: StoredArea) {
  const { name, watch } = area;
  return featureOut(area, { name, watch });
}

export function farmsOut(farms: readonly StoredFarm[]) {
  return collectionOut(farms.map(farmOut));
}

export function areasOut(areas: readonly StoredArea[]) {
  return collectionOut(areas.map(areaOut));
}

function featureOut<Known extends object>(
  { id, boundary, details }: StoredFarm | StoredArea,
  known: Known,
): FeatureOut<Known> {
  const properties = { ...details.properties, ...known };
  return { ...details.members, type: 'Feature', id, geometry: boundary, properties };
}

function collectionOut<Feature>(features: readonly Feature[]) {
  return { type: 'FeatureCollection', features } as const;
}

export function animalOut({ id, name, details }: StoredAnimal) {
  return { ...details, id, name };
}

export function collarOut({ serial, format, fixIntervalS, details }: StoredCollar) {
  return { ...details, serial, format, ...(fixIntervalS !== null && { fixIntervalS }) };
}

export function gatewayOut({ id, serials }: StoredGateway) {
  return { id, collars: serials.length === 1 && serials[0] === '*' ? '*' : serials };
}

/** A deployment as the whole registry shows it, by the names that people know its ends by. */
export function deploymentOut(deployment: StoredDeployment, registry: Registry) {
  const { animal, collarId, from, to } = deployment;
  return {
    animal,
    collar: registry.collarById(collarId)?.serial ?? '',
    from: new Date(from).toISOString(),
    to: to === null ? null : new Date(to).toISOString(),
  };
}

/** A deployment in its own list, where it can be changed by its number. */
export function deploymentWithId(deployment: StoredDeployment, registry: Registry) {
  return { id: deployment.id, ...deploymentOut(deployment, registry) };
}

export function reserveOut(registry: Registry) {
  return {
    farms: farmsOut(registry.farms()),
    areas: areasOut(registry.areas()),
    animals: registry.animals().map(animalOut),
    collars: registry.collars().map(collarOut),
    deployments: registry.deployments().map((deployment) => deploymentOut(deployment, registry)),
    gateways: registry.gateways().map(gatewayOut),
  };
}
