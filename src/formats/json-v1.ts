import type { FailedAttempt, Reading } from '../domain/fix.ts';
import { elementBytes } from './json-elements.ts';
import { type Decoded, type Fault, type PayloadFormat, Unreadable } from './format.ts';
import { parseRfc3339 } from './rfc3339.ts';
import { faultOfExtra } from './extra.ts';

/** Elements of one array at most. */
const MAX_FIXES = 1_000;
/** Whole numbers below this are epoch seconds, from it on milliseconds: as seconds it is the year 5138, as milliseconds 1973. */
const FIRST_MILLISECONDS = 100_000_000_000;

const NUMBERS = new Set([
  'lat',
  'lon',
  'altM',
  'accuracyM',
  'hdop',
  'satellites',
  'speedMps',
  'headingDeg',
  'temperatureC',
  'batteryV',
  'activity',
  'seq',
]);
const REQUIRED = ['at', 'lat', 'lon'] as const;

const utf8 = new TextDecoder('utf-8', { fatal: true });

type Json = Record<string, unknown>;

function parseTime(value: unknown): number | null {
  if (typeof value === 'string') return parseRfc3339(value);
  if (!Number.isSafeInteger(value)) return null;
  const epoch = value as number;
  return Math.abs(epoch) < FIRST_MILLISECONDS ? epoch * 1_000 : epoch;
}

function decodeElement(element: unknown, index: number): Reading | FailedAttempt | Fault {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    return { field: `[${index}]`, expected: 'an object with at, lat, lon' };
  }
  const given = element as Json;
  const values: Json = {};
  let extra: Json | undefined;
  for (const field of Object.keys(given)) {
    const value = given[field];
    if (NUMBERS.has(field)) {
      // Collars write null for "not measured"; of a position it is as good as missing.
      if (value === null) continue;
      if (typeof value !== 'number' || !Number.isFinite(value)) return { field, expected: 'a finite number' };
      values[field] = value;
    } else if (field === 'at') {
      const at = parseTime(value);
      if (at === null) return { field, expected: 'RFC 3339 with offset, or whole epoch seconds or milliseconds' };
      values.at = at;
    } else if (field !== 'failed') {
      // No prototype: a field named __proto__ is a field like any other.
      extra ??= Object.create(null) as Json;
      extra[field] = value;
    }
  }
  const fault = extra && faultOfExtra(extra);
  if (fault) return fault;
  if (extra) values.extra = extra;
  return complete(values, given.failed === true);
}

function complete(values: Json, failed: boolean): Reading | FailedAttempt | Fault {
  if (failed) {
    const { at, extra, ...sensors } = values;
    if (at === undefined) return { field: 'at', expected: 'a time: it is required' };
    return { at: at as number, extra: { ...sensors, ...(extra as Json | undefined) } };
  }
  for (const field of REQUIRED) {
    if (values[field] === undefined) return { field, expected: 'a value: it is required' };
  }
  return values as unknown as Reading;
}

function isFault(item: Reading | FailedAttempt | Fault): item is Fault {
  return 'expected' in item && 'field' in item;
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(payload)) as unknown;
  } catch (error) {
    throw new Unreadable(error instanceof SyntaxError ? 'expected JSON' : 'expected UTF-8');
  }
}

function decode(payload: Uint8Array): readonly Decoded[] {
  const message = parse(payload);
  const elements: readonly unknown[] = Array.isArray(message) ? message : [message];
  if (Array.isArray(message) && (elements.length === 0 || elements.length > MAX_FIXES)) {
    throw new Unreadable(`expected 1 to ${MAX_FIXES} fixes in an array, not ${elements.length}`);
  }
  return elements.map((given, index): Decoded => {
    const item = decodeElement(given, index);
    if (isFault(item)) return { kind: 'invalid', fault: item };
    return 'lat' in item ? { kind: 'reading', reading: item } : { kind: 'failed', attempt: item };
  });
}

function element(payload: Uint8Array, index: number): Uint8Array {
  return Array.isArray(parse(payload)) ? (elementBytes(payload)[index] ?? payload) : payload;
}

function encode(items: readonly (Reading | FailedAttempt)[]): Uint8Array {
  const elements = items.map((item) => {
    const { at, extra, ...rest } = item;
    return { at: new Date(at).toISOString(), ...rest, ...('lat' in item ? {} : { failed: true }), ...extra };
  });
  return new TextEncoder().encode(JSON.stringify(elements.length === 1 ? elements[0] : elements));
}

/** Our own format: one fix as a JSON object, or an array of up to 1,000. `docs/api.md` describes the fields. */
const jsonV1: PayloadFormat = { name: 'json-v1', decode, element, encode };
export default jsonV1;
