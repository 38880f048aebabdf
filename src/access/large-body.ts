import { RouteConfig } from '@nestjs/platform-fastify';
import type { PersonRole } from './principal.ts';

/** What a route says that takes more than others. */
export interface LargeBodyConfig {
  readonly largeBody?: { readonly bytes: number; readonly roles: readonly PersonRole[] };
}

/**
 * Lets a route take bodies of so many bytes, from these roles. Their credential is looked at before the body is read: what
 * nobody vouches for must not fill the memory. The route says Allow with the same roles beside it.
 */
export function LargeBody(bytes: number, ...roles: [PersonRole, ...PersonRole[]]): MethodDecorator {
  return RouteConfig({ largeBody: { bytes, roles } } satisfies LargeBodyConfig);
}
