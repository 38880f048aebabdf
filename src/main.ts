import 'reflect-metadata';
import { readConfig, ConfigError } from './config.ts';
import { createLog } from './ops/logger.ts';

/** How long a stop may take in all before the process ends anyway. */
const LAST_RESORT_MS = 60_000;

/** Signals this close together are one. */
const SAME_SIGNAL_MS = 1_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(config.LOG_LEVEL, process.stderr.isTTY);
  // Only now: a wrong setting is told at once, and not after everything was loaded.
  const { Server } = await import('./server.ts');
  const server = new Server(config, log);

  let stoppingSince: number | null = null;
  const stop = (signal: NodeJS.Signals) => {
    if (stoppingSince !== null) {
      // Whoever presses Ctrl-C twice means it; but npm hands on a signal that the terminal has sent us already.
      if (Date.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = Date.now();
    log.info(`${signal}: stopping`);
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error(`stopping: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const ready = await server.start();
  process.stdout.write(`ready ${JSON.stringify(ready)}\n`);
  await server.greet();
}

/** One line that says what is wrong and names the setting. */
function lineOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, syscall, port } = error as { code?: string; syscall?: string; port?: number };
  if (code === 'EADDRINUSE' && syscall === 'listen')
    return `port ${port} is taken: set HTTP_PORT or MQTT_PORT to another, or 0 for a free one`;
  return error instanceof Error ? error.message : String(error);
}

main().catch((error: unknown) => {
  process.stderr.write(`collarwatch: ${lineOf(error).split('\n', 1)[0]}\n`);
  process.exit(1);
});
