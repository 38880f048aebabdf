import type { Area } from '../domain/area.ts';
import type { Deployment } from '../domain/deployment.ts';
import type { Farm } from '../domain/farm.ts';

/** Fields that we have no name for, kept as they were given. */
export type Details = Readonly<Record<string, unknown>>;

export interface StoredAnimal {
  readonly id: string;
  readonly name: string;
  readonly details: Details;
}

export interface StoredCollar {
  readonly id: number;
  readonly serial: string;
  readonly format: string;
  /** null: it has no login of its own. */
  readonly secretHash: string | null;
  readonly fixIntervalS: number | null;
  readonly details: Details;
}

export interface StoredDeployment extends Deployment {
  readonly id: number;
}

/** Unknown properties of a feature, and unknown members of the feature itself. */
export interface FeatureDetails {
  readonly properties: Details;
  readonly members: Details;
}

export interface StoredFarm extends Farm {
  readonly details: FeatureDetails;
}

export interface StoredArea extends Area {
  readonly details: FeatureDetails;
}

export interface StoredGateway {
  readonly id: string;
  readonly secretHash: string | null;
  /** `*`: every collar. */
  readonly serials: readonly string[];
}

/** The whole registry at one version, as the database gave it. */
export interface StoredRegistry {
  readonly version: number;
  readonly animals: readonly StoredAnimal[];
  readonly collars: readonly StoredCollar[];
  readonly deployments: readonly StoredDeployment[];
  readonly farms: readonly StoredFarm[];
  readonly areas: readonly StoredArea[];
  readonly gateways: readonly StoredGateway[];
}
