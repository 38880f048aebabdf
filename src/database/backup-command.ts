import { ConfigError, readConfig } from '../config.ts';
import { archiveFolder } from './archive-folder.ts';
import { makeBackup } from './backup.ts';
import { Database, databaseUrl } from './database.ts';
import { FolderInUse } from './embedded/folder-lock.ts';
import { quiet } from './log.ts';

const USAGE = 'npm run backup -- FOLDER';

/** `npm run backup -- FOLDER`: copies the whole database into a folder, whether or not a server has it open. */
async function main([folder, ...more]: readonly string[]): Promise<void> {
  if (folder === undefined || folder.startsWith('-') || more.length > 0) throw new ConfigError(USAGE);
  const config = readConfig(process.env);
  let own: Database | null = null;
  if (config.DATABASE_URL === undefined) {
    databaseUrl(config); // Says so where there never was one: no new one is made here.
    own = await Database.open({ ...config, DATABASE_CONNECTIONS: 2 }, quiet).catch((error: unknown) => {
      // A server runs with the embedded database: it answers us too.
      if (!(error instanceof FolderInUse)) throw error;
      return null;
    });
  }
  try {
    const tell = (line: string) => void process.stderr.write(`${line}\n`);
    const url = own?.url ?? databaseUrl(config);
    const { tables, archive, madeAt } = await makeBackup({ url, archiveFolder: archiveFolder(config), folder, tell });
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const bytes = [...tables, ...archive].reduce((sum, file) => sum + file.bytes, 0);
    process.stdout.write(`${folder}: ${rows} rows of ${tables.length} tables as of ${madeAt}, ${bytes} bytes\n`);
  } finally {
    await own?.stop();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message.split('\n', 1)[0]}\n`);
  process.exitCode = 1;
});
