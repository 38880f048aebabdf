import { z } from 'zod';

/** What of a fix a column may be mapped to, in the units of `Reading`; `speedKmh` and `batteryMv` are turned into those. */
export const FIELDS = [
  'at',
  'date',
  'time',
  'lat',
  'lon',
  'tag',
  'animal',
  'sensor',
  'outlier',
  'altM',
  'accuracyM',
  'hdop',
  'satellites',
  'speedMps',
  'speedKmh',
  'headingDeg',
  'temperatureC',
  'batteryV',
  'batteryMv',
  'activity',
] as const;
export type Field = (typeof FIELDS)[number];

const Said = z.string().trim().min(1).max(200);

/**
 * What the importer says of a file, where it does not say so itself. Everything may be left out; what then is ambiguous is
 * asked for (`Recognised.questions`), never guessed. One schema for requests and the command line.
 */
export const ReadingOptions = z.strictObject({
  format: z
    .enum(['movebank', 'csv', 'gpx', 'reference'])
    .optional()
    .describe('What the file is, where that cannot be seen from its beginning.'),
  columns: z
    .partialRecord(z.enum(FIELDS), Said)
    .optional()
    .describe('Which column holds what: {"at":"Fecha","lat":"Latitud"}; either `at`, or `date` and `time`.'),
  keep: z.array(Said).max(50).optional().describe('Further columns to keep with each fix, under their own names.'),
  tag: Said.optional().describe('The collar whose fixes these are, where no column says so.'),
  animal: Said.optional().describe('The animal whose fixes these are, where no column says so.'),
  delimiter: z.enum([',', ';', 'tab']).optional().describe('What stands between two columns.'),
  decimal: z.enum(['.', ',']).optional().describe('What stands between whole and fraction; a point, unless said.'),
  encoding: Said.optional().describe('UTF-8, unless said or marked in the file: windows-1251, windows-1252, …'),
  zone: Said.optional().describe('Time zone of times that say none: a name like Asia/Vladivostok, or +10:00, or UTC.'),
  dateOrder: z.enum(['dmy', 'mdy', 'ymd']).optional().describe('How to read 03/04/2021.'),
  repeatedTime: z
    .enum(['earlier', 'later'])
    .optional()
    .describe(
      'Which is meant by local times that happen twice, when clocks are set back; such rows are refused otherwise.',
    ),
  waypoints: z.boolean().optional().describe('GPX: whether waypoints are fixes too; unless said they are not.'),
});
export type ReadingOptions = z.infer<typeof ReadingOptions>;

/** How much a compressed file may become. */
export interface UnpackingLimits {
  /** Bytes unpacked, at most. */
  readonly maxBytes: number;
  /** Bytes unpacked for each byte packed, at most; judged from the first MiB unpacked on. */
  readonly maxRatio: number;
}

/** A real track of text packs some 4 to 20 times; 200 is no track. */
export const UNPACKING_LIMITS: UnpackingLimits = { maxBytes: 20 * 2 ** 30, maxRatio: 200 };
