import { UnreadableFile } from '../import-item.ts';
import { columnName } from './column-names.ts';
import { gpxQuestions } from './gpx-head.ts';
import type { HeadText } from './head.ts';
import { headText } from './head.ts';
import type { Layout } from './layout.ts';
import { layoutOf } from './layout.ts';
import type { ReadingOptions } from './options.ts';
import type { Sample } from './questions.ts';
import { questionsOf, refuseMetres } from './questions.ts';
import type { Question, Recognised } from './recognised.ts';
import { isReference, referenceColumns } from './reference-columns.ts';
import { MAX_COLUMNS, RowSplitter } from './row-splitter.ts';
import { zoneNamed } from './zone.ts';

/** What a file's beginning tells, and what its readers need to know. */
export interface Understood {
  readonly recognised: Recognised;
  readonly head: HeadText;
  /** Of CSV with positions; null: it is something else. */
  readonly layout: Layout | null;
}

/** Rows at a file's beginning that are looked at. */
const MAX_SAMPLES = 500;
const DELIMITERS = [',', ';', '\t'] as const;
type Delimiter = (typeof DELIMITERS)[number];

/**
 * @param bytes the file's beginning, unpacked
 * @param whole whether they are all of it
 * @throws UnreadableFile when it can be no file that we read
 */
export function understand(bytes: Uint8Array, whole: boolean, packed: boolean, options: ReadingOptions): Understood {
  const head = headText(bytes, options);
  const common = {
    compression: packed ? ('gzip' as const) : null,
    encoding: head.encoding,
    lineEnds: lineEndsOf(head.text),
  };
  const start = head.text.trimStart();
  if (options.format === 'gpx' || (options.format === undefined && start.startsWith('<'))) {
    if (!/<(?:\w+:)?gpx[\s>]/.test(start)) {
      throw new UnreadableFile(
        'the file is XML but no GPX: expected a gpx element; of KML and other formats nothing is read',
      );
    }
    const questions = gpxQuestions(head.text, options);
    const recognised: Recognised = { ...common, ...NO_COLUMNS, format: 'gpx', questions };
    return { recognised, head, layout: null };
  }
  if (options.format === undefined && (start.startsWith('{') || start.startsWith('['))) {
    throw new UnreadableFile('the file is JSON: expected CSV or GPX');
  }
  return understandCsv(head, whole && !head.broken, common, options);
}

const NO_COLUMNS = { dialect: null, delimiter: null, columns: [], used: {}, unused: [] };

function understandCsv(
  head: HeadText,
  whole: boolean,
  common: Pick<Recognised, 'compression' | 'encoding' | 'lineEnds'>,
  options: ReadingOptions,
): Understood {
  const delimiter = delimiterOf(head.text, options);
  const { header, samples } = rowsOf(head.text, delimiter, whole);
  if (header === undefined) {
    throw new UnreadableFile('line 1: expected a header of CSV, but there is no line at all');
  }
  const csv = { ...common, delimiter, columns: header.cells };
  if (options.format === 'reference' || (options.format === undefined && isReference(header.cells))) {
    const { used, unused } = referenceColumns(header.cells, header.line);
    return {
      recognised: { ...csv, format: 'reference', dialect: null, used, unused, questions: [] },
      head,
      layout: null,
    };
  }
  const questions: Question[] = [];
  const layout = layoutOf(header.cells, header.line, options, questions);
  if (questions.length === 0) {
    questions.push(...questionsOf(samples, layout, options));
    refuseMetres(samples, layout, options);
  }
  refuseNeedlessZone(layout, options);
  if (options.zone !== undefined) zoneNamed(options.zone, options.repeatedTime);
  const { format, dialect } = layout;
  return { recognised: { ...csv, format, dialect, ...usedOf(layout), questions }, head, layout };
}

function rowsOf(text: string, delimiter: Delimiter, whole: boolean): { header: Sample | undefined; samples: Sample[] } {
  const rows = new RowSplitter(delimiter);
  rows.push(text);
  const all: Sample[] = [];
  try {
    while (all.length <= MAX_SAMPLES && rows.next(whole)) {
      if (rows.cells > MAX_COLUMNS && all.length === 0) {
        throw new UnreadableFile(`line ${rows.line}: ${rows.cells} columns: expected at most ${MAX_COLUMNS}`, {
          line: rows.line,
        });
      }
      const cells = Array.from({ length: Math.min(rows.cells, MAX_COLUMNS) }, (_, i) => rows.cell(i).trim());
      if (all.length === 0) rows.names = cells;
      all.push({ line: rows.line, cells });
    }
    // A header alone may have no line end yet.
    if (all.length === 0 && rows.next(true)) {
      all.push({ line: rows.line, cells: Array.from({ length: rows.cells }, (_, i) => rows.cell(i).trim()) });
    }
  } catch (error) {
    // Rows further down are told where they are read; what came before them stands.
    if (all.length === 0) throw error;
  }
  const [header, ...samples] = all;
  return { header, samples };
}

/** What stands between columns: what was said, else whatever makes the most of them of the first line. */
function delimiterOf(text: string, options: ReadingOptions): Delimiter {
  if (options.delimiter !== undefined) return options.delimiter === 'tab' ? '\t' : options.delimiter;
  const line = /[^\r\n]+/.exec(text)?.[0].slice(0, 100_000) ?? '';
  const bare = line.replace(/"(?:[^"]|"")*"/g, '');
  const counts = DELIMITERS.map((delimiter) => bare.split(delimiter).length - 1);
  const most = Math.max(...counts);
  const best = DELIMITERS.filter((_, i) => counts[i] === most);
  if (best.length > 1 && most > 0) {
    const names = best.map((delimiter) => (delimiter === '\t' ? 'tab' : delimiter)).join(' or ');
    throw new UnreadableFile(`line 1: ${names} may stand between the columns: say which as delimiter`, { line: 1 });
  }
  return best[0] ?? ',';
}

function lineEndsOf(text: string): Recognised['lineEnds'] {
  const found = new Set(text.match(/\r\n|\n|\r(?!$)/g));
  if (found.size > 1) return 'mixed';
  return found.has('\r\n') ? 'CRLF' : found.has('\r') ? 'CR' : 'LF';
}

/** A zone that is not used would be a zone that somebody believes in. */
function refuseNeedlessZone(layout: Layout, options: ReadingOptions): void {
  if (!layout.utc || options.zone === undefined || /^(?:utc|gmt|z)$/i.test(options.zone)) return;
  const column = layout.header[layout.at >= 0 ? layout.at : layout.date] ?? '';
  const local = layout.header.find((name) => columnName(name) === 'study-local-timestamp');
  throw new UnreadableFile(
    `zone=${options.zone} was said, but column ${column} is UTC: say no zone` +
      (local === undefined ? '' : `, or read the local times: {"at":"${local}"}`),
  );
}

function usedOf(layout: Layout): Pick<Recognised, 'used' | 'unused'> {
  const used = new Map<string, string>();
  const taken = new Set<number>();
  const use = (field: string, indices: readonly number[]): void => {
    for (const index of indices) {
      if (index < 0) continue;
      if (!used.has(field)) used.set(field, layout.header[index] ?? '');
      taken.add(index);
    }
  };
  for (const field of ['at', 'date', 'time', 'lat', 'lon', 'tag', 'animal'] as const) use(field, [layout[field]]);
  use('sensor', layout.sensor);
  use('outlier', [layout.visible, ...layout.outlier, layout.valid]);
  for (const { name, columns } of [...layout.sensors, ...layout.extra]) use(name, columns);
  return { used: Object.fromEntries(used), unused: layout.header.filter((_, i) => !taken.has(i)) };
}
