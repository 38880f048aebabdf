import type { LoggerService } from '@nestjs/common';
import { destination, pino, type Level, type Logger } from 'pino';
import pretty from 'pino-pretty';

/** Names under which a secret or a place could stray into a log line. */
const SECRET = ['token', 'secret', 'password', 'authorization', 'cookie', 'lat', 'lon', 'coordinates'];

/**
 * The server's log, on standard error, for standard output belongs to the `ready` line: JSON lines, or for eyes when those are
 * at a terminal.
 */
export function createLog(level: string, isTerminal: boolean): Logger {
  const redact = SECRET.flatMap((name) => [name, `*.${name}`]);
  const target = isTerminal
    ? pretty({
        destination: 2,
        sync: true,
        translateTime: 'SYS:HH:MM:ss',
        ignore: 'room',
        messageFormat: '{if room}{room}: {end}{msg}',
      })
    : destination({ dest: 2, sync: true });
  return pino({ level, redact, base: null }, target);
}

/** What Nest tells of its own making, route by route: for whoever looks for a fault in the wiring. */
const WIRING = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'WebSocketsController']);

function textOf(message: unknown): string {
  if (message instanceof Error) return message.stack ?? message.message;
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** Lets Nest, and our rooms through `new Logger('room')`, write to the server's log. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest gives the room last, and the stack of an error before it. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const room = rest.at(-1);
    const stack = rest.length > 1 ? rest[0] : undefined;
    const context = {
      ...(typeof room === 'string' ? { room } : {}),
      ...(typeof stack === 'string' ? { stack } : {}),
    };
    const shown = level === 'info' && typeof room === 'string' && WIRING.has(room) ? 'debug' : level;
    this.target[shown](context, textOf(message));
  }
}
