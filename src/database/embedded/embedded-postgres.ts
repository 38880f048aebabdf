import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { postgresAccount, type Account } from './account.ts';
import {
  addressUrl,
  clearFolder,
  ensureCluster,
  folderFor,
  OWNER_ROLE,
  readAddress,
  writeAddress,
  addressFile,
  type Address,
} from './data-folder.ts';
import { lockFolder } from './folder-lock.ts';
import { KeptPostgres } from './kept-postgres.ts';
import { preparePrograms, type Programs } from './programs.ts';
import { newPassword, serverSettings } from './server-settings.ts';

/** After a crash Postgres replays its log before it answers; 2 GB of it on a slow disk take minutes. */
const RECOVERY_MS = 600_000;
const TELL_EVERY_MS = 10_000;
const ASK_EVERY_MS = 20;
const BACKOFF_MS = { first: 100, most: 10_000 };

/**
 * A real Postgres of our own under the data folder. It is started, watched and started again when it dies; it ends with the
 * server, however the server ends.
 */
export class EmbeddedPostgres {
  readonly #dataDir: string;
  readonly #folder: string;
  readonly #connections: number;
  readonly #log: Log;
  #lock: { release(): void } | undefined;
  #account: Account = {};
  #programs: Programs | undefined;
  #address: Address | undefined;
  #run: KeptPostgres | undefined;
  /** Aborted when the server stops. */
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  /** Called when a new run listens elsewhere than the one before. */
  onMoved: (url: string) => void = () => undefined;

  /**
   * @param dataDir the folder of the embedded parts; Postgres' own is `postgres` in it
   * @param connections how many the server itself will open at most
   */
  constructor(dataDir: string, connections: number, log: Log) {
    this.#dataDir = path.resolve(dataDir);
    this.#folder = path.join(this.#dataDir, 'postgres');
    this.#connections = connections;
    this.#log = log;
  }

  get url(): string {
    if (!this.#address) throw new Error('the embedded Postgres has not been started');
    return addressUrl(this.#address);
  }

  /**
   * Resolves when Postgres answers and has the database.
   *
   * @throws FolderInUse, or Error of one line saying what to do
   */
  async start(): Promise<void> {
    mkdirSync(this.#dataDir, { recursive: true });
    this.#account = postgresAccount(this.#folder, this.#log);
    this.#lock = lockFolder(path.join(this.#dataDir, 'postgres.lock'), this.#dataDir);
    try {
      this.#programs = preparePrograms(this.#account, this.#dataDir, this.#log);
      const before = readAddress(this.#dataDir);
      if (!before && existsSync(this.#folder))
        throw new Error(`${addressFile(this.#dataDir)} with the password of ${this.#folder} is missing: put it back`);
      const address = before ?? { port: 0, user: OWNER_ROLE, password: newPassword(), database: OWNER_ROLE };
      writeAddress(this.#dataDir, address);
      this.#address = address;
      ensureCluster(this.#folder, this.#programs, this.#account, address.password, this.#log);
      await this.#launch().catch((error: Error) => {
        // Between our choice of a port and Postgres' listening there, another program took it.
        if (!error.message.includes('TCP/IP')) throw error;
        return this.#launch();
      });
      await this.#ensureDatabase();
      this.#watching = this.#watch();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Resolves when Postgres has stopped. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#run?.stop();
    await this.#watching;
    if (this.#run) await clearFolder(this.#folder, this.#log);
    this.#lock?.release();
  }

  /** One run, until it answers. */
  async #launch(): Promise<void> {
    if (!this.#programs || !this.#address) throw new Error('not prepared');
    await clearFolder(this.#folder, this.#log);
    const port = await freePort(this.#address.port);
    if (port !== this.#address.port) {
      this.#address = { ...this.#address, port };
      writeAddress(this.#dataDir, this.#address);
      this.onMoved(this.url);
    }
    const args = ['-D', folderFor(this.#folder, this.#account), ...serverSettings(port, this.#connections)];
    // From here to the next wait nothing comes between: either we see the stop, or the stop sees this run.
    this.#stopping.signal.throwIfAborted();
    const run = new KeptPostgres(this.#programs.postgres, args, this.#folder, this.#account, this.#logFile);
    this.#run = run;
    await this.#untilItAnswers(run);
  }

  get #logFile(): string {
    return path.join(this.#dataDir, 'postgres.log');
  }

  async #untilItAnswers(run: KeptPostgres): Promise<void> {
    const began = Date.now();
    for (let told = 0; ; await sleep(ASK_EVERY_MS)) {
      if (run.ended) throw new Error(`Postgres ended (${run.ended}): ${run.lastWords()}`);
      const waited = Date.now() - began;
      if (waited > RECOVERY_MS) throw new Error(`Postgres does not answer; see ${this.#logFile}`);
      if (waited - told > TELL_EVERY_MS) {
        told = waited;
        this.#log.info(
          `waiting for Postgres, which may be replaying its log after a crash (${Math.round(waited / 1e3)} s)`,
        );
      }
      if (await answers(addressUrl({ ...this.#required, database: 'postgres' }))) return;
    }
  }

  get #required(): Address {
    if (!this.#address) throw new Error('not prepared');
    return this.#address;
  }

  async #ensureDatabase(): Promise<void> {
    const client = new pg.Client({
      connectionString: addressUrl({ ...this.#required, database: 'postgres' }),
      connectionTimeoutMillis: 15_000,
      statement_timeout: 60_000,
    });
    await client.connect();
    try {
      const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [this.#required.database]);
      if (found.rowCount === 0)
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(this.#required.database)}`);
    } finally {
      await client.end();
    }
  }

  /** Starts Postgres again whenever it, or its keeper, has died; more patiently while that does not help. */
  async #watch(): Promise<void> {
    let backoff = BACKOFF_MS.first;
    for (;;) {
      await this.#run?.end;
      if (this.#stopping.signal.aborted) return;
      this.#log.error(`Postgres ended (${this.#run?.ended}); starting it again`);
      try {
        await this.#launch();
        backoff = BACKOFF_MS.first;
        this.#log.info('Postgres answers again');
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#log.error(`${(error as Error).message}; trying again in ${backoff} ms`);
        await sleep(backoff, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
        backoff = Math.min(backoff * 2, BACKOFF_MS.most);
      }
    }
  }
}

/** A port nobody listens on: the wanted one if it is free, so that others find us where we were. */
async function freePort(wanted: number): Promise<number> {
  for (const port of wanted ? [wanted, 0] : [0]) {
    const found = await new Promise<number | undefined>((resolve) => {
      const server = createServer()
        .once('error', () => resolve(undefined))
        .listen(port, '127.0.0.1', () => {
          const address = server.address();
          server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
        });
    });
    if (found) return found;
  }
  throw new Error('no free port on 127.0.0.1 for the embedded Postgres');
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    // 28P01: it answers, and the password is not the one we have. Waiting does not mend that.
    if ((error as { code?: string }).code === '28P01')
      throw new Error('the password in postgres.json is not that of Postgres', { cause: error });
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
