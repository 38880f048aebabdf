import type { EpochMs } from '../../domain/fix.ts';
import type { ImportItem } from '../import-item.ts';
import { UnreadableFile } from '../import-item.ts';
import type { ReadingOptions, UnpackingLimits } from './options.ts';
import { UNPACKING_LIMITS } from './options.ts';
import { HEAD_BYTES } from './recognise.ts';
import type { ReferenceRow } from './reference-reader.ts';
import { ReferenceReader } from './reference-reader.ts';
import { startOf } from './start.ts';
import { TextFeed } from './text-feed.ts';

export interface ReferenceAnimal {
  readonly name: string;
  readonly taxon: string | null;
  readonly sex: 'female' | 'male' | null;
  readonly line: number;
}

export interface ReferenceCollar {
  /** The tag's own name; it becomes a collar's serial. */
  readonly tag: string;
  readonly maker: string | null;
  readonly model: string | null;
  readonly line: number;
}

export interface ReferenceDeployment {
  readonly tag: string;
  readonly animal: string;
  /** Null: the file does not say since when. */
  readonly from: EpochMs | null;
  /** Null: it lasts, or the file does not say until when. */
  readonly to: EpochMs | null;
  readonly line: number;
}

/** Who wore what and when: each animal and collar once, with the line where it is named first. */
export interface ReferenceData {
  readonly animals: readonly ReferenceAnimal[];
  readonly collars: readonly ReferenceCollar[];
  readonly deployments: readonly ReferenceDeployment[];
  readonly bad: readonly Extract<ImportItem, { kind: 'bad' }>[];
}

/** Reference data is small: a study has some hundred animals. */
const MAX_ROWS = 100_000;

/**
 * Reads Movebank reference data, which is small: at most 100,000 rows. Rows of one animal that tell different things of it are
 * bad rows, but for the first.
 *
 * @throws UnreadableFile
 */
export async function readReference(
  source: AsyncIterable<Uint8Array>,
  options: ReadingOptions = {},
  limits: UnpackingLimits = UNPACKING_LIMITS,
): Promise<ReferenceData> {
  const taken = { bytes: 0, packed: false };
  const { understood, pieces } = await startOf(source, options, limits, taken, HEAD_BYTES);
  const { format, delimiter } = understood.recognised;
  if (format !== 'reference' || delimiter === null) {
    await pieces.return(undefined);
    throw new UnreadableFile(
      'no reference data: expected the columns tag-id, animal-id and deploy-on-date in the first line',
    );
  }
  const text = new TextFeed(understood.head.encoding, new ReferenceReader(delimiter));
  const register = new Register();
  try {
    for await (const piece of pieces) {
      text.push(piece);
      register.add(text.take());
    }
    text.end();
  } catch (error) {
    throw text.located(error);
  }
  register.add(text.take());
  return register;
}

class Register implements ReferenceData {
  readonly deployments: ReferenceDeployment[] = [];
  readonly bad: Extract<ImportItem, { kind: 'bad' }>[] = [];
  private readonly animalsByName = new Map<string, ReferenceAnimal>();
  private readonly collarsByTag = new Map<string, ReferenceCollar>();
  /** Deployments that are there already. */
  private readonly told = new Set<string>();
  private rows = 0;

  get animals(): ReferenceAnimal[] {
    return [...this.animalsByName.values()];
  }

  get collars(): ReferenceCollar[] {
    return [...this.collarsByTag.values()];
  }

  add(rows: readonly ReferenceRow[]): void {
    this.rows += rows.length;
    if (this.rows > MAX_ROWS)
      throw new UnreadableFile(`more than ${MAX_ROWS} rows: expected reference data to be small`);
    for (const row of rows) {
      if ('kind' in row) this.bad.push(row);
      else this.addRow(row);
    }
  }

  private addRow(row: Exclude<ReferenceRow, { kind: 'bad' }>): void {
    const { tag, animal: name, line, from, to } = row;
    const { taxon, sex, maker, model } = row;
    const animal = { name, taxon, sex, line };
    const collar = { tag, maker, model, line };
    const other =
      contradiction(this.animalsByName.get(name), animal) ?? contradiction(this.collarsByTag.get(tag), collar);
    if (other !== null) {
      this.bad.push({ kind: 'bad', line, column: other.column, expected: other.expected, raw: row.raw });
      return;
    }
    this.animalsByName.set(name, joined(this.animalsByName.get(name), animal));
    this.collarsByTag.set(tag, joined(this.collarsByTag.get(tag), collar));
    const key = JSON.stringify([tag, name, from, to]);
    if (this.told.has(key)) return;
    this.told.add(key);
    this.deployments.push({ tag, animal: name, from, to, line });
  }
}

type Told = Readonly<Record<string, string | number | null>>;

/** What two rows tell of the same, where one contradicts the other. */
function contradiction<T extends object>(before: T | undefined, now: T): { column: string; expected: string } | null {
  for (const [column, value] of Object.entries(now as Told)) {
    const told = (before as Told | undefined)?.[column] ?? null;
    if (column === 'line' || told === null || value === null || told === value) continue;
    return {
      column,
      expected: `${String(told)} as line ${String((before as Told)['line'])} says of the same, not ${value}`,
    };
  }
  return null;
}

/** What both rows tell, the line of the first. */
function joined<T extends { readonly line: number }>(before: T | undefined, now: T): T {
  if (before === undefined) return now;
  const told = Object.entries(now).filter(([field, value]) => field !== 'line' && value !== null);
  return { ...before, ...Object.fromEntries(told) };
}
