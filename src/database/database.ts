import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Config } from '../config.ts';
import { openPool, prismaOn, untilItAnswers } from './connections.ts';
import { readDurability, requireDurable, type Durability } from './durability.ts';
import { addressUrl, readAddress } from './embedded/data-folder.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { Log } from './log.ts';
import { migrate, migrationsFolder, readMigrations } from './migrations.ts';
import { FixMonths } from './partitions.ts';
import { requireVersion } from './version.ts';

export type DatabaseConfig = Pick<
  Config,
  'DATABASE_URL' | 'DATA_DIR' | 'DATABASE_CONNECTIONS' | 'DATABASE_TIMEOUT_S' | 'ALLOW_UNSAFE_DB'
>;

/** What a store's statement runs on: the client, or a transaction of it. */
export type Sql = Prisma.TransactionClient;

/** A health check answers sooner than any monitor gives up. */
const REACHABLE_MS = 2_000;

/** The database: ours under DATA_DIR, or the one at DATABASE_URL. Start it before whatever asks it, stop it after. */
export class Database {
  readonly #config: DatabaseConfig;
  readonly #log: Log;
  readonly #timeoutMs: number;
  #embedded: EmbeddedPostgres | undefined;
  #open: { pool: pg.Pool; client: PrismaClient; months: FixMonths; durability: Durability } | undefined;

  constructor(config: DatabaseConfig, log: Log) {
    this.#config = config;
    this.#log = log;
    this.#timeoutMs = config.DATABASE_TIMEOUT_S * 1_000;
  }

  /** A started database. */
  static async open(config: DatabaseConfig, log: Log): Promise<Database> {
    const database = new Database(config, log);
    await database.start();
    return database;
  }

  /**
   * Resolves when the database is there, checked and migrated.
   *
   * @throws Error of one line saying what to do: folder in use, unreachable, too old, unsafe, or of another program's tables
   */
  async start(): Promise<void> {
    if (this.#config.DATABASE_URL === undefined) {
      this.#embedded = new EmbeddedPostgres(this.#config.DATA_DIR, this.#config.DATABASE_CONNECTIONS, this.#log);
      await this.#embedded.start();
    }
    const pool = openPool(this.url, this.#config.DATABASE_CONNECTIONS, this.#timeoutMs, this.#log);
    if (this.#embedded) this.#embedded.onMoved = (url) => (pool.options.connectionString = url);
    try {
      await untilItAnswers(pool, this.#timeoutMs);
      await requireVersion(pool);
      const durability = await readDurability(pool);
      requireDurable(durability, this.#config.ALLOW_UNSAFE_DB);
      if (durability.unsafe.length > 0)
        this.#log.warn(`ALLOW_UNSAFE_DB: acknowledged fixes may be lost (${durability.unsafe.join(', ')})`);
      await migrate(this.url, readMigrations(migrationsFolder()), this.#log);
      const months = new FixMonths(pool);
      const now = new Date();
      await months.ensure([now.getTime(), Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)]);
      this.#open = { pool, client: prismaOn(pool), months, durability };
    } catch (error) {
      await pool.end();
      await this.#embedded?.stop();
      throw error;
    }
  }

  /** Ends the connections, then the embedded Postgres. The last thing a server does. */
  async stop(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open) {
      await open.client.$disconnect();
      await open.pool.end();
    }
    await this.#embedded?.stop();
  }

  /** Prisma; stores use its tagged `$queryRaw` and `$executeRaw`. */
  get client(): PrismaClient {
    return this.#started.client;
  }

  /** Where the database is, with its password. */
  get url(): string {
    const url = this.#config.DATABASE_URL ?? this.#embedded?.url;
    if (url === undefined) throw new Error('the database has not been started');
    return url;
  }

  /** What was found at the start about outliving a crash; shown in /health/ready. */
  get durability(): Durability {
    return this.#started.durability;
  }

  /** Whether a statement is answered within two seconds. */
  async isReachable(): Promise<boolean> {
    // With a timeout of its own, so that a connection on which nobody answers is given up at once.
    const question = { text: 'SELECT', query_timeout: REACHABLE_MS } as pg.QueryConfig;
    const asked = this.#open?.pool.query(question).then(
      () => true,
      () => false,
    );
    const waited = new AbortController();
    const answer = await Promise.race([
      asked ?? false,
      sleep(REACHABLE_MS, false, { signal: waited.signal }).catch(() => false),
    ]);
    waited.abort();
    return answer;
  }

  /**
   * All of the work's statements or none. Keep it short, and wait for nothing but its own statements in it.
   *
   * @throws whatever the work threw, or Prisma's error when a connection or the end takes longer than DATABASE_TIMEOUT_S
   */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.client.$transaction(work, { maxWait: this.#timeoutMs, timeout: this.#timeoutMs });
  }

  /**
   * Makes sure that fixes of these times (milliseconds since 1970) can be stored: call it before the transaction that
   * stores them, never in it.
   */
  async ensureMonths(times: Iterable<number>): Promise<void> {
    await this.#started.months.ensure(times);
  }

  get #started() {
    if (!this.#open) throw new Error('the database has not been started');
    return this.#open;
  }
}

/**
 * The address of the database, for a command beside the server.
 *
 * @throws Error of one line when the embedded Postgres has never run under DATA_DIR
 */
export function databaseUrl(config: Pick<Config, 'DATABASE_URL' | 'DATA_DIR'>): string {
  if (config.DATABASE_URL !== undefined) return config.DATABASE_URL;
  const address = readAddress(config.DATA_DIR);
  if (!address) throw new Error(`no database under ${config.DATA_DIR}: start the server once, or set DATA_DIR`);
  return addressUrl(address);
}
