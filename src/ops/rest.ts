import helmet from '@fastify/helmet';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Socket } from 'node:net';
import { AccessGuard } from '../access/access.guard.ts';
import { Admissions } from '../access/admissions.ts';
import type { LargeBodyConfig } from '../access/large-body.ts';
import { RAW_TYPES, type RawBodyConfig } from '../access/raw-body.ts';
import type { Config } from '../config.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { ProblemFilter } from './problem.filter.ts';
import { RouteTable, type ServedRoute } from './route-table.ts';

/** Where REST lives. */
export const API = 'api/v1';
/** What supervisors and map programs ask stands at the root too, where they expect it: their controllers name both addresses. */
export const AT_ROOT: readonly string[] = ['health', 'metrics', 'ogc', 'tiles'].flatMap((path) => [
  path,
  `${path}/*path`,
  `${API}/${path}`,
  `${API}/${path}/*path`,
]);
/** A body is never longer, but on routes that say LargeBody. */
const BODY_BYTES = 262_144;
/** How long a request may take to arrive whole, milliseconds; on routes that say RawBody: a file of gigabytes from afar. */
const REQUEST_MS = 120_000;
const UPLOAD_MS = 6 * 3_600_000;

const ROUTE_TABLE = 'routeTable';

/** As Fastify says it of types that it has no parser for. */
const UNSUPPORTED = Object.assign(new Error('unsupported media type'), {
  code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE',
  statusCode: 415,
});

/** Only what is ours, and no frame of others around it: the page shows where the animals are. */
const CONTENT_SECURITY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    // Swagger's page and the map style their elements in place.
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    workerSrc: ["'self'", 'blob:'],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** Fastify under Nest, answering in problems even where no route was found yet. Create the application with `bodyParser: false`. */
export function restAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_BYTES,
    requestTimeout: UPLOAD_MS,
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const problem = problemOf(error, () => '');
      void reply.status(problem.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(problem));
    },
    clientErrorHandler: answerUnreadable,
  });
}

/**
 * Gives an application its base: `/api/v1`, problems, limits, headers. Call it before `app.init()` or `listen()`.
 *
 * @param atRoot controllers' paths that keep their own address instead of one under `/api/v1`
 */
export async function prepareRest(
  app: NestFastifyApplication,
  config: Pick<Config, 'ALLOWED_ORIGINS'>,
  atRoot: readonly string[] = [],
): Promise<void> {
  const routes = new RouteTable();
  const fastify = app.getHttpAdapter().getInstance();
  fastify.decorate(ROUTE_TABLE, routes);
  fastify.addHook('onRoute', (route) => {
    routes.add(route.method, route.url);
    guardLargeBody(route, app);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    boundArrival(request, reply);
    // Who may see an answer is decided anew each time: nobody in between keeps it.
    if (request.url.startsWith(`/${API}/`))
      void reply.header('cache-control', 'no-store').header('vary', 'authorization, cookie');
    done();
  });
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser(
    'application/geo+json',
    { parseAs: 'string' },
    fastify.getDefaultJsonParser('error', 'error'),
  );
  fastify.addContentTypeParser(RAW_TYPES, (request, body, done) => {
    const { rawBody } = request.routeOptions.config as RawBodyConfig;
    done(rawBody === true ? null : UNSUPPORTED, body);
  });
  await app.register(helmet, { contentSecurityPolicy: CONTENT_SECURITY });
  if (config.ALLOWED_ORIGINS.length > 0) app.enableCors({ origin: [...config.ALLOWED_ORIGINS], credentials: true });
  app.setGlobalPrefix(API, { exclude: [...atRoot] });
  app.useGlobalFilters(new ProblemFilter(routes));
}

/** Every route that an application serves, Nest's and others. */
export function servedRoutes(app: NestFastifyApplication): readonly ServedRoute[] {
  return app.getHttpAdapter().getInstance().getDecorator<RouteTable>(ROUTE_TABLE).all();
}

/** Ends a request whose body does not arrive in time. One whose body is a file ends with its answer, read or not. */
function boundArrival({ raw, routeOptions }: FastifyRequest, reply: FastifyReply): void {
  if (raw.headers['content-length'] === undefined && raw.headers['transfer-encoding'] === undefined) return;
  if ((routeOptions.config as RawBodyConfig).rawBody === true) {
    void reply.header('connection', 'close');
    return;
  }
  const late = Object.assign(new Error('too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  const cut = setTimeout(() => !raw.complete && answerUnreadable(late, raw.socket), REQUEST_MS);
  raw.once('close', () => clearTimeout(cut));
}

function guardLargeBody(route: RouteOptions, app: NestFastifyApplication): void {
  const { largeBody } = (route.config ?? {}) as LargeBodyConfig;
  if (!largeBody) return;
  route.bodyLimit = largeBody.bytes;
  const admissions = app.get(Admissions);
  const before = [route.onRequest ?? []].flat();
  route.onRequest = [
    ...before,
    async (request) => AccessGuard.demandRole(await admissions.admit(request.raw, 'change'), largeBody.roles),
  ];
}

/** What is no HTTP gets an answer that is. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ''] ?? 400;
  const problem = problemOf({ code: 'FST_CLIENT', statusCode: status }, () => '');
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
