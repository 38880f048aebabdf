import { UnreadableFile } from '../import-item.ts';
import { columnName } from './column-names.ts';

/** Movebank's names of what is read of reference data, as they are in the repository and in the REST API. */
export const REFERENCE_COLUMNS = {
  tag: ['tag-id', 'tag-local-identifier'],
  animal: ['animal-id', 'individual-local-identifier'],
  taxon: ['animal-taxon', 'individual-taxon-canonical-name', 'taxon-canonical-name'],
  sex: ['animal-sex', 'sex'],
  from: ['deploy-on-date', 'deploy-on-timestamp'],
  to: ['deploy-off-date', 'deploy-off-timestamp'],
  maker: ['tag-manufacturer-name', 'manufacturer-name'],
  model: ['tag-model', 'model'],
} as const;
export type ReferenceColumn = keyof typeof REFERENCE_COLUMNS;

/** Whether a header is that of Movebank reference data. */
export function isReference(header: readonly string[]): boolean {
  const names = new Set(header.map(columnName));
  const has = (column: ReferenceColumn): boolean => REFERENCE_COLUMNS[column].some((name) => names.has(name));
  return has('tag') && has('animal') && (has('from') || has('to')) && !names.has('timestamp');
}

export interface ReferenceLayout {
  readonly places: Readonly<Record<ReferenceColumn, number>>;
  readonly used: Readonly<Record<string, string>>;
  readonly unused: readonly string[];
}

/** @throws UnreadableFile when no column names the tag or the animal */
export function referenceColumns(header: readonly string[], line: number): ReferenceLayout {
  const names = header.map(columnName);
  const used: Record<string, string> = {};
  const place = (column: ReferenceColumn): number => {
    const index = REFERENCE_COLUMNS[column].map((name) => names.indexOf(name)).find((found) => found >= 0) ?? -1;
    if (index >= 0) used[column] = header[index] ?? '';
    else if (column === 'tag' || column === 'animal') {
      throw new UnreadableFile(
        `line ${line}: no column ${REFERENCE_COLUMNS[column].join(' or ')}: found ${header.join(', ').slice(0, 600).toWellFormed()}`,
        { line },
      );
    }
    return index;
  };
  const columns = Object.keys(REFERENCE_COLUMNS) as ReferenceColumn[];
  const places = Object.fromEntries(columns.map((column) => [column, place(column)])) as ReferenceLayout['places'];
  const taken = new Set(Object.values(places));
  return { places, used, unused: header.filter((_, i) => !taken.has(i)) };
}
