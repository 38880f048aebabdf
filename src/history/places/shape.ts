import type { MultiPolygon, Polygon } from 'geojson';
import type { Position } from '../../domain/fix.ts';
import { type Boundary, prepareBoundary } from '../../domain/geo/boundary.ts';
import { type Bounds, padBounds } from '../../domain/geo/bounds.ts';
import { distanceMetres } from '../../domain/geo/distance.ts';
import { shortWay } from '../../domain/geo/ellipsoid.ts';
import { isInside } from '../../domain/geo/inside.ts';
import { longitudesOf } from './cells.ts';

/** What fixes are looked for in: a box, or a polygon with a margin around it. The edge belongs to it. */
export interface Shape {
  /** Every position inside is in this box. */
  readonly bounds: Bounds;
  /** null: the box is all of it. */
  readonly polygon: { readonly boundary: Boundary; readonly marginM: number } | null;
  contains(position: Position): boolean;
  /** Corners that are looked at for one position, about. */
  readonly corners: number;
}

/** @param bounds west greater than east: across 180° */
export function boxShape(bounds: Bounds): Shape {
  const stretches = longitudesOf(bounds);
  const contains = ({ lon, lat }: Position): boolean => {
    if (lat < bounds.south || lat > bounds.north) return false;
    const x = lon >= -180 && lon <= 180 ? lon : shortWay(lon);
    return stretches.some(({ west, east }) => x >= west && x <= east);
  };
  return { bounds, polygon: null, contains, corners: 1 };
}

/**
 * @param geometry one that checkBoundary accepts
 * @param marginM what is no farther from it than so many metres is inside too
 */
export function polygonShape(geometry: Polygon | MultiPolygon, marginM = 0): Shape {
  const boundary = prepareBoundary(geometry);
  const bounds = marginM > 0 ? padBounds(boundary.bounds, marginM * (1 + SPARE)) : boundary.bounds;
  const contains =
    marginM > 0
      ? (position: Position) => distanceMetres(position, boundary) <= marginM
      : (position: Position) => isInside(position, boundary);
  const corners = boundary.rings.flat().reduce((sum, ring) => sum + ring.length / 2, 0);
  return { bounds, polygon: { boundary, marginM }, contains, corners };
}

/** The box is in degrees and the margin in metres: this share more keeps a fix on the last metre from falling between. */
const SPARE = 0.01;
