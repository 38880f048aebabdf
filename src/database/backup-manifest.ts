import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** A file of a backup: how it must be found again. */
const FileEntry = z.object({ file: z.string(), bytes: z.number(), sha256: z.string() });

const Table = FileEntry.extend({
  /** As the database has it; a month of fixes by its own name. */
  table: z.string(),
  columns: z.array(z.string()),
  rows: z.number(),
  /** Of a month of fixes: FOR VALUES … */
  bounds: z.string().nullable(),
});

const Manifest = z.object({
  format: z.literal(1),
  madeAt: z.string(),
  postgres: z.string(),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  tables: z.array(Table),
  sequences: z.array(z.object({ name: z.string(), value: z.string(), called: z.boolean() })),
  archive: z.array(FileEntry),
});

/** What a backup holds. bytes and sha256 are those of the file as it lies in the folder. */
export type Manifest = z.output<typeof Manifest>;
export type BackupTable = z.output<typeof Table>;
export type BackupFile = z.output<typeof FileEntry>;

export const MANIFEST = 'manifest.json';

/** A backup that cannot be made or put back. The message is one line for the person who asked for it. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

/** @throws BackupRefused */
export function readManifest(folder: string): Manifest {
  const file = path.join(folder, MANIFEST);
  if (!existsSync(file)) throw new BackupRefused(`${folder} is no complete backup: it has no ${MANIFEST}`);
  try {
    return Manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new BackupRefused(`${file} is not of a backup that this program understands`);
  }
}
