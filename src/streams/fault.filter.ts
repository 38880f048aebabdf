import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { WebSocket } from 'ws';
import { Problem } from '../domain/problem.ts';
import { ERRORS, Fault } from './messages.ts';
import { Readers } from './readers.ts';

/** What is wrong with a frame is told to the client that sent it, and to nobody else. */
@Catch()
export class FaultFilter implements ExceptionFilter {
  private readonly logger = new Logger('streams');

  constructor(private readonly readers: Readers) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.readers.of(host.switchToWs().getClient<WebSocket>()).tellFault(this.faultOf(error));
  }

  private faultOf(error: unknown): Fault {
    if (error instanceof Fault) return error;
    if (error instanceof Problem && error.status === 403) return new Fault('forbidden', ERRORS.forbidden);
    this.logger.error(error);
    return new Fault('unavailable', ERRORS.unavailable);
  }
}
