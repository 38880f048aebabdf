import { Injectable } from '@nestjs/common';
import { viewGranted, type PositionGrant } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import { Problem } from '../domain/problem.ts';
import { HistoryStore, type Points, type PointsText } from './history.store.ts';
import type { Span } from './span.ts';
import { thinTrack } from './thin-track.ts';

/** Fixes of one track in one answer, some 70 bytes each. More is asked for in parts, or thinned. */
const MAX_WHOLE = 500_000;
/** Fixes that are looked through to thin a track. */
const MAX_THINNED = 2_000_000;

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
    const whole =
      maxPoints === undefined ? await this.whole(grant, spans) : await this.thinned(grant, spans, maxPoints);
    return viewGranted(grant, feature(animal, whole));
  }

  private async whole(grant: PositionGrant, spans: readonly Span[]): Promise<PointsText> {
    const parts: PointsText[] = [];
    let left = MAX_WHOLE;
    for (const span of spans) {
      const part = await this.store.pointsText(grant, span, left + 1);
      left -= part.count;
      if (left < 0) throw tooLong(`${MAX_WHOLE} fixes: ask for less time, or give maxPoints`);
      if (part.count > 0) parts.push(part);
    }
    return {
      coordinates: parts.map(({ coordinates }) => coordinates).join(','),
      times: parts.map(({ times }) => times).join(','),
      count: MAX_WHOLE - left,
    };
  }

  private async thinned(grant: PositionGrant, spans: readonly Span[], maxPoints: number): Promise<PointsText> {
    const parts: Points[] = [];
    let left = MAX_THINNED;
    for (const span of spans) {
      const part = await this.store.points(grant, span, left + 1);
      left -= part.at.length;
      if (left < 0) throw tooLong(`${MAX_THINNED} fixes: ask for less time`);
      parts.push(part);
    }
    const points = parts.flatMap(({ lon, lat, at }) => at.map((time, i) => ({ lon: lon[i]!, lat: lat[i]!, at: time })));
    const kept = thinTrack(points, maxPoints);
    return {
      coordinates: kept.map(({ lon, lat }) => `[${lon},${lat}]`).join(','),
      times: kept.map(({ at }) => `"${new Date(at).toISOString()}"`).join(','),
      count: kept.length,
    };
  }
}

function feature({ id, name }: TrackOf, { coordinates, times, count }: PointsText): string {
  const geometry =
    count === 0
      ? 'null'
      : count === 1
        ? `{"type":"Point","coordinates":${coordinates}}`
        : `{"type":"LineString","coordinates":[${coordinates}]}`;
  const properties = `{"animal":${JSON.stringify(id)},"name":${JSON.stringify(name)},"times":[${times}]}`;
  return `{"type":"Feature","id":${JSON.stringify(id)},"geometry":${geometry},"properties":${properties}}`;
}

function tooLong(limit: string): Problem {
  return new Problem(422, 'track-too-long', `The track has more than ${limit}.`);
}
