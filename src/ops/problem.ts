import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { isAway } from '../database/failure.ts';
import { Problem } from '../domain/problem.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** An error as it leaves the server (RFC 9457). */
export interface ProblemBody {
  /** Its last part is the problem's code, which is stable. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names this one occurrence; the server's log has it too. */
  readonly instance?: string;
  readonly errors?: Problem['errors'];
}

/** What is said of errors that the framework finds. Its own words may quote the request, so they stay inside. */
const FRAMEWORK: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['malformed-request', 'The request could not be read: a malformed address, header or body.'],
  404: ['unknown-address', 'There is nothing at this address.'],
  405: ['method-not-allowed', 'This address knows other methods; see Allow.'],
  406: ['not-acceptable', 'This is not to be had in any of the formats asked for.'],
  408: ['request-timeout', 'The request did not arrive in time.'],
  413: ['too-large', 'The body is longer than this address takes.'],
  414: ['address-too-long', 'A part of the address is too long.'],
  415: ['unsupported-media-type', 'Send the body as application/json.'],
  431: ['headers-too-large', 'The headers of the request are too long.'],
  503: ['unavailable', 'The server cannot answer this now. Try again soon.'],
};

/** An error as the problem to answer with. `reference` is given to those that only the log explains; it is random. */
export function problemOf(error: unknown, reference: () => string): ProblemBody {
  if (error instanceof Problem) return body(error.status, error.code, error.message, error.errors);
  if (isAway(error))
    return body(503, 'database-away', 'The database does not answer. Nothing was changed; try again soon.');
  const status = statusOf(error);
  const known = FRAMEWORK[status];
  if (known) return body(status, ...known);
  if (status >= 400 && status < 500) return body(status, 'refused', 'The request was refused.');
  const unexplained = body(500, 'internal', 'Something went wrong inside the server; its log has this reference.');
  return { ...unexplained, instance: `urn:uuid:${reference()}` };
}

function body(status: number, code: string, detail: string, errors?: Problem['errors']): ProblemBody {
  return {
    type: `/problems/${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: /[.!?…]$/.test(detail) ? detail : `${detail}.`,
    ...(errors && errors.length > 0 && { errors }),
  };
}

/** What Nest or Fastify says of its own errors; 500 for everything else. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  const framework = typeof code === 'string' && code.startsWith('FST_');
  return framework && typeof statusCode === 'number' ? statusCode : 500;
}

const TOKEN = /\bcw_[A-Za-z0-9_-]{8,}/g;
const PRECISE_NUMBER = /-?\d{1,3}\.\d{3,}/g;

/** An unexplained error for the log: with its way through the code, without tokens and places that a message may quote. */
export function loggable(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  return text.replace(TOKEN, 'cw_…').replace(PRECISE_NUMBER, '…');
}
