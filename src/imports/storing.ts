import type { EpochMs } from '../domain/fix.ts';
import { contentFault } from '../ingest/content-fault.ts';
import type { DeadLetter } from '../ingest/dead-letter.ts';
import { contentOf, contentsOf, type ImportedRow } from '../ingest/imported.ts';
import type { Pipeline } from '../ingest/pipeline.ts';
import type { ImportItem } from './import-item.ts';
import type { Progress } from './import-job.ts';
import { checkedItem } from './survey.ts';
import type { RowProblem } from './survey-report.ts';

/** Rows committed at once: messages of collars wait no longer than for one such group. */
export const GROUP_ROWS = 2_000;

/** What storing a file's rows needs. */
export interface StoringInput {
  /** Name of the file, for dead letters. */
  readonly name: string;
  readonly pipeline: Pick<Pipeline, 'take'>;
  /** The collar of a tag; undefined: there is none, which the plan rules out. */
  readonly collarOf: (tag: string) => { readonly id: number; readonly serial: string } | undefined;
  /** Names of the file's columns by what they are read as. */
  readonly columns: Readonly<Partial<Record<string, string>>>;
}

/** What became of a group of rows. */
export interface Stored {
  readonly counts: Pick<Progress, 'stored' | 'duplicates' | 'conflicts' | 'attempts' | 'other' | 'bad'>;
  readonly problems: readonly RowProblem[];
}

/** A group on its way. */
interface Group {
  readonly rows: ImportedRow[];
  readonly letters: DeadLetter[];
  readonly problems: RowProblem[];
  readonly receivedAt: EpochMs;
  other: number;
  attempts: number;
}

/** Stores rows of a file by the way that messages go: the same twice changes nothing. */
export class Storing {
  private readonly serials = new Map<number, string>();

  constructor(private readonly input: StoringInput) {}

  /**
   * Commits a group of rows whole.
   *
   * @param receivedAt now: nobody knew of them before
   * @throws what the database throws while it is away; the same group again does no harm
   */
  async store(items: readonly ImportItem[], receivedAt: EpochMs): Promise<Stored> {
    const group: Group = { rows: [], letters: [], problems: [], receivedAt, other: 0, attempts: 0 };
    for (const item of items) this.sort(checkedItem(item, receivedAt), group);
    const { stored, duplicates } = await this.commit(group.rows, group);
    const conflicts = group.problems.filter(({ kind }) => kind === 'conflict').length;
    const bad = group.problems.length - conflicts;
    const { attempts, other, problems } = group;
    return { counts: { stored, duplicates, conflicts, attempts, other, bad }, problems };
  }

  private sort(item: ImportItem, group: Group): void {
    if (item.kind === 'other') group.other++;
    else if (item.kind === 'bad') this.reject(item.line, item.column ?? null, item.expected, item.raw, group);
    else {
      const collar = this.input.collarOf(item.tag);
      const { line } = item;
      if (!collar) {
        const raw = JSON.stringify(item.kind === 'fix' ? item.reading : item.attempt);
        return this.reject(line, 'tag', 'a registered collar; it was removed after the check', raw, group);
      }
      this.serials.set(collar.id, collar.serial);
      if (item.kind === 'attempt') group.attempts++;
      group.rows.push(
        item.kind === 'fix'
          ? { collarId: collar.id, line, reading: item.reading, outlier: item.outlier }
          : { collarId: collar.id, line, attempt: item.attempt },
      );
    }
  }

  private reject(line: number, field: string | null, expected: string, raw: string, group: Group): void {
    const column = field === null ? null : (this.input.columns[field] ?? field);
    group.problems.push({ line, kind: 'bad', column, expected });
    const place = column === null ? `line ${line}` : `line ${line}, ${column}`;
    group.letters.push(this.letter('', raw, 'invalid', `${place}: expected ${expected}`, group.receivedAt));
  }

  /** Where the database refuses a value for what it is, halves find its row: it becomes a dead letter and the rest goes on. */
  private async commit(rows: readonly ImportedRow[], group: Group): Promise<{ stored: number; duplicates: number }> {
    const conflicts: RowProblem[] = [];
    const letters = rows.length === group.rows.length ? group.letters : [];
    const contents = contentsOf(rows, letters, group.receivedAt, (row, reason, detail) => {
      conflicts.push({
        line: row.line,
        kind: 'conflict',
        column: null,
        expected: `no other fix at this time: ${detail}`,
      });
      return this.letterOf(row, reason, detail, group.receivedAt);
    });
    try {
      const { stored, duplicates } = await this.input.pipeline.take([contents]);
      group.problems.push(...conflicts);
      return { stored, duplicates };
    } catch (error) {
      const fault = contentFault(error);
      const [first] = rows;
      if (fault === null || !first) throw error;
      return rows.length === 1 ? this.bury(first, fault, group) : this.halve(rows, group);
    }
  }

  private async halve(rows: readonly ImportedRow[], group: Group): Promise<{ stored: number; duplicates: number }> {
    if (rows.length === group.rows.length && group.letters.length > 0)
      await this.input.pipeline.take([{ fixes: [], attempts: [], letters: group.letters }]);
    const half = Math.ceil(rows.length / 2);
    const first = await this.commit(rows.slice(0, half), group);
    const second = await this.commit(rows.slice(half), group);
    return { stored: first.stored + second.stored, duplicates: first.duplicates + second.duplicates };
  }

  private async bury(row: ImportedRow, fault: string, group: Group): Promise<{ stored: number; duplicates: number }> {
    const detail = `the database cannot keep it: ${fault}`;
    const letter = this.letterOf(row, 'invalid', detail, group.receivedAt);
    await this.input.pipeline.take([{ fixes: [], attempts: [], letters: [letter] }]);
    group.problems.push({ line: row.line, kind: 'bad', column: null, expected: `what can be stored; ${detail}` });
    return { stored: 0, duplicates: 0 };
  }

  private letterOf(row: ImportedRow, reason: DeadLetter['reason'], detail: string, receivedAt: EpochMs): DeadLetter {
    const raw = JSON.stringify(contentOf(row));
    return this.letter(this.serials.get(row.collarId) ?? '', raw, reason, `line ${row.line}: ${detail}`, receivedAt);
  }

  private letter(
    serial: string,
    raw: string,
    reason: DeadLetter['reason'],
    detail: string,
    receivedAt: EpochMs,
  ): DeadLetter {
    const payload = Buffer.from(raw);
    return { door: 'import', serial, receivedAt, reason, detail: `${this.input.name}, ${detail}`, payload };
  }
}
