import type { EpochMs, Position } from '../fix.ts';
import { shortWay } from '../geo/ellipsoid.ts';
import { HOUR_MS } from './zone-clock.ts';

/** A fix that is trusted, as far as movement is told from it. */
export interface Moved extends Position {
  readonly at: EpochMs;
  /** In the maker's unit; NaN: not reported. */
  readonly activity: number;
}

/** Pieces end at whole quarters of an hour UTC: days and hours of every zone of today begin at one. */
export const PIECE_MS = HOUR_MS / 4;

/** A part of a step that lies in one quarter of an hour. */
export interface Piece {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Share of the step's time. */
  readonly share: number;
}

/** A step cut at the quarters of the hour, in the order of time. */
export function piecesOf(from: EpochMs, to: EpochMs): Piece[] {
  const pieces: Piece[] = [];
  for (let begin = from; begin < to;) {
    const end = Math.min(to, (Math.floor(begin / PIECE_MS) + 1) * PIECE_MS);
    pieces.push({ from: begin, to: end, share: (end - begin) / (to - from) });
    begin = end;
  }
  return pieces;
}

/** Where an animal was at a moment between two fixes, if it went straight and evenly: good enough to look at the sun from. */
export function placeAt(from: Moved, to: Moved, at: EpochMs): Position {
  const share = to.at === from.at ? 0 : (at - from.at) / (to.at - from.at);
  return {
    lon: shortWay(from.lon + shortWay(to.lon - from.lon) * share),
    lat: from.lat + (to.lat - from.lat) * share,
  };
}
