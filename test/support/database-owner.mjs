// A server's part in the tests of the embedded Postgres: a process of its own that owns a database, from dist/.
// node database-owner.mjs DATA_DIR: prints {"url"} on standard output when it is open, its log on standard error.
// SIGTERM and SIGINT: it still works for half a second, as a server that drains, then stops.
import { setTimeout as sleep } from 'node:timers/promises';

const { Database } = await import(process.env.COLLARWATCH_DIST ?? '../../dist/src/database/database.js');
const say = (message) => process.stderr.write(`${message}\n`);
const config = { DATA_DIR: process.argv[2], DATABASE_CONNECTIONS: 4, DATABASE_TIMEOUT_S: 15, ALLOW_UNSAFE_DB: false };

try {
  const database = await Database.open(config, { info: say, warn: say, error: say });
  const end = async () => {
    for (let times = 0; times < 10; times++, await sleep(50)) await database.client.$queryRaw`SELECT 1`;
    await database.stop();
    say('drained');
  };
  process.once('SIGTERM', end).once('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ url: database.url })}\n`);
} catch (error) {
  say(`refused: ${error.message}`);
  process.exit(1);
}
