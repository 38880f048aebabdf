import { z } from 'zod';
import type { Bounds } from '../../domain/geo/bounds.ts';
import { Moment } from '../../domain/moment.ts';
import { type CollectionId, COLLECTIONS, DEFAULT_LIMIT, MAX_LIMIT } from './collections.ts';
import type { During, FeatureQuery } from './feature-source.ts';

const A_BOX = 'expected west,south,east,north in degrees (or west,south,least height,east,north,greatest height)';
const A_TIME = 'expected a time like 2026-01-31T09:10:00Z, or two with a slash between, of which one may be ..';
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Heights are read and left alone: fixes of leopards lie on the ground. West is greater than east where the box crosses 180°. */
const Bbox = z.string().transform((text, context): Bounds => {
  const parts = text.split(',');
  const numbers = parts.map((part) => (NUMBER.test(part.trim()) ? Number(part) : NaN));
  const [west = NaN, south = NaN, east = NaN, north = NaN] =
    numbers.length === 6 ? [numbers[0], numbers[1], numbers[3], numbers[4]] : numbers;
  const isWhole = (numbers.length === 4 || numbers.length === 6) && numbers.every(Number.isFinite);
  const isOnEarth = Math.abs(west) <= 180 && Math.abs(east) <= 180 && Math.abs(south) <= 90 && Math.abs(north) <= 90;
  if (!isWhole || !isOnEarth || south > north) {
    context.addIssue({ code: 'custom', message: isWhole && isOnEarth ? 'expected south not above north' : A_BOX });
    return z.NEVER;
  }
  return { west, south, east, north };
});

/** A moment, or an interval with both of its ends in it; times are whole milliseconds. */
const Datetime = z.string().transform((text, context): During => {
  const ends = text.split('/');
  const times = ends.map((end) => (ends.length === 2 && (end === '..' || end === '') ? null : momentOf(end)));
  const [from, to = from] = times;
  const isRead = ends.length <= 2 && from !== undefined && to !== undefined;
  if (!isRead || (from !== null && to !== null && from > to)) {
    context.addIssue({ code: 'custom', message: isRead ? 'expected an interval that begins before it ends' : A_TIME });
    return z.NEVER;
  }
  return { from: from ?? -Infinity, to: to === null ? Infinity : to + 1 };
});

/** undefined: no time. */
function momentOf(text: string): number | undefined {
  const read = Moment.safeParse(text);
  return read.success ? read.data : undefined;
}

/** More than the most is no error by the standard: the most is given then (17-069r4, /req/core/fc-limit-response-1). */
const Limit = z
  .string()
  .regex(/^0*[1-9]\d{0,15}$/, 'expected a whole number from 1')
  .transform((text) => Math.min(MAX_LIMIT, Number(text)))
  .default(DEFAULT_LIMIT);

const Format = z.literal('json', 'expected json').optional();

/** What pages without features can be asked with. */
export const PlainQuery = z.strictObject({ f: Format });

const PAGING = {
  f: Format,
  bbox: Bbox.optional(),
  datetime: Datetime.optional(),
  limit: Limit,
  after: z.string().max(256).optional(),
};

/** The parameters of a collection's `items`: any other is an error, as the standard demands. */
function itemsSchema(collection: CollectionId) {
  const queryables = Object.entries(COLLECTIONS[collection].queryables).map(([name, { values }]) => {
    const value = values ? z.enum(values as [string, ...string[]]) : z.string().min(1, 'expected a value').max(256);
    return [name, value.optional()] as const;
  });
  const doubts = z.enum(['with', 'without']).optional();
  return z.strictObject({ ...PAGING, ...(collection === 'fixes' && { doubts }), ...Object.fromEntries(queryables) });
}

const SCHEMAS: Readonly<Record<CollectionId, ReturnType<typeof itemsSchema>>> = {
  animals: itemsSchema('animals'),
  farms: itemsSchema('farms'),
  fixes: itemsSchema('fixes'),
  visits: itemsSchema('visits'),
};

/** What a query of a collection's `items` may hold; give its output to `featureQuery`. */
export function itemsQuery(collection: CollectionId) {
  return SCHEMAS[collection];
}

/** A query that was let in, by name. */
export function featureQuery(query: z.output<ReturnType<typeof itemsSchema>>): FeatureQuery {
  const { bbox, datetime, limit, after, ...rest } = query;
  const where = Object.fromEntries(
    Object.entries(rest as Record<string, string | undefined>).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'f',
    ),
  );
  return { bbox: bbox ?? null, during: datetime ?? null, limit, after: after ?? null, where };
}
