import type { EpochMs, Position } from '../../domain/fix.ts';
import { insideShare } from './inside-share.ts';
import type { Shape } from './shape.ts';
import { LONGEST_GAP_MS } from './stays.ts';

/** Seconds of one animal and one shape. The three times add up to the period. */
export interface TimeSpent {
  /** The period: what was asked for; where an end was left open, from the first fix or to the last. null: no fix, nothing asked. */
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly insideS: number;
  readonly outsideS: number;
  /** Between fixes more than 6 hours apart, before the first and after the last. */
  readonly unknownS: number;
  /** Fixes in the period. */
  readonly fixes: number;
}

interface Moving extends Position {
  readonly at: EpochMs;
}

/**
 * Time in a shape: from fix to fix the animal is taken to move straight and evenly, when they are no more than 6 hours apart. Give it
 * fixes from 6 hours before the period to 6 hours after, so that what crosses an end of the period counts for its part: the times of
 * two periods that follow on each other add up to that of both.
 */
export class TimeInside {
  private last: Moving | null = null;
  private first: EpochMs | null = null;
  private latest: EpochMs | null = null;
  private insideMs = 0;
  private outsideMs = 0;
  private fixes = 0;

  constructor(
    private readonly shape: Shape,
    private readonly from = -Infinity,
    private readonly to = Infinity,
  ) {}

  /** Fixes in the order of time. */
  next(at: EpochMs, lon: number, lat: number): void {
    const fix = { at, lon, lat };
    if (at >= this.from && at < this.to) {
      this.fixes++;
      this.first ??= at;
      this.latest = at;
    }
    if (this.last && at - this.last.at <= LONGEST_GAP_MS) this.between(this.last, fix);
    this.last = fix;
  }

  end(): TimeSpent {
    const from = Number.isFinite(this.from) ? this.from : this.first;
    const to = Number.isFinite(this.to) ? this.to : this.latest;
    const known = this.insideMs + this.outsideMs;
    const period = from === null || to === null ? 0 : Math.max(0, to - from);
    return {
      from,
      to,
      insideS: seconds(this.insideMs),
      outsideS: seconds(this.outsideMs),
      unknownS: seconds(Math.max(0, period - known)),
      fixes: this.fixes,
    };
  }

  private between(one: Moving, other: Moving): void {
    const begin = Math.max(one.at, this.from);
    const end = Math.min(other.at, this.to);
    if (begin >= end) return;
    const share = insideShare(placeAt(one, other, begin), placeAt(one, other, end), this.shape);
    this.insideMs += (end - begin) * share;
    this.outsideMs += (end - begin) * (1 - share);
  }
}

/** Where the animal was between two fixes. */
function placeAt(one: Moving, other: Moving, at: EpochMs): Position {
  if (at === one.at) return one;
  if (at === other.at) return other;
  return along(one, other, (at - one.at) / (other.at - one.at));
}

function along(one: Position, other: Position, share: number): Position {
  const east = other.lon - one.lon;
  const short = east - 360 * Math.round(east / 360);
  return { lon: one.lon + short * share, lat: one.lat + (other.lat - one.lat) * share };
}

function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
