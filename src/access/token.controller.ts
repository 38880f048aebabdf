import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Id } from '../domain/id.ts';
import { Problem } from '../domain/problem.ts';
import type { Admission } from './admission.ts';
import { Allow, CallerAdmission } from './allow.ts';
import { AnswerSchema, BodySchema, Checked } from './checked-input.ts';
import { PERSON_ROLES } from './principal.ts';
import { TICKET_S, TokenService, type MadeToken } from './token.service.ts';
import type { ListedToken } from './token.store.ts';
import { withoutPosition } from './visibility.ts';
import type { Visible } from './visible.ts';

/** A token to make: REST and the command take the same. */
export const TokenRequestSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    role: z.enum(PERSON_ROLES),
    farms: z.array(Id).max(1_000).optional(),
    expiresInDays: z.number().positive().max(3_650).optional(),
  })
  .refine(({ role, farms }) => role !== 'farmer' || (farms?.length ?? 0) > 0, {
    path: ['farms'],
    error: 'expected the ids of the farmer’s farms, one at least',
  })
  .refine(({ role, farms }) => role === 'farmer' || farms === undefined, {
    path: ['farms'],
    error: 'expected none: only a farmer is bound to farms',
  });

const Listed = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  farms: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});

/** Tokens of programs and people. */
@ApiTags('access')
@Controller('tokens')
export class TokenController {
  constructor(private readonly tokens: TokenService) {}

  /** Makes a token. It is shown in this answer and never again. */
  @Post()
  @Allow('admin')
  @BodySchema(TokenRequestSchema)
  @AnswerSchema(201, 'The token, once.', Listed.extend({ token: z.string() }))
  async create(
    @Body(Checked(TokenRequestSchema)) request: z.output<typeof TokenRequestSchema>,
  ): Promise<Visible<MadeToken>> {
    return withoutPosition(await this.tokens.create(request));
  }

  /** All tokens, newest first, revoked and expired ones too. */
  @Get()
  @Allow('admin')
  @AnswerSchema(200, 'Tokens without their text.', z.object({ items: z.array(Listed) }))
  async list(): Promise<Visible<{ items: ListedToken[] }>> {
    return withoutPosition({ items: await this.tokens.list() });
  }

  /** Revokes a token; sessions and sockets that were opened with it end. */
  @Delete(':id')
  @HttpCode(204)
  @Allow('admin')
  @AnswerSchema(204, 'Revoked.')
  async revoke(@Param('id', Checked(z.uuid())) id: string): Promise<void> {
    if (!(await this.tokens.revoke(id))) throw new Problem(404, 'unknown-token', 'There is no such token.');
  }
}

const Ticket = z.object({ ticket: z.string(), expiresInS: z.number() });

/** Tickets for pages and programs that cannot send a header with their websocket's upgrade. */
@ApiTags('live')
@Controller('live/ticket')
export class LiveTicketController {
  constructor(private readonly tokens: TokenService) {}

  /** A ticket that opens one websocket within 30 s: `GET /live?ticket=…`. */
  @Post()
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  @AnswerSchema(201, 'The ticket.', Ticket)
  async create(@CallerAdmission() admission: Admission): Promise<Visible<z.output<typeof Ticket>>> {
    return withoutPosition({ ticket: await this.tokens.createTicket(admission), expiresInS: TICKET_S });
  }
}
