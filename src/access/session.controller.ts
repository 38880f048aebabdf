import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Admission } from './admission.ts';
import { Admissions } from './admissions.ts';
import { Allow, Caller, CallerAdmission, Public } from './allow.ts';
import { AnswerSchema, BodySchema, Checked } from './checked-input.ts';
import type { Principal } from './principal.ts';
import { sessionCookie } from './session-cookie.ts';
import { SESSION_S, TokenService } from './token.service.ts';
import { withoutPosition } from './visibility.ts';
import type { Visible } from './visible.ts';

const credential = z.string().min(1).max(512);
const SignIn = z
  .strictObject({ code: credential.optional(), token: credential.optional() })
  .refine(({ code, token }) => (code === undefined) !== (token === undefined), 'expected either code or token');

/** Who one is, as a page shows it. */
const Identity = z.object({
  name: z.string(),
  role: z.string(),
  farms: z.array(z.string()),
  until: z.string().nullable(),
});
type Identity = z.output<typeof Identity>;

/** What this controller needs of Fastify's reply. */
interface HeaderReply {
  header(name: string, value: string): unknown;
}

/** Browser sessions: a cookie that no script reads and no foreign page sends. */
@ApiTags('access')
@Controller('session')
export class SessionController {
  constructor(
    private readonly tokens: TokenService,
    private readonly admissions: Admissions,
  ) {}

  /** Exchanges the code of a sign-in link, or a token, for a session. */
  @Post()
  @Public()
  @BodySchema(SignIn)
  @AnswerSchema(201, 'Signed in; the session is in an HttpOnly cookie.', Identity)
  async signIn(
    @Req() request: { raw: IncomingMessage },
    @Res({ passthrough: true }) reply: HeaderReply,
    @Body(Checked(SignIn)) { code, token }: z.output<typeof SignIn>,
  ): Promise<Visible<Identity>> {
    // A page that is not ours must not sign people in either: they would act under somebody else's name.
    const { origin } = request.raw.headers;
    if (origin !== undefined) this.admissions.demandOrigin(request.raw);
    const { session, admission } = await this.admissions.attempt(request.raw, () =>
      code === undefined ? this.tokens.sessionFromToken(token ?? '') : this.tokens.sessionFromCode(code),
    );
    reply.header('set-cookie', cookie(session, SESSION_S, origin));
    return identityOf(admission.principal);
  }

  /** Who one is. */
  @Get()
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  @AnswerSchema(200, 'Name, role, a farmer’s farms, and when the credential ends.', Identity)
  who(@Caller() caller: Principal): Visible<Identity> {
    return identityOf(caller);
  }

  /** Signs out: the session ends, here and in every open socket. A bearer token is not touched. */
  @Delete()
  @HttpCode(204)
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  @AnswerSchema(204, 'Signed out.')
  async signOut(
    @CallerAdmission() { principal, by }: Admission,
    @Req() request: { raw: IncomingMessage },
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Promise<void> {
    if (by === 'session') await this.tokens.revoke(principal.id);
    reply.header('set-cookie', cookie('', 0, request.raw.headers.origin));
  }
}

function identityOf({ name, role, farms, until }: Principal): Visible<Identity> {
  return withoutPosition({
    name,
    role,
    farms: [...farms],
    until: until === null ? null : new Date(until).toISOString(),
  });
}

/** Secure wherever the page itself came over TLS; behind a proxy only the page's origin tells. */
function cookie(session: string, maxAgeS: number, origin: string | undefined): string {
  return sessionCookie(session, maxAgeS, origin?.startsWith('https://') ?? false);
}
