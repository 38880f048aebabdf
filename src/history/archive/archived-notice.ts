import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { z } from 'zod';
import { ArchivedMonths, asRuns } from './archived-months.ts';

/** Names the archived months that a question touches: their fixes are not in the answer. */
export const ARCHIVED_HEADER = 'archived-months';

/** Paths below the base of REST whose answers are made of fixes of the past. */
const OF_THE_PAST =
  /^(?:\/api\/v1)?\/(?:tracks|fixes|within|visits|nearest|time-spent|encounters|presence|ogc|tiles|animals\/[^/]+\/)/;

const Period = z.object({ from: z.string().optional(), to: z.string().optional(), datetime: z.string().optional() });

/** A time of a query as epoch milliseconds; undefined: not said, open, or not readable, which the route itself tells. */
function moment(text: string | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** Says by a header that an answer lacks what is in the archive. Nobody is told where animals were: months alone are named. */
@Injectable()
export class ArchivedNotice implements NestInterceptor {
  constructor(private readonly months: ArchivedMonths) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const { url, query } = http.getRequest<{ url: string; query: unknown }>();
    if (!OF_THE_PAST.test(url)) return next.handle();
    const { data: { from, to, datetime } = {} } = Period.safeParse(query);
    const [begin, end] = datetime?.includes('/') === true ? datetime.split('/') : [datetime, datetime];
    const until = moment(to) ?? moment(end);
    const found = await this.months.within(moment(from) ?? moment(begin), until, Date.now());
    if (found.length > 0)
      http.getResponse<{ header(name: string, value: string): unknown }>().header(ARCHIVED_HEADER, asRuns(found));
    return next.handle();
  }
}
