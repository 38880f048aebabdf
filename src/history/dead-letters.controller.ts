import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewRawMessages } from '../access/visibility.ts';
import { DeadLetterHistory } from './dead-letters.store.ts';

/** A payload may be 256 KiB: this many are what one answer may hold. */
const MAX_PAGE = 100;

const DeadLettersQuery = z.strictObject({
  serial: z.string().max(200).optional(),
  reason: z.string().max(64).optional(),
  resolved: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe('Whether a retry has stored it.'),
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, `expected a whole number from 1 to ${MAX_PAGE}`)
    .transform(Number)
    .default(50),
  after: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, 'expected next of the page before')
    .optional(),
});

/** What could not be read, with its bytes and the reason. */
@ApiTags('dead letters')
@Controller('dead-letters')
export class DeadLettersController {
  constructor(private readonly letters: DeadLetterHistory) {}

  @Get()
  @Allow('admin')
  @ApiOperation({ summary: 'Dead letters, newest first' })
  @QuerySchema(DeadLettersQuery)
  @AnswerSchema(200, '{"items":[…],"next":"cursor"|null}')
  async list(
    @Caller() caller: Principal,
    @Query(Checked(DeadLettersQuery)) { after, limit, ...filter }: z.output<typeof DeadLettersQuery>,
  ) {
    const found = await this.letters.list({ ...filter, before: after ?? null, limit: limit + 1 });
    const items = found.slice(0, limit);
    return viewRawMessages(caller, { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null });
  }
}
