import { sqlStateOf } from '../database/failure.ts';

/** Classes of SQLSTATE that blame the statement's values: they fail again however often they are tried. */
const CONTENT_CLASSES = ['22', '23', '54'];

/** The SQLSTATE by which the database refused a value for what it is; null: the error says nothing against the values. */
export function contentFault(error: unknown): string | null {
  const state = sqlStateOf(error);
  return state !== null && CONTENT_CLASSES.includes(state.slice(0, 2)) ? state : null;
}
