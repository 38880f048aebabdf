import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import type { Bounds } from '../../domain/geo/bounds.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Extent } from './feature-source.ts';
import { type CellRow, FixExtentStore } from './fix-extent.store.ts';
import { FixFeatureStore } from './fix-features.store.ts';
import { spansOfAll } from './spans-of-all.ts';

/** How long an extent is given again. It is looked for in an index of every fix there is, and moves slowly. */
const FRESH_MS = 30_000;
const ROWS_A_DEGREE = 32;

/** Where and when the undoubted fixes of animals are: to 1/32 of a degree, never too little. */
@Injectable()
export class FixExtent {
  private known: { readonly extent: Extent; readonly version: number; readonly until: number } | null = null;

  constructor(
    private readonly cells: FixExtentStore,
    private readonly fixes: FixFeatureStore,
  ) {}

  async extent(grant: PositionGrant, registry: Registry): Promise<Extent> {
    const now = performance.now();
    if (this.known && this.known.version === registry.version && now < this.known.until) return this.known.extent;
    const [rows, interval] = await Promise.all([
      this.cells.rows(grant),
      this.fixes.interval(grant, spansOfAll(registry)),
    ]);
    const extent = interval === null ? { bounds: null, interval: null } : { bounds: boundsOfRows(rows), interval };
    this.known = { extent, version: registry.version, until: now + FRESH_MS };
    return extent;
  }
}

/**
 * The least box around rows of cells. Where both hemispheres hold some, the narrower of two: through 0°, or across 180° with a west that is
 * greater than its east.
 */
export function boundsOfRows(rows: readonly CellRow[]): Bounds | null {
  if (rows.length === 0) return null;
  const least = (values: readonly (number | null)[]) =>
    values.reduce<number>((a, b) => Math.min(a, b ?? Infinity), Infinity);
  const most = (values: readonly (number | null)[]) =>
    values.reduce<number>((a, b) => Math.max(a, b ?? -Infinity), -Infinity);
  const degree = (column: number) => Math.min(180, column / ROWS_A_DEGREE - 180);
  const south = least(rows.map(({ row }) => row)) / ROWS_A_DEGREE - 90;
  const north = Math.min(90, (most(rows.map(({ row }) => row)) + 1) / ROWS_A_DEGREE - 90);
  const west = { from: least(rows.map((row) => row.westFirst)), to: most(rows.map((row) => row.westLast)) };
  const east = { from: least(rows.map((row) => row.eastFirst)), to: most(rows.map((row) => row.eastLast)) };
  if (!Number.isFinite(west.from)) return { south, north, west: degree(east.from), east: degree(east.to + 1) };
  if (!Number.isFinite(east.from)) return { south, north, west: degree(west.from), east: degree(west.to + 1) };
  const throughZero = east.to - west.from;
  const across180 = 360 * ROWS_A_DEGREE - (east.from - west.to);
  return throughZero <= across180
    ? { south, north, west: degree(west.from), east: degree(east.to + 1) }
    : { south, north, west: degree(east.from), east: degree(west.to + 1) };
}
