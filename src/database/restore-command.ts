import { ConfigError, readConfig } from '../config.ts';
import { archiveFolder } from './archive-folder.ts';
import { readManifest } from './backup-manifest.ts';
import { restoreBackup } from './backup-restore.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { quiet } from './log.ts';
import { migrationsFolder, readMigrations } from './migrations.ts';

const USAGE = 'npm run restore -- FOLDER';
const CONNECTIONS = 2;

/** `npm run restore -- FOLDER`: puts a backup into the empty database of the settings; no server may run on it. */
async function main([folder, ...more]: readonly string[]): Promise<void> {
  if (folder === undefined || folder.startsWith('-') || more.length > 0) throw new ConfigError(USAGE);
  const config = readConfig(process.env);
  readManifest(folder); // Before anything is made.
  const embedded = config.DATABASE_URL === undefined ? new EmbeddedPostgres(config.DATA_DIR, CONNECTIONS, quiet) : null;
  await embedded?.start();
  try {
    const { tables, madeAt } = await restoreBackup({
      url: config.DATABASE_URL ?? embedded!.url,
      archiveFolder: archiveFolder(config),
      folder,
      migrations: readMigrations(migrationsFolder()),
      tell: (line) => void process.stderr.write(`${line}\n`),
    });
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    process.stdout.write(`restored ${rows} rows of ${tables.length} tables as of ${madeAt}\n`);
  } finally {
    await embedded?.stop();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message.split('\n', 1)[0]}\n`);
  process.exitCode = 1;
});
