import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ApiFault, ImportApi } from './import-api.ts';
import type { ImportView } from './import-views.ts';

export const USAGE = `npm run import -- FILE [--yes] [--create] [--reference FILE] [options]
  --yes                 store it, if nothing is missing; else only check it
  --create              make the animals, collars and deployments that are missing
  --reference FILE      Movebank reference data: who wore which tag when
  --format F            movebank, csv, gpx or reference, where that cannot be seen
  --column FIELD=NAME   which column holds what: --column at=Fecha --column lat=Latitud
  --keep NAME           a further column to keep with each fix
  --tag T, --animal A   whose fixes these are, where no column says so
  --as-animal NAME=ID, --as-collar TAG=SERIAL   who is meant by a name of the file
  --zone Z              time zone of times that say none: Asia/Vladivostok, +10:00, UTC
  --date-order O        dmy, mdy or ymd      --repeated-time earlier|later
  --delimiter D         , ; or tab           --decimal . or ,      --encoding E      --waypoints
  --picture FILE.svg    write a picture of the tracks
  --url URL             the server, http://127.0.0.1:3000 unless said
  --token T             a token of an administrator; ADMIN_TOKEN unless said`;

/** A command that cannot be done. The message is for the person who wrote it. */
export class ImportCommandError extends Error {
  override readonly name = 'ImportCommandError';
}

/** Where the command writes, and what it has from its surroundings. */
export interface Surroundings {
  readonly token: string | undefined;
  out(line: string): void;
  /** A line that the next one may replace. */
  progress(line: string): void;
  save(file: string, text: string): Promise<void>;
  wait(ms: number): Promise<void>;
}

const POLL_MS = 300;
const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean', default: false } as const;
const OPTIONS = {
  yes: flag,
  create: flag,
  waypoints: flag,
  help: flag,
  reference: text,
  format: text,
  column: texts,
  keep: texts,
  tag: text,
  animal: text,
  'as-animal': texts,
  'as-collar': texts,
  zone: text,
  'date-order': text,
  'repeated-time': text,
  delimiter: text,
  decimal: text,
  encoding: text,
  picture: text,
  url: { type: 'string', default: 'http://127.0.0.1:3000' },
  token: text,
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new ImportCommandError(`${(error as Error).message}\n${USAGE}`);
  }
}
type Values = ReturnType<typeof parsed>['values'];

/**
 * Sends a file, prints what is in it, and with `--yes` stores it.
 *
 * @returns whether all went well: 0, else 1
 * @throws ImportCommandError of one line
 */
export async function runImport(args: readonly string[], around: Surroundings): Promise<0 | 1> {
  const { values, positionals } = parsed(args);
  const [file] = positionals;
  if (values.help) {
    around.out(USAGE);
    return 0;
  }
  if (file === undefined || positionals.length > 1) throw new ImportCommandError(USAGE);
  const token = values.token ?? around.token;
  if (token === undefined) throw new ImportCommandError('no token: give --token, or set ADMIN_TOKEN');
  const query = queryOf(values, path.basename(file));
  const api = new ImportApi(values.url, token);
  try {
    let job = await send(file, (body, bytes) => api.create(query, body, bytes));
    if (values.reference !== undefined)
      job = await send(values.reference, (body, bytes) => api.addReference(job.id, body, bytes));
    job = await followed(api, job, 'received', around);
    if (job.state === 'failed') throw new ImportCommandError(`${file}: ${job.problem ?? 'it failed'}`);
    for (const line of reportLines(job)) around.out(line);
    if (values.picture !== undefined) await around.save(values.picture, await api.picture(job.id));
    return await finish(api, job, values, file, around);
  } catch (error) {
    if (error instanceof ApiFault) throw new ImportCommandError(`${file}: ${error.message}`);
    throw error;
  }
}

async function finish(
  api: ImportApi,
  job: ImportView,
  values: Values,
  file: string,
  around: Surroundings,
): Promise<0 | 1> {
  const missing = job.report?.missing ?? [];
  if (missing.length > 0) {
    await api.remove(job.id);
    throw new ImportCommandError(`${file}: nothing was imported: ${missing[0]}; --create or --reference FILE makes it`);
  }
  if (!values.yes) {
    await api.remove(job.id);
    around.out('Nothing was stored. With --yes it is.');
    return 0;
  }
  const ended = await followed(api, await api.start(job.id), 'running', around);
  const { stored, duplicates, conflicts, attempts, bad } = ended.progress;
  const done = `${stored} fixes stored, ${duplicates} were there, ${conflicts} conflicts, ${attempts} attempts, ${bad} bad rows`;
  if (ended.state !== 'done') throw new ImportCommandError(`${file}: ${ended.problem ?? ended.state}; ${done}`);
  around.out(`done: ${done}`);
  return 0;
}

function queryOf(values: Values, name: string): Record<string, string> {
  const pairs = (list: readonly string[] | undefined, option: string) =>
    list && JSON.stringify(Object.fromEntries(list.map((pair) => pairOf(pair, option))));
  const given = {
    name,
    create: values.create ? 'true' : undefined,
    waypoints: values.waypoints ? 'true' : undefined,
    format: values.format,
    columns: pairs(values.column, 'column'),
    keep: values.keep && JSON.stringify(values.keep),
    tag: values.tag,
    animal: values.animal,
    animals: pairs(values['as-animal'], 'as-animal'),
    collars: pairs(values['as-collar'], 'as-collar'),
    zone: values.zone,
    dateOrder: values['date-order'],
    repeatedTime: values['repeated-time'],
    delimiter: values.delimiter,
    decimal: values.decimal,
    encoding: values.encoding,
  };
  return Object.fromEntries(Object.entries(given).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function pairOf(pair: string, option: string): [string, string] {
  const at = pair.lastIndexOf('=');
  if (option === 'column' ? pair.indexOf('=') < 1 : at < 1)
    throw new ImportCommandError(`--${option}: expected NAME=VALUE, not ${pair}`);
  const cut = option === 'column' ? pair.indexOf('=') : at;
  return [pair.slice(0, cut), pair.slice(cut + 1)];
}

async function send(
  file: string,
  by: (body: NodeJS.ReadableStream, bytes: number) => Promise<ImportView>,
): Promise<ImportView> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw new ImportCommandError(`${file}: there is no such file`);
  return by(createReadStream(file), found.size);
}

/** Waits while an import is in a state, and shows how far it is. */
async function followed(api: ImportApi, begun: ImportView, state: string, around: Surroundings): Promise<ImportView> {
  let job = begun;
  while (job.state === state) {
    const { rows, bytesRead } = job.progress;
    const share = job.bytes === 0 ? 0 : Math.floor((100 * bytesRead) / job.bytes);
    const doing = state === 'received' ? 'checking' : 'storing';
    around.progress(job.atWork ? `${doing} ${share} %, ${rows} rows` : 'waiting for its turn');
    await around.wait(POLL_MS);
    job = await api.find(job.id);
  }
  return job;
}

/** What a check found, for a person. */
function reportLines({ report, name }: ImportView): string[] {
  if (!report) return [];
  const { creates, doubts } = report;
  const made = [
    [creates.animals.length, 'animals'],
    [creates.collars.length, 'collars'],
    [creates.deployments.length, 'deployments'],
  ] as const;
  const counted = Object.entries(doubts).map(([doubt, count]) => `${count} ${doubt}`);
  return [
    `${name}: ${report.rows} rows: ${report.fixes} fixes, ${report.attempts} attempts without a position, ${report.bad} bad, ${report.other} other`,
    `  ${report.animals} animals, ${report.tags} tags, from ${report.from ?? '–'} to ${report.to ?? '–'}`,
    `  ${report.duplicates} are there already, ${report.conflicts} contradict what is there, ${report.withoutAnimal} while nobody wore the tag`,
    ...(counted.length > 0 ? [`  doubts: ${counted.join(', ')}`] : []),
    ...made.flatMap(([count, what]) => (count > 0 ? [`  makes ${count} ${what}`] : [])),
    ...report.problems.map(
      ({ line, column, expected, kind }) =>
        `  ${kind}: line ${line}${column === null ? '' : `, ${column}`}: expected ${expected}`,
    ),
    ...report.missing.map((sentence) => `  missing: ${sentence}`),
  ];
}
