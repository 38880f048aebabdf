import { Prisma } from '../database/generated/client.ts';
import type { Span } from './span.ts';

/** The rows of a span. Its ends are said as times of the database, so that months outside are left alone. */
export function ofSpan({ collarId, from, to }: Span): Prisma.Sql {
  const begin = Number.isFinite(from) ? new Date(from).toISOString() : '-infinity';
  const end = to === null ? 'infinity' : new Date(to).toISOString();
  return Prisma.sql`collar_id = ${collarId} AND at >= ${begin}::timestamptz AND at < ${end}::timestamptz`;
}
