/** What a database error tells, whichever of pg, the adapter and Prisma wrapped it. */
interface Told {
  readonly originalCode?: unknown;
  readonly code?: unknown;
  readonly kind?: unknown;
  readonly message?: unknown;
  readonly meta?: { readonly driverAdapterError?: unknown };
  readonly cause?: unknown;
}

const MAX_WRAPS = 5;

function* layers(error: unknown): Generator<Told> {
  for (let layer = error, wraps = 0; typeof layer === 'object' && layer !== null && wraps < MAX_WRAPS; wraps++) {
    const told = layer as Told;
    yield told;
    layer = told.cause ?? told.meta?.driverAdapterError;
  }
}

/** Prisma's own codes (P2010) look the same; Postgres has of that class only P0. */
const SQLSTATE = /^(?!P[1-9])[0-9A-Z]{5}$/;

/** The SQLSTATE of a refused statement (five characters); null: the error carries none. */
export function sqlStateOf(error: unknown): string | null {
  for (const { originalCode, code } of layers(error)) {
    for (const state of [originalCode, code]) if (typeof state === 'string' && SQLSTATE.test(state)) return state;
  }
  return null;
}

/** Classes of SQLSTATE that blame the connection, the server or its load, not the statement. */
const AWAY = /^(08|53|57P|57014|55P03|25P03|58)/;
/** Prisma's own codes for the same. */
const AWAY_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028']);
const AWAY_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);
/** pg and its pool give these no code. */
const AWAY_MESSAGES =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|the database has not been started)/;

/** Whether the database could not be asked or did not answer in time: the same may well work later. */
export function isAway(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== null && AWAY.test(state)) return true;
  for (const { code, kind, message } of layers(error)) {
    if (typeof code === 'string' && (AWAY_CODES.has(code) || /^(ECONN|ETIMEDOUT|ENOTFOUND|EPIPE)/.test(code)))
      return true;
    if (typeof kind === 'string' && AWAY_KINDS.has(kind)) return true;
    if (typeof message === 'string' && AWAY_MESSAGES.test(message)) return true;
  }
  return false;
}
