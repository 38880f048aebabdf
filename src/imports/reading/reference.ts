import type { EpochMs } from '../../domain/fix.ts';
import type { ImportItem } from '../import-item.ts';
import { UnreadableFile } from '../import-item.ts';
import type { ReadingOptions, UnpackingLimits } from './options.ts';
import { UNPACKING_LIMITS } from './options.ts';

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

/**
 * Reads Movebank reference data, which is small: at most 100,000 rows.
 *
 * @throws UnreadableFile
 */
export async function readReference(
  source: AsyncIterable<Uint8Array>,
  options: ReadingOptions = {},
  limits: UnpackingLimits = UNPACKING_LIMITS,
): Promise<ReferenceData> {
  void [source, options, limits];
  throw new UnreadableFile('no reference data is read yet');
}
