import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Polygon } from 'geojson';
import { RINGS } from '../../src/domain/farm.ts';
import type { Position } from '../../src/domain/fix.ts';
import { prepareBoundary } from '../../src/domain/geo/boundary.ts';
import type { GuardedFarm, JudgedFix } from '../../src/rules/rule.ts';
import { trueOffset } from './geodesy-oracle.ts';

/** When the clock of every scenario stands at 00:00. */
const MIDNIGHT = Date.parse('2026-11-22T00:00:00.000Z');

/** Hours, minutes and perhaps seconds since midnight; hours go on beyond 24. */
const Time = z
  .string()
  .regex(/^\d{2}:\d{2}(:\d{2})?$/)
  .transform((text) => {
    const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
    return MIDNIGHT + ((hours * 60 + minutes) * 60 + seconds) * 1_000;
  });
const Metres = z.tuple([z.number(), z.number()]);
const Ring = z.enum(RINGS);
const Closest = z.strictObject({ m: z.number(), at: Time, between: z.boolean() });

/**
 * One scenario of a rule: a farm around an origin, a track, and the steps that the rule must give for it.
 *
 * Places are metres east and north of the origin; `m` is short for a place due north of a farm that is drawn as a square, as many
 * metres from its fence (less than 0: inside).
 */
const Scenario = z.strictObject({
  about: z.string().min(10),
  origin: z.strictObject({ lon: z.number(), lat: z.number() }).default({ lon: 131.7, lat: 43.3 }),
  farm: z
    .strictObject({
      nearM: z.number().default(2_000),
      closeM: z.number().default(500),
      /** Half the side of a square around the origin, metres. */
      halfM: z.number().default(500),
      /** Instead of the square: rings, each a list of corners. */
      rings: z.array(z.array(Metres)).optional(),
    })
    .prefault({}),
  settings: z.record(z.string(), z.unknown()).default({}),
  track: z.array(
    z.union([
      z.strictObject({ at: Time, m: z.number(), errorM: z.number().default(10) }),
      z.strictObject({ at: Time, east: z.number(), north: z.number(), errorM: z.number().default(10) }),
    ]),
  ),
  steps: z.array(
    z.strictObject({
      change: z.enum(['opened', 'escalated', 'eased', 'closed']),
      at: Time,
      level: Ring,
      peak: Ring.optional(),
      openedAt: Time.optional(),
      closest: Closest.optional(),
    }),
  ),
  /** The least distance of the visit that is open at the end. */
  closest: Closest.optional(),
});
export type Scenario = z.output<typeof Scenario>;

export function readScenario(file: string): Scenario {
  return Scenario.parse(JSON.parse(readFileSync(file, 'utf8')));
}

export function farmOf({ origin, farm: { nearM, closeM, halfM, rings } }: Scenario): GuardedFarm {
  const square: [number, number][] = [
    [-halfM, -halfM],
    [halfM, -halfM],
    [halfM, halfM],
    [-halfM, halfM],
  ];
  const boundary: Polygon = {
    type: 'Polygon',
    coordinates: (rings ?? [square]).map((ring) =>
      [...ring, ring[0]!].map(([east, north]) => corner(origin, east, north)),
    ),
  };
  return { id: 'farm', name: 'Farm', nearM, closeM, boundary, shape: prepareBoundary(boundary) };
}

/** Corners keep to the origin's meridian and parallel, so that the sides of a square are straight in degrees. */
function corner(origin: Position, east: number, north: number): number[] {
  const { lon } = trueOffset(origin, 90, east);
  return [lon, trueOffset(origin, 0, north).lat];
}

export function trackOf({ origin, farm, track }: Scenario): JudgedFix[] {
  return track.map((fix) => {
    const [east, north] = 'm' in fix ? [0, farm.halfM + fix.m] : [fix.east, fix.north];
    const place = trueOffset(trueOffset(origin, 0, north), 90, east);
    return { ...place, at: fix.at, errorM: fix.errorM };
  });
}
