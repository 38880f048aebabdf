import { z } from 'zod';
import type { EpochMs, Position } from '../../src/domain/fix.ts';
import type { Farm } from '../../src/domain/farm.ts';
import { Animal } from '../animal.ts';
import { DRAWN_FARMS } from '../farms/drawn.ts';
import { Fence } from '../farms/fence.ts';
import { readFarms, readJson } from '../farms/read-farms.ts';
import { DAY_MS } from '../movement/calibration.ts';
import { Plane } from '../movement/plane.ts';
import type { Appointment } from '../movement/walker.ts';
import { UsageError } from '../options.ts';
import type { Stretch } from '../pace.ts';
import type { WalkValues } from './walk-options.ts';

/** Two attempts never overlap: the longest takes 90 s. */
const INTERVAL_MS = { least: 2 * 60_000, most: DAY_MS } as const;
/** Days of history before --then-live unless told. */
const HISTORY_DAYS = 30;
/** --soon: she sets out this long, in real time, after the live part began. */
const SOON_MS = 10_000;
/** --soon: the farm must lie this near to her home, or she could not be there in time. */
const SOON_REACH_M = 12_000;

export interface Member {
  readonly serial: string;
  readonly secret: string | undefined;
  readonly seed: string | number;
  readonly home: Position;
  /** Visits farms. */
  readonly sofia: boolean;
}

/** When the walk takes place, and how fast it is told. */
export interface Timing {
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** Simulated time from which it is live; `from` when there is no history. */
  readonly liveFrom: EpochMs;
  readonly stretches: readonly Stretch[];
}

export interface WalkPlan {
  readonly members: readonly Member[];
  readonly animals: readonly Animal[];
  readonly timing: Timing;
}

/** @throws UsageError when the options contradict each other */
export function planWalk(values: WalkValues, now: EpochMs): WalkPlan {
  const { interval } = values;
  if (values.username !== undefined && values.secret === undefined)
    throw new UsageError('--secret: needed for --username');
  if (interval < INTERVAL_MS.least || interval > INTERVAL_MS.most) {
    throw new UsageError('--interval: expected 2m to 1d');
  }
  const timing = planTiming(values, now);
  const farms = values.farms === undefined ? DRAWN_FARMS : readFarms(values.farms);
  const members = values.herd === undefined ? [alone(values)] : readHerd(values);
  const visitor = members.find(({ sofia }) => sofia) ?? members[0];
  const animals = members.map(({ serial, seed, home, sofia }, i) => {
    const soon = values.soon && members[i] === visitor;
    return new Animal({
      serial,
      seed,
      home,
      farms,
      from: timing.from,
      until: timing.until,
      intervalMs: interval,
      way: values.delivery,
      errors: values.errors === 'on',
      visitChance: sofia ? values['visit-chance'] : 0,
      ...(soon && { appointment: appointSoon(timing, farms, home) }),
    });
  });
  return { members, animals, timing };
}

function planTiming(values: WalkValues, now: EpochMs): Timing {
  const { days, 'then-live': live } = values;
  if (live === undefined) {
    const told = values.speed ?? 1;
    const from = values.from ?? (told === 1 || days === undefined ? now : now - days * DAY_MS);
    const until = days === undefined ? Infinity : from + Math.round(days * DAY_MS);
    return { from, until, liveFrom: from, stretches: [{ until: Infinity, speed: told }] };
  }
  // Faster than real time, the live part must begin in the past: it would run into the future otherwise.
  const latest = now - (live > 1 ? values['live-lag'] : 0);
  const length = Math.round((days ?? HISTORY_DAYS) * DAY_MS);
  const from = values.from ?? latest - length;
  const liveFrom = Math.min(from + length, latest);
  if (from >= liveFrom) throw new UsageError('--from: the history before --then-live must begin before it ends');
  const stretches = [
    { until: liveFrom, speed: values.speed ?? 'max' },
    { until: Infinity, speed: live },
  ] as const;
  return { from, until: Infinity, liveFrom, stretches };
}

function appointSoon(timing: Timing, farms: readonly Farm[], home: Position): Appointment {
  const factor = timing.stretches[timing.stretches.length - 1]?.speed ?? 1;
  if (factor === 'max') throw new UsageError('--soon: needs --then-live or a --speed that is a number');
  const plane = new Plane(home);
  const [nearest] = farms
    .map((farm) => ({ farm, metres: new Fence(farm, plane).signedDistance({ x: 0, y: 0 }) }))
    .sort((a, b) => a.metres - b.metres);
  if (nearest === undefined || nearest.metres > SOON_REACH_M) {
    throw new UsageError(`--soon: no farm within ${SOON_REACH_M / 1000} km of her home`);
  }
  return { farm: nearest.farm.id, depart: timing.liveFrom + Math.round(SOON_MS * factor) };
}

const serial = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected a serial: 1 to 64 of A-Z a-z 0-9 . _ -');

function alone(values: WalkValues): Member {
  const parsed = serial.safeParse(values.serial);
  if (!parsed.success) throw new UsageError(`--serial: ${parsed.error.issues[0]?.message ?? ''}`);
  const { secret, seed, home } = values;
  return withSecret({ serial: parsed.data, secret, seed, home, sofia: true }, values);
}

const herd = z
  .array(
    z.strictObject({
      serial,
      secret: z.string().min(1).optional(),
      seed: z.union([z.string(), z.number()]),
      home: z.tuple([z.number().min(-180).max(180), z.number().min(-80).max(80)]),
      species: z.literal('leopard').optional(), // the one whose movement is calibrated
      sofia: z.boolean().default(false),
    }),
  )
  .min(1)
  .refine((animals) => new Set(animals.map((each) => each.serial)).size === animals.length, 'a serial occurs twice');

function readHerd(values: WalkValues): Member[] {
  const animals = readJson(values.herd ?? '', herd);
  return animals.map(({ home: [lon, lat], secret, ...rest }) =>
    withSecret({ ...rest, secret, home: { lon, lat } }, values),
  );
}

/** A collar that publishes as itself needs its secret; a gateway has one for all. */
function withSecret(member: Member, values: WalkValues): Member {
  if (values['dry-run'] || values.username !== undefined || member.secret !== undefined) return member;
  throw new UsageError(`--secret: needed for collar ${member.serial}, or --username and --secret of a gateway`);
}
