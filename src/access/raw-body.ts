import { RouteConfig } from '@nestjs/platform-fastify';

/** What a route says that takes its body as it comes. */
export interface RawBodyConfig {
  readonly rawBody?: true;
}

/** What files are sent as. */
export const RAW_TYPES = [
  'text/csv',
  'application/csv',
  'application/gpx+xml',
  'application/xml',
  'application/gzip',
  'application/x-gzip',
  'application/octet-stream',
];

/**
 * Lets a route have its body as a stream that nobody has read: `@Req() { body }: { body: Readable }`, in one of RAW_TYPES. Nothing of
 * it is taken from the socket before the route does, so nothing is before the guard has let it in.
 */
export function RawBody(): MethodDecorator {
  return RouteConfig({ rawBody: true } satisfies RawBodyConfig);
}
