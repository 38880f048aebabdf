import { type Ring, signedArea } from './hull.ts';
import type { Utilization } from './kde.ts';

/** A polygon of rings in metres, not closed: its shell counterclockwise, then its holes clockwise. */
export type RingPolygon = readonly [Ring, ...Ring[]];

/**
 * Where a density is above a level, as polygons: marching squares (W. Lorensen and H. Cline 1987, in the plane) with corners between cells
 * by how far the level is between their densities. At a saddle the two high corners are apart. Yields after some rows.
 */
export function* contourPolygons(grid: Utilization, level: number): Generator<void, RingPolygon[], void> {
  const rings = chained(yield* segmentsOf(grid, level)).map((corners) => cornersInMetres(grid, level, corners));
  const shells = rings.filter((ring) => signedArea(ring) > 0);
  const polygons = shells.map((shell): [Ring, ...Ring[]] => [shell]);
  for (const hole of rings.filter((ring) => signedArea(ring) < 0)) {
    const around = polygons.filter(([shell]) => isInRing(shell, hole[0]!, hole[1]!));
    // Rings lie in each other like onions: the least shell around a hole is its own.
    around.sort(([one], [other]) => signedArea(one) - signedArea(other))[0]?.push(hole);
  }
  return polygons;
}

/*
 * An edge of the grid between two neighbouring cells is known by a number: twice the number of the cell that is west or south of it, plus 0 for
 * the one to the east, 1 for the one to the north. A segment goes from edge to edge with the high ground on its left.
 */

/** From which edge each segment goes to which. */
type Segments = Map<number, number>;

/** Of each case, the edges that segments go from and to: 0 south, 1 east, 2 north, 3 west. Bits: 1 south-west, 2 south-east, 4 north-east, 8 north-west. */
const CASES: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[0, 3]],
  [[1, 0]],
  [[1, 3]],
  [[2, 1]],
  [
    [0, 3],
    [2, 1],
  ],
  [[2, 0]],
  [[2, 3]],
  [[3, 2]],
  [[0, 2]],
  [
    [1, 0],
    [3, 2],
  ],
  [[1, 2]],
  [[3, 1]],
  [[0, 1]],
  [[3, 0]],
  [],
];

function* segmentsOf({ columns, rows, density }: Utilization, level: number): Generator<void, Segments, void> {
  const segments: Segments = new Map();
  const high = (cell: number) => (density[cell]! >= level ? 1 : 0);
  for (let row = 0; row + 1 < rows; row++) {
    for (let cell = row * columns; cell + 1 < (row + 1) * columns; cell++) {
      const which = high(cell) | (high(cell + 1) << 1) | (high(cell + columns + 1) << 2) | (high(cell + columns) << 3);
      if (which === 0 || which === 15) continue;
      const edges = [2 * cell, 2 * (cell + 1) + 1, 2 * (cell + columns), 2 * cell + 1];
      for (const [from, to] of CASES[which]!) segments.set(edges[from]!, edges[to]!);
    }
    if (row % 64 === 63) yield;
  }
  return segments;
}

/** Segments put end to end. Around the grid all is low, so every line comes back to where it began. */
function chained(segments: Segments): number[][] {
  const rings: number[][] = [];
  for (const [first] of segments) {
    const ring: number[] = [];
    for (let edge: number | undefined = first; edge !== undefined && segments.has(edge);) {
      const next: number = segments.get(edge)!;
      segments.delete(edge);
      ring.push(edge);
      edge = next;
    }
    if (ring.length > 2) rings.push(ring);
  }
  return rings;
}

function cornersInMetres({ columns, cellM, west, south, density }: Utilization, level: number, edges: number[]): Ring {
  const ring = new Float64Array(2 * edges.length);
  edges.forEach((edge, i) => {
    const cell = edge >>> 1;
    const isNorth = edge % 2 === 1;
    const [here, there] = [density[cell]!, density[isNorth ? cell + columns : cell + 1]!];
    const along = (level - here) / (there - here);
    ring[2 * i] = west + ((cell % columns) + (isNorth ? 0 : along)) * cellM;
    ring[2 * i + 1] = south + (Math.floor(cell / columns) + (isNorth ? along : 0)) * cellM;
  });
  return ring;
}

/** Even-odd rule. */
export function isInRing(ring: Ring, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [x0, y0, x1, y1] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!];
    if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
  }
  return inside;
}
