import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { Problem } from '../domain/problem.ts';
import type { Admission } from './admission.ts';
import { Admissions } from './admissions.ts';
import { ALLOWED_ROLES, PUBLIC_ROUTE, type AdmittedRequest } from './allow.ts';
import type { PersonRole } from './principal.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Stands before every route and every event of a websocket. Closed unless it says Public, or Allow with the caller's role. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly admissions: Admissions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() === 'ws') return this.admitsEvent(context);
    if (context.getType() !== 'http') return false;
    const route = context.getHandler();
    if (this.reflector.get<true | undefined>(PUBLIC_ROUTE, route)) return true;
    const roles = this.reflector.get<readonly PersonRole[] | undefined>(ALLOWED_ROLES, route);
    if (!roles) throw forbidden();
    const request = context.switchToHttp().getRequest<AdmittedRequest & { method: string; raw: IncomingMessage }>();
    const admission = await this.admissions.admit(request.raw, READING.has(request.method) ? 'read' : 'change');
    AccessGuard.demandRole(admission, roles);
    request.admission = admission;
    return true;
  }

  /** A socket was let in at its upgrade and carries who it is. No event is public. */
  private admitsEvent(context: ExecutionContext): boolean {
    const roles = this.reflector.get<readonly PersonRole[] | undefined>(ALLOWED_ROLES, context.getHandler());
    const { admission } = context.switchToWs().getClient<AdmittedRequest>();
    if (!roles || !admission) throw forbidden();
    AccessGuard.demandRole(admission, roles);
    return true;
  }

  /** @throws Problem 403 unless one of these roles was let in */
  static demandRole({ principal }: Admission, roles: readonly PersonRole[]): void {
    if (!roles.some((role) => role === principal.role)) throw forbidden();
  }
}

function forbidden(): Problem {
  return new Problem(403, 'forbidden', 'This is not open to the role of this credential.');
}
