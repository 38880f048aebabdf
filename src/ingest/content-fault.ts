/** Classes of SQLSTATE that blame the statement's values: they fail again however often they are tried. */
const CONTENT_CLASSES = ['22', '23', '54'];

/** The SQLSTATE that a database error carries, however its client wraps it; null: none. */
function sqlStateOf(error: unknown): string | null {
  for (let cause = error, depth = 0; typeof cause === 'object' && cause !== null && depth < 5; depth++) {
    const { originalCode, code, meta } = cause as {
      originalCode?: unknown;
      code?: unknown;
      meta?: { driverAdapterError?: unknown };
    };
    for (const state of [originalCode, code])
      if (typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state)) return state;
    cause = (cause as { cause?: unknown }).cause ?? meta?.driverAdapterError;
  }
  return null;
}

/** The SQLSTATE by which the database refused a value for what it is; null: the error says nothing against the values. */
export function contentFault(error: unknown): string | null {
  const state = sqlStateOf(error);
  return state !== null && CONTENT_CLASSES.includes(state.slice(0, 2)) ? state : null;
}
