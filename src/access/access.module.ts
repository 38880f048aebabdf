import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.ts';
import { Admissions } from './admissions.ts';
import { Secrets } from './secret.ts';
import { SessionController } from './session.controller.ts';
import { LiveTicketController, TokenController } from './token.controller.ts';
import { TokenService } from './token.service.ts';
import { TokenStore } from './token.store.ts';

/** Who may see what. Importing it once closes every route of the application that does not say whom it is open to. */
@Global()
@Module({
  controllers: [SessionController, TokenController, LiveTicketController],
  providers: [TokenStore, TokenService, Admissions, Secrets, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [TokenService, Admissions, Secrets],
})
export class AccessModule {}
