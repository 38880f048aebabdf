import { parseArgs } from 'node:util';

/** What was asked for on the command line cannot be done. The message is one line and says what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One option of a command: how its text becomes a value, and what it is when it is not given. */
export interface Option<T> {
  /** What stands for the value in the help; none: a flag. */
  readonly placeholder?: string;
  readonly help: string;
  /** @throws UsageError with what was expected */
  read(text: string): T;
  readonly fallback: T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

export interface Parsed<O extends Options> {
  readonly values: Values<O>;
  readonly positionals: readonly string[];
}

/** @throws UsageError naming the option and what was expected of it */
export function readOptions<O extends Options>(options: O, args: readonly string[]): Parsed<O> {
  const { values: texts, positionals } = parse(options, args);
  const values = Object.entries(options).map(([name, option]) => {
    const text = texts[name];
    if (text === undefined) return [name, option.fallback];
    try {
      return [name, option.read(text === true ? '' : String(text))];
    } catch (error) {
      if (error instanceof UsageError) throw new UsageError(`--${name}: ${error.message}`);
      throw error;
    }
  });
  return { values: Object.fromEntries(values) as Values<O>, positionals };
}

function parse(options: Options, args: readonly string[]) {
  const types = Object.entries(options).map(([name, { placeholder }]) => [
    name,
    { type: placeholder === undefined ? 'boolean' : 'string' } as const,
  ]);
  try {
    return parseArgs({
      args: [...args],
      options: Object.fromEntries(types) as Record<string, { type: 'boolean' | 'string' }>,
      allowPositionals: true,
    });
  } catch (error) {
    const [line = ''] = (error as Error).message.split('. '); // the rest is advice about positionals
    throw new UsageError(line.replace(/^U/, 'u'));
  }
}

/** The options of a command, a line each. */
export function describeOptions(options: Options): string {
  const rows = Object.entries(options).map(([name, { placeholder, help }]) => [
    `  --${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', help]) => `${left.padEnd(width)}  ${help}`).join('\n');
}

export function flag(help: string): Option<boolean> {
  return { help, read: () => true, fallback: false };
}

/** A reader of one kind of value, made into an option with or without a fallback. */
function kind<T>(placeholder: string, read: (text: string) => T) {
  function option(help: string): Option<T | undefined>;
  function option(help: string, fallback: T): Option<T>;
  function option(help: string, fallback?: T): Option<T | undefined> {
    return { placeholder, help, read, fallback };
  }
  return option;
}

function matched<T>(text: string, value: T | undefined, expected: string): T {
  if (value === undefined) throw new UsageError(`expected ${expected}, not "${text}"`);
  return value;
}

export const text = kind('TEXT', (given) => matched(given, given === '' ? undefined : given, 'a text'));
export const file = kind('FILE', (given) => matched(given, given === '' ? undefined : given, 'a file'));

export const count = kind('N', (given) =>
  matched(given, /^\d{1,15}$/.test(given) && Number(given) > 0 ? Number(given) : undefined, 'a whole number over 0'),
);

export const number = kind('N', (given) =>
  matched(given, /^\d+(\.\d+)?$/.test(given) && Number(given) > 0 ? Number(given) : undefined, 'a number over 0'),
);

export const share = kind('P', (given) =>
  matched(
    given,
    /^[01](\.\d+)?$/.test(given) && Number(given) <= 1 ? Number(given) : undefined,
    'a number from 0 to 1',
  ),
);

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time in milliseconds. */
export const duration = kind('TIME', (given) => {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(given) ?? [];
  const ms = Math.round(Number(digits) * (UNITS_MS[unit ?? ''] ?? NaN));
  return matched(given, ms > 0 ? ms : undefined, 'a time such as 90s, 15m, 2h or 1d');
});

/** A moment as epoch milliseconds. */
export const moment = kind('ISO', (given) => {
  const zoned = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(given);
  const at = zoned ? Date.parse(given) : NaN;
  return matched(given, Number.isNaN(at) ? undefined : at, 'a time with its zone such as 2026-01-01T00:00:00Z');
});

/** A factor of real time, or as fast as messages are acknowledged. */
export const speed = kind<number | 'max'>('FACTOR', (given) => {
  const factor = /^\d+(\.\d+)?$/.test(given) ? Number(given) : NaN;
  return matched(given, given === 'max' || factor === 0 ? 'max' : factor > 0 ? factor : undefined, 'a factor, or max');
});

/** Longitude and latitude, degrees. */
export const place = kind('LON,LAT', (given) => {
  const numbers = given.split(',').map((part) => (/^-?\d+(\.\d+)?$/.test(part.trim()) ? Number(part) : NaN));
  const [lon = NaN, lat = NaN] = numbers;
  const good = numbers.length === 2 && Math.abs(lon) <= 180 && Math.abs(lat) <= 80;
  return matched(
    given,
    good ? { lon, lat } : undefined,
    'longitude,latitude within ±180 and ±80 such as 131.645,43.315',
  );
});

/** One of some words. */
export function choice<const W extends string>(words: readonly W[], help: string, fallback: W): Option<W> {
  const read = (given: string) =>
    matched(
      given,
      words.find((word) => word === given),
      words.join(' or '),
    );
  return { placeholder: words.join('|'), help, read, fallback };
}
