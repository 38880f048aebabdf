import path from 'node:path';
import type { Config } from '../config.ts';

/** Folder of archived months. */
export function archiveFolder({ ARCHIVE_DIR, DATA_DIR }: Pick<Config, 'ARCHIVE_DIR' | 'DATA_DIR'>): string {
  return path.resolve(ARCHIVE_DIR ?? path.join(DATA_DIR, 'archive'));
}
