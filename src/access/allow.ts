import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Admission } from './admission.ts';
import type { PersonRole, Principal } from './principal.ts';
import type { Answer } from './visible.ts';

export const ALLOWED_ROLES = 'access:allowed-roles';
export const PUBLIC_ROUTE = 'access:public-route';

/** A decorator of routes whose answers went through visibility.ts: on any other method it does not compile. */
type RouteDecorator = <Route extends (...args: never[]) => Answer | Promise<Answer>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Route>,
) => void;

/** Opens a route, or an event of a websocket, to these roles. One with neither this nor Public is closed to everybody. */
export function Allow(...roles: [PersonRole, ...PersonRole[]]): RouteDecorator {
  return SetMetadata(ALLOWED_ROLES, roles);
}

/** Opens a route to everybody, signed in or not. */
export function Public(): RouteDecorator {
  return SetMetadata(PUBLIC_ROUTE, true);
}

/** A request that the guard let in, or a socket that was let in at its upgrade. */
export interface AdmittedRequest {
  admission?: Admission;
}

function admissionOf(context: ExecutionContext): Admission {
  const { admission } = context.switchToHttp().getRequest<AdmittedRequest>();
  if (!admission) throw new Error('a public route has no caller');
  return admission;
}

/** Who asks, in a route that is not public: `@Caller() caller: Principal`. */
export const Caller: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal => admissionOf(context).principal,
);

/** Who asks and by which credential, for routes that hand on a part of it. */
export const CallerAdmission: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext): Admission => admissionOf(context),
);
