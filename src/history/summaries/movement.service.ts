import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import type { EpochMs } from '../../domain/fix.ts';
import { DailyDistance, type DailyDistances } from '../../domain/movement/daily-distance.ts';
import { type FarmDays, FarmDistance } from '../../domain/movement/farm-distance.ts';
import { type Duty, FixSuccess, type HourSuccess } from '../../domain/movement/fix-success.ts';
import { HomeRange } from '../../domain/movement/home-range.ts';
import { PointSample } from '../../domain/movement/point-sample.ts';
import type { Moved } from '../../domain/movement/step-pieces.ts';
import { SunActivity, type SunActivities } from '../../domain/movement/sun-activity.ts';
import { ZoneClock } from '../../domain/movement/zone-clock.ts';
import type { Registry } from '../../registry/registry.ts';
import { spansOf } from '../span.ts';
import { TrackReader } from '../track-reader.ts';
import { AtEase } from './at-ease.ts';
import { FailedAttemptStore } from './failed-attempt.store.ts';
import { FarmBoundaries } from './farm-boundaries.ts';

/** What can be told of how an animal moved. */
export const PARTS = ['distance', 'activity', 'farms', 'homeRange', 'fixSuccess'] as const;
export type Part = (typeof PARTS)[number];

/** Whose movement is asked for, and which of it. */
export interface MovementQuestion {
  /** Id of an animal that is registered. */
  readonly animal: string;
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  readonly asOf?: EpochMs | undefined;
  /** IANA time zone of its days and hours. */
  readonly zone: string;
}

/** How an animal moved: the parts that were asked for. */
export interface Movement {
  readonly fixes: number;
  readonly doubted: number;
  /** Of the trusted fixes; null: there are none. */
  readonly first: EpochMs | null;
  readonly last: EpochMs | null;
  readonly distance?: DailyDistances;
  readonly activity?: SunActivities;
  readonly farms?: { readonly farms: readonly FarmDays[]; readonly leftOut: number };
  /** null: too few fixes. */
  readonly homeRange?: HomeRange | null;
  readonly fixSuccess?: readonly HourSuccess[];
}

/** Fixes looked at between two looks at the time. */
const AT_ONCE = 32;

/** What is told of movement, each from one pass over the track. */
interface Tellers {
  readonly distance?: DailyDistance;
  readonly activity?: SunActivity;
  readonly farms?: FarmDistance;
  readonly points?: PointSample;
  readonly success?: FixSuccess;
}

interface Walked {
  fixes: number;
  doubted: number;
  first: EpochMs | null;
  last: EpochMs | null;
  /** Doubted ones too. */
  firstReport: EpochMs | null;
  lastReport: EpochMs | null;
}

/** How an animal moved, told from its undoubted fixes in one pass and in turns with everything else that the server does. */
@Injectable()
export class MovementService {
  constructor(
    private readonly reader: TrackReader,
    private readonly attempts: FailedAttemptStore,
    private readonly boundaries: FarmBoundaries,
  ) {}

  async movement(
    grant: PositionGrant,
    registry: Registry,
    question: MovementQuestion,
    parts: readonly Part[],
    ease = new AtEase(),
  ): Promise<Movement> {
    const clock = new ZoneClock(question.zone);
    const tellers: Tellers = {
      ...(parts.includes('distance') && { distance: new DailyDistance(clock) }),
      ...(parts.includes('activity') && { activity: new SunActivity(clock) }),
      ...(parts.includes('farms') && { farms: new FarmDistance(clock, await this.boundaries.of(registry, ease)) }),
      ...(parts.includes('homeRange') && { points: new PointSample() }),
      ...(parts.includes('fixSuccess') && { success: new FixSuccess(clock) }),
    };
    const walked = await this.walk(grant, registry, question, tellers, ease);
    const { fixes, doubted, first, last } = walked;
    return {
      fixes,
      doubted,
      first,
      last,
      ...(tellers.distance && { distance: tellers.distance.result() }),
      ...(tellers.activity && { activity: tellers.activity.result() }),
      ...(tellers.farms && { farms: tellers.farms.result() }),
      ...(tellers.points && { homeRange: await ease.finish(HomeRange.of(tellers.points)) }),
      ...(tellers.success && {
        fixSuccess: await this.success(grant, registry, question, tellers.success, walked, clock),
      }),
    };
  }

  private async walk(
    grant: PositionGrant,
    registry: Registry,
    { animal, from, to, asOf }: MovementQuestion,
    tellers: Tellers,
    ease: AtEase,
  ): Promise<Walked> {
    const walked: Walked = { fixes: 0, doubted: 0, first: null, last: null, firstReport: null, lastReport: null };
    const columns = tellers.activity ? (['activity'] as const) : [];
    let before: Moved | null = null;
    for await (const block of this.reader.blocks(grant, registry, { animal, from, to, asOf, doubted: true, columns })) {
      for (let i = 0; i < block.length; i++) {
        if (i % AT_ONCE === 0) await ease.pause();
        const at = block.at[i]!;
        const isDoubted = block.doubts[i] !== 0;
        walked.firstReport ??= at;
        walked.lastReport = at;
        tellers.success?.add(at, isDoubted);
        if (isDoubted) {
          walked.doubted++;
          continue;
        }
        const fix: Moved = { at, lon: block.lon[i]!, lat: block.lat[i]!, activity: block.columns.activity?.[i] ?? NaN };
        walked.fixes++;
        walked.first ??= at;
        walked.last = at;
        if (tellers.points?.isFull === true) await ease.finish(tellers.points.thin());
        tell(tellers, fix, before);
        before = fix;
      }
    }
    return walked;
  }

  private async success(
    grant: PositionGrant,
    registry: Registry,
    { animal, from, to, asOf }: MovementQuestion,
    success: FixSuccess,
    { firstReport, lastReport }: Walked,
    clock: ZoneClock,
  ): Promise<HourSuccess[]> {
    const spans = spansOf(registry, animal, from, to).map((span) => ({
      ...span,
      intervalS: registry.collarById(span.collarId)?.fixIntervalS ?? null,
    }));
    const ends = await this.attempts.ends(
      grant,
      spans.map(({ collarId, from, to }) => ({ collarId, from: Number.isFinite(from) ? from : null, to })),
      asOf,
    );
    const begin = Math.min(ends?.first ?? Infinity, firstReport ?? Infinity);
    const end = Math.max(ends?.last ?? -Infinity, lastReport ?? -Infinity) + 1;
    const worn = spans
      .map((span) => ({ ...span, from: Math.max(begin, span.from), to: Math.min(end, span.to ?? Infinity) }))
      .filter((span) => span.from < span.to);
    if (ends) {
      const parts = worn.flatMap(({ collarId, from, to }) =>
        clock.periods(from, to).map((period) => ({ collarId, ...period })),
      );
      for (const { hour, count } of await this.attempts.byHour(grant, parts, asOf)) success.addFailed(hour, count);
    }
    const duties = worn.flatMap(({ from, to, intervalS }): Duty[] =>
      intervalS === null ? [] : [{ from, to, intervalS }],
    );
    return success.result(duties);
  }
}

function tell({ distance, activity, farms, points }: Tellers, fix: Moved, before: Moved | null): void {
  distance?.add(fix, before);
  activity?.add(fix, before);
  farms?.add(fix, before);
  points?.add(fix);
}
