import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';
import type { Log } from './log.ts';

/** Statements kept prepared on each connection. Texts beyond (lists of changing length) run unprepared, or memory would grow. */
const PREPARED_STATEMENTS = 500;

/**
 * Connections on which no wait is endless, and whose end is no end of the process.
 *
 * @param most connections at once
 * @param timeoutMs longest wait for a connection, a lock, a statement, or in a transaction for its next statement
 */
export function openPool(url: string, most: number, timeoutMs: number, log: Log): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: most,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
    // For a database that has fallen silent; its own timeout comes first where it can.
    query_timeout: timeoutMs + 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: 'collarwatch',
    // Prisma reads the times of a session as UTC, whatever the database was set to.
    options: '-c timezone=UTC',
  });
  // An idle connection broke. The pool has dropped it already and the next statement opens another.
  pool.on('error', (error) => log.warn(`a connection to the database broke: ${error.message}`));
  // One in use broke: its statement fails and tells. Unheard, the event would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Prisma on our connections. It prepares a statement once on each; without names it would have each one parsed anew. */
export function prismaOn(pool: pg.Pool): PrismaClient {
  const names = new Map<string, string>();
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: ({ sql }) => {
      const known = names.get(sql);
      if (known !== undefined) return known;
      if (names.size >= PREPARED_STATEMENTS) return ''; // The unnamed statement.
      const name = createHash('sha256').update(sql).digest('base64url').slice(0, 22);
      names.set(sql, name);
      return name;
    },
  });
  return new PrismaClient({ adapter });
}

/**
 * Waits for a database that is just starting.
 *
 * @throws Error of one line when it refuses us, or is not there in time
 */
export async function untilItAnswers(pool: pg.Pool, withinMs: number): Promise<void> {
  for (const began = Date.now(); ; await sleep(250)) {
    try {
      await pool.query('SELECT');
      return;
    } catch (error) {
      if (Date.now() - began > withinMs || !isNotUpYet(error)) {
        const reason = (error as Error).message || (error as { code?: string }).code;
        throw new Error(`the database does not answer: ${reason}`, { cause: error });
      }
    }
  }
}

/** As in a compose file, or after a reboot of the machine. */
function isNotUpYet(error: unknown): boolean {
  const { code } = error as { code?: string };
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', '57P03'].includes(code ?? '');
}
