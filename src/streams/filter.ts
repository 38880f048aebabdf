import type { Alert } from '../domain/alert/alert.ts';
import type { Position } from '../domain/fix.ts';
import type { Bounds } from '../domain/geo/bounds.ts';
import { ERRORS, Fault, type AlertsSubscription, type PositionsSubscription } from './messages.ts';

/** Which positions a subscription asks for. An absent part asks for all. */
export interface PositionsFilter {
  readonly animals?: ReadonlySet<string>;
  readonly box?: Bounds;
  /** Two filters with the same key let the same through. */
  readonly key: string;
}

/** Which alerts a subscription asks for. An absent part asks for all. */
export interface AlertsFilter {
  readonly animals?: ReadonlySet<string>;
  readonly farms?: ReadonlySet<string>;
  readonly key: string;
}

export function positionsFilter({ animals, bbox }: Pick<PositionsSubscription, 'animals' | 'bbox'>): PositionsFilter {
  return {
    ...(animals && { animals: new Set(animals) }),
    ...(bbox && { box: boxOf(bbox) }),
    key: JSON.stringify([sorted(animals), bbox ?? null]),
  };
}

export function alertsFilter({ animals, farms }: Pick<AlertsSubscription, 'animals' | 'farms'>): AlertsFilter {
  return {
    ...(animals && { animals: new Set(animals) }),
    ...(farms && { farms: new Set(farms) }),
    key: JSON.stringify([sorted(animals), sorted(farms)]),
  };
}

function boxOf([west, south, east, north]: readonly [number, number, number, number]): Bounds {
  return { west, south, east, north };
}

/** Whether a position is in a box, edges included. A box with its west east of its east crosses 180°, which is −180° too. */
export function isInBox({ lon, lat }: Position, box: Bounds): boolean {
  if (lat < box.south || lat > box.north) return false;
  return spans(box, lon) || (Math.abs(lon) === 180 && spans(box, -lon));
}

function spans({ west, east }: Bounds, lon: number): boolean {
  return west <= east ? west <= lon && lon <= east : lon >= west || lon <= east;
}

export function letsAlert(filter: AlertsFilter, { animal, farm }: Pick<Alert, 'animal' | 'farm'>): boolean {
  if (filter.animals && !filter.animals.has(animal)) return false;
  return !filter.farms || (farm !== null && filter.farms.has(farm));
}

function sorted(names: readonly string[] | null | undefined): readonly string[] | null {
  return names ? [...new Set(names)].sort() : null;
}

/** @throws Fault that names the first animal that is not there */
export function demandAnimals(
  { id, animals }: Pick<PositionsSubscription, 'id' | 'animals'>,
  isThere: (animal: string) => boolean,
): void {
  const unknown = animals?.find((animal) => !isThere(animal));
  if (unknown !== undefined) throw new Fault('unknown-animal', `${ERRORS['unknown-animal']} It is '${unknown}'.`, id);
}

/** @throws Fault that names the first farm that is not there, or not for this reader */
export function demandFarms(
  { id, farms }: Pick<AlertsSubscription, 'id' | 'farms'>,
  isThere: (farm: string) => boolean,
): void {
  const unknown = farms?.find((farm) => !isThere(farm));
  if (unknown !== undefined) throw new Fault('unknown-farm', `${ERRORS['unknown-farm']} It is '${unknown}'.`, id);
}
