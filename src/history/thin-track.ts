import type { EpochMs, Position } from '../domain/fix.ts';

/** A point of a track. */
export interface TrackPoint extends Position {
  readonly at: EpochMs;
}

const RADIANS = Math.PI / 180;

/**
 * Keeps `maxPoints` points of a track, the first and the last among them: of each stretch of equally many points the one that
 * stands out most, by the area of its triangle with the point kept before it and the middle of the stretch after it.
 * Largest-Triangle-Three-Buckets, S. Steinarsson, "Downsampling Time Series for Visual Representation", 2013, on longitude ×
 * cos φ and latitude. One pass; the same points in, the same points out.
 *
 * @param maxPoints 2 or more
 */
export function thinTrack(points: readonly TrackPoint[], maxPoints: number): readonly TrackPoint[] {
  if (points.length <= maxPoints) return points;
  const last = points[points.length - 1]!;
  if (maxPoints < 3) return [points[0]!, last];
  const stretch = (points.length - 2) / (maxPoints - 2);
  const begin = (bucket: number) => Math.floor(bucket * stretch) + 1;
  const kept = [points[0]!];
  for (let bucket = 0; bucket < maxPoints - 2; bucket++) {
    const before = kept[bucket]!;
    const after = middle(points, begin(bucket + 1), Math.min(begin(bucket + 2), points.length), before);
    let best = points[begin(bucket)]!;
    let most = -1;
    for (let i = begin(bucket); i < begin(bucket + 1); i++) {
      const [x, y] = flat(points[i]!, before);
      const area = Math.abs(x * after[1] - y * after[0]);
      if (area > most) [best, most] = [points[i]!, area];
    }
    kept.push(best);
  }
  kept.push(last);
  return kept;
}

/** The mean of points `from` … `to` (exclusive), seen from an origin. */
function middle(points: readonly TrackPoint[], from: number, to: number, origin: Position): [number, number] {
  let sumX = 0;
  let sumY = 0;
  for (let i = from; i < to; i++) {
    const [x, y] = flat(points[i]!, origin);
    sumX += x;
    sumY += y;
  }
  return [sumX / (to - from), sumY / (to - from)];
}

/** Degrees east, shortened by the latitude, and north of an origin; the short way over 180°. */
function flat({ lon, lat }: Position, origin: Position): [number, number] {
  const east = ((((lon - origin.lon + 180) % 360) + 360) % 360) - 180;
  return [east * Math.cos(origin.lat * RADIANS), lat - origin.lat];
}
