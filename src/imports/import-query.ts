import { z } from 'zod';
import { checked } from '../access/checked-input.ts';
import { Id, Serial } from '../domain/id.ts';
import { unstorable } from '../registry/storable.ts';
import type { ImportOptions } from './import-job.ts';
import { ReadingOptions } from './reading/options.ts';

const Flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'], 'expected true or false')
    .transform((value) => value === 'true')
    .default(fallback);

/** An object or list of a query, as JSON. */
function json<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'expected JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const { columns, keep, ...plain } = ReadingOptions.omit({ waypoints: true }).shape;

/** The query of a file that is sent: what its sender says of it. */
export const ImportQuery = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((name) => unstorable(name) === null, 'expected text without NUL and broken pairs')
    .default('file')
    .describe('The file’s name, for reports.'),
  dryRun: Flag(true).describe('false: store it without asking again, if nothing is missing.'),
  create: Flag(false).describe('true: make the animals, collars and deployments that are missing.'),
  animals: json(z.record(z.string().max(200), Id))
    .optional()
    .describe('Ids of animals by their names in the file: {"F53":"bella"}.'),
  collars: json(z.record(z.string().max(200), Serial))
    .optional()
    .describe('Serials of collars by the tags’ names in the file.'),
  ...plain,
  columns: json(columns.unwrap()).optional().describe('Which column holds what: {"at":"Fecha","lat":"Latitud"}.'),
  keep: json(keep.unwrap()).optional().describe('Further columns to keep with each fix: ["gps:fix-type"].'),
  waypoints: Flag(false).describe('GPX: true: waypoints are fixes too.'),
});

export function importOptions(query: z.output<typeof ImportQuery>): ImportOptions {
  const { dryRun, create, animals = {}, collars = {}, waypoints } = query;
  const given = Object.fromEntries(
    Object.keys(ReadingOptions.shape).flatMap((name) => {
      const value = query[name as keyof typeof query];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const reading = checked(ReadingOptions, { ...given, waypoints }, 400);
  return { reading, create, start: !dryRun, animals, collars, reference: false };
}
