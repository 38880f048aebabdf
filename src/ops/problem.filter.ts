import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { loggable, PROBLEM_TYPE, problemOf, type ProblemBody } from './problem.ts';
import type { RouteTable } from './route-table.ts';

/** Lets every error out as a problem, whether a room threw it, Nest, or Fastify before Nest was asked. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('rest');

  constructor(private readonly routes: RouteTable) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Answers a request with the problem that an error is. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = this.problemOf(error);
    if (reply.raw.headersSent) {
      // Half an answer cannot be taken back: the client must see that it is not whole.
      reply.raw.destroy();
      return;
    }
    const elsewhere = request.is404 ? this.routes.methodsOf(request.url) : [];
    if (problem.status === 404 && elsewhere.length > 0) {
      void reply.header('allow', elsewhere.join(', '));
      send(reply, this.problemOf({ code: 'FST_METHOD', statusCode: 405 }));
      return;
    }
    if (problem.status === 401) void reply.header('www-authenticate', challenge(problem));
    if (problem.status === 429) void reply.header('retry-after', '60');
    if (problem.status === 503) void reply.header('retry-after', '2');
    send(reply, problem);
  }

  private problemOf(error: unknown): ProblemBody {
    const reference = randomUUID();
    const problem = problemOf(error, () => reference);
    if (problem.instance) this.logger.error(`${problem.instance} ${loggable(error)}`);
    return problem;
  }
}

function challenge({ type }: ProblemBody): string {
  const realm = 'Bearer realm="collarwatch"';
  return type.endsWith('/unknown-credential') ? `${realm}, error="invalid_token"` : realm;
}

function send(reply: FastifyReply, problem: ProblemBody): void {
  void reply.status(problem.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(problem));
}
