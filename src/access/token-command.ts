import { ConfigError, readConfig, type Config } from '../config.ts';
import { Database, databaseUrl } from '../database/database.ts';
import { FolderInUse } from '../database/embedded/folder-lock.ts';
import { quiet } from '../database/log.ts';
import { CommandError, runTokenCommand } from './token-cli.ts';
import { TokenService } from './token.service.ts';
import { TokenStore } from './token.store.ts';

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

/** `npm run token -- …`: makes, lists and revokes tokens in the database itself, for when nobody can sign in. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const database = await openDatabase(config);
  try {
    await runTokenCommand(process.argv.slice(2), new TokenService(new TokenStore(database), config), {
      out: (line) => process.stdout.write(`${line}\n`),
      aside: (line) => process.stderr.write(`${line}\n`),
    });
  } finally {
    await database.stop();
  }
}

main().catch((error: unknown) => {
  const known = error instanceof CommandError || error instanceof ConfigError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${known ? message : message.split('\n', 1)[0]}\n`);
  process.exitCode = 1;
});
