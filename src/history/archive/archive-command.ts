import { type Config, readConfig } from '../../config.ts';
import { archiveFolder } from '../../database/archive-folder.ts';
import { Database, databaseUrl } from '../../database/database.ts';
import { FolderInUse } from '../../database/embedded/folder-lock.ts';
import { quiet } from '../../database/log.ts';
import { withUpkeep } from '../../database/upkeep.ts';
import { CommandError, runArchiveCommand } from './archive-cli.ts';
import { ArchiveStore } from './archive.store.ts';
import { Archiving } from './archiving.ts';

/** The database of the settings, whether or not a server has it open. */
async function openDatabase(config: Config): Promise<Database> {
  const few = { ...config, DATABASE_CONNECTIONS: 2 };
  try {
    return await Database.open(few, quiet);
  } catch (error) {
    // A server runs with the embedded database: it answers us too.
    if (!(error instanceof FolderInUse)) throw error;
    return Database.open({ ...few, DATABASE_URL: databaseUrl(config) }, quiet);
  }
}

/** `npm run archive -- …`: tells of archived months and puts them back. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  databaseUrl(config); // Says so where there never was a database: no new one is made here.
  const database = await openDatabase(config);
  try {
    await withUpkeep(database.url, async (client) => {
      const store = new ArchiveStore(client);
      await runArchiveCommand(process.argv.slice(2), {
        store,
        archiving: new Archiving(store, archiveFolder(config)),
        ensureMonth: (at) => database.ensureMonths([at]),
        now: Date.now(),
        out: (line) => void process.stdout.write(`${line}\n`),
      });
    });
  } finally {
    await database.stop();
  }
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof CommandError ? message : message.split('\n', 1)[0]}\n`);
  process.exitCode = 1;
});
