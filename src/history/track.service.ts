import { Injectable } from '@nestjs/common';
import { viewGranted, type PositionGrant } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import { thinTrack } from '../domain/geo/thin.ts';
import { Problem } from '../domain/problem.ts';
import { HistoryStore, type PointsText } from './history.store.ts';
import type { Span } from './span.ts';
import { timesText } from './times.ts';

/** Fixes of one track in one answer, some 70 bytes each; to thin so many keeps the process for a fifth of a second. */
const MAX_FIXES = 250_000;

/** Whose track it is. */
export interface TrackOf {
  readonly id: string;
  readonly name: string;
}

/** Tracks as GeoJSON. */
@Injectable()
export class TrackService {
  constructor(private readonly store: HistoryStore) {}

  /**
   * A track as one feature, as text: a LineString with a time for each of its positions; of one fix a Point, of none null.
   *
   * @param maxPoints keep so many points at most, those that shape the track
   * @throws Problem 422 when it is too long for one answer
   */
  async geojson(
    grant: PositionGrant,
    animal: TrackOf,
    spans: readonly Span[],
    maxPoints?: number,
  ): Promise<Visible<string>> {
    const whole = await this.read(grant, spans);
    return viewGranted(grant, feature(animal, maxPoints === undefined ? whole : thinned(whole, maxPoints)));
  }

  private async read(grant: PositionGrant, spans: readonly Span[]): Promise<PointsText> {
    const parts: PointsText[] = [];
    let left = MAX_FIXES;
    for (const span of spans) {
      const part = await this.store.points(grant, span, left + 1);
      left -= part.count;
      if (left < 0)
        throw new Problem(422, 'track-too-long', `A track of more than ${MAX_FIXES} fixes: ask for a shorter time.`);
      if (part.count > 0) parts.push(part);
    }
    return {
      coordinates: parts.map(({ coordinates }) => coordinates).join(','),
      times: parts.map(({ times }) => times).join(','),
      count: MAX_FIXES - left,
    };
  }
}

function thinned(whole: PointsText, maxPoints: number): PointsText {
  if (whole.count <= maxPoints) return whole;
  const coordinates = list<[number, number]>(whole.coordinates);
  const points = list<number>(whole.times).map((at, i) => ({ lon: coordinates[i]![0], lat: coordinates[i]![1], at }));
  const kept = thinTrack(points, maxPoints);
  return {
    coordinates: kept.map(({ lon, lat }) => `[${lon},${lat}]`).join(','),
    times: kept.map(({ at }) => at).join(','),
    count: kept.length,
  };
}

function list<Item>(text: string): Item[] {
  return JSON.parse(`[${text}]`) as Item[];
}

function feature({ id, name }: TrackOf, { coordinates, times, count }: PointsText): string {
  const geometry =
    count === 0
      ? 'null'
      : count === 1
        ? `{"type":"Point","coordinates":${coordinates}}`
        : `{"type":"LineString","coordinates":[${coordinates}]}`;
  const properties = `{"animal":${JSON.stringify(id)},"name":${JSON.stringify(name)},"times":[${timesText(list<number>(times))}]}`;
  return `{"type":"Feature","id":${JSON.stringify(id)},"geometry":${geometry},"properties":${properties}}`;
}
