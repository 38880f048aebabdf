import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Polygon } from 'geojson';
import { WATCHES } from '../../src/domain/area.ts';
import type { Position } from '../../src/domain/fix.ts';
import { prepareBoundary } from '../../src/domain/geo/boundary.ts';
import { STAMINA } from '../../src/domain/quality/confirm.ts';
import type { GuardedArea, GuardedFarm, JudgedFix, Rule } from '../../src/rules/rule.ts';
import { trueOffset } from './geodesy-oracle.ts';
import type { Life } from './rule-fold.ts';

/** When the clock of every scenario stands at 00:00. */
export const MIDNIGHT = Date.parse('2026-11-22T00:00:00.000Z');

const CLOCK = /^\d{2,4}:\d{2}(:\d{2})?$/;

function clockMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

/** Hours, minutes and perhaps seconds; hours go on beyond 24. */
const Span = z.string().regex(CLOCK).transform(clockMs);
/** The same since midnight, as a moment. */
const Time = Span.transform((ms) => MIDNIGHT + ms);
const Metres = z.tuple([z.number(), z.number()]);
const Closest = z.strictObject({ m: z.number(), at: Time, between: z.boolean() });
const Origin = z.strictObject({ lon: z.number(), lat: z.number() });

/** Where a polygon is: a square, or rings. Metres east and north of the origin. */
const outline = {
  east: z.number().default(0),
  north: z.number().default(0),
  /** Half the side of a square, metres. */
  halfM: z.number().default(500),
  /** Instead of the square: rings, each a list of corners. */
  rings: z.array(z.array(Metres)).optional(),
};
const FarmOutline = z.strictObject({
  id: z.string().default('farm'),
  nearM: z.number().default(2_000),
  closeM: z.number().default(500),
  ...outline,
});
const AreaOutline = z.strictObject({ id: z.string().default('area'), watch: z.enum(WATCHES), ...outline });

const observed = {
  at: Time,
  /** The same fix again until then, so often. */
  until: Time.optional(),
  every: Span.optional(),
  errorM: z.number().default(10),
  batteryV: z.number().optional(),
  activity: z.number().optional(),
};
const TrackFix = z.union([
  z.strictObject({ ...observed, m: z.number() }),
  z.strictObject({ ...observed, east: z.number(), north: z.number() }),
]);

/**
 * One scenario of a rule: farms and areas around an origin, an animal, its track, and the steps that the rule must give for it.
 *
 * Places are metres east and north of the origin; `m` is short for a place due north of the first farm (of the origin, where
 * there is none) that is drawn as a square, as many metres from its fence (less than 0: inside).
 *
 * A rule about farms that is told of none has one around the origin.
 */
const Scenario = z.strictObject({
  about: z.string().min(10),
  origin: Origin.default({ lon: 131.7, lat: 43.3 }),
  farm: FarmOutline.optional(),
  farms: z.array(FarmOutline).optional(),
  areas: z.array(AreaOutline).default([]),
  animal: z
    .strictObject({
      species: z.string().nullable().default('Panthera pardus orientalis'),
      group: z.string().nullable().default(null),
      stamina: z.strictObject({ maxKmh: z.number(), slackM: z.number() }).default(STAMINA),
      /** Seconds between two fixes of its collar; null: not known. */
      fixIntervalS: z.number().nullable().default(null),
    })
    .prefault({}),
  settings: z.record(z.string(), z.unknown()).default({}),
  track: z.array(TrackFix),
  /** Nothing has been heard since the last fix until then; else the scenario ends with that fix. */
  now: Time.optional(),
  steps: z.array(
    z.strictObject({
      change: z.enum(['opened', 'escalated', 'eased', 'closed']),
      at: Time,
      level: z.string(),
      /** The farm or area it is about, where there are several. */
      place: z.string().optional(),
      peak: z.string().optional(),
      openedAt: Time.optional(),
      closest: Closest.nullable().optional(),
      /** Some of the details; others may be there. */
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  /** The least distance of the episode that is open at the end. */
  closest: Closest.optional(),
  /** Some of the details of the episode that is open at the end. */
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Scenario = z.output<typeof Scenario>;

export function readScenario(file: string): Scenario {
  return Scenario.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** A scenario as a rule is told of it. */
export function lifeOf(scenario: Scenario, about: Rule['about']): Life {
  const { origin, animal, now } = scenario;
  const outlines = farmOutlines(scenario, about);
  const farms = outlines.map((farm): GuardedFarm => {
    const boundary = polygonOf(origin, farm);
    return {
      id: farm.id,
      name: farm.id,
      nearM: farm.nearM,
      closeM: farm.closeM,
      boundary,
      shape: prepareBoundary(boundary),
    };
  });
  const areas = scenario.areas.map((area): GuardedArea => {
    const boundary = polygonOf(origin, area);
    return { id: area.id, name: area.id, watch: area.watch, boundary, shape: prepareBoundary(boundary) };
  });
  const { species, group, stamina, fixIntervalS } = animal;
  return {
    animal: { id: 'sofia', species, group, stamina, collar: { serial: '30211', fixIntervalS } },
    fixes: trackOf(scenario, outlines[0]),
    places: { farm: farms, area: areas, animal: [null] }[about],
    farms,
    ...(now !== undefined && { now }),
  };
}

function farmOutlines({ farm, farms }: Scenario, about: Rule['about']): z.output<typeof FarmOutline>[] {
  if (farms) return farms;
  if (farm) return [farm];
  return about === 'farm' ? [FarmOutline.parse({})] : [];
}

/** Corners keep to the origin's meridian and parallel, so that the sides of a square are straight in degrees. */
function polygonOf(
  origin: Position,
  { east, north, halfM, rings }: Pick<z.output<typeof FarmOutline>, keyof typeof outline>,
): Polygon {
  const square: [number, number][] = [
    [-halfM, -halfM],
    [halfM, -halfM],
    [halfM, halfM],
    [-halfM, halfM],
  ];
  const corner = ([x, y]: [number, number]): number[] => {
    const { lon } = trueOffset(origin, 90, east + x);
    return [lon, trueOffset(origin, 0, north + y).lat];
  };
  return { type: 'Polygon', coordinates: (rings ?? [square]).map((ring) => [...ring, ring[0]!].map(corner)) };
}

function trackOf({ origin, track }: Scenario, first: z.output<typeof FarmOutline> | undefined): JudgedFix[] {
  return track.flatMap((fix) => {
    const [east, north] =
      'm' in fix ? [first?.east ?? 0, (first ? first.north + first.halfM : 0) + fix.m] : [fix.east, fix.north];
    const place = trueOffset(trueOffset(origin, 0, north), 90, east);
    const { at, until = at, every = Infinity, errorM, batteryV, activity } = fix;
    const sensors = { ...(batteryV !== undefined && { batteryV }), ...(activity !== undefined && { activity }) };
    const fixes: JudgedFix[] = [];
    for (let when = at; when <= until; when += every) fixes.push({ ...place, at: when, errorM, ...sensors });
    return fixes;
  });
}
