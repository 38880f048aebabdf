import { run } from './cli.ts';
import { farms } from './commands/farms.ts';
import { fleet } from './commands/fleet.ts';
import { replay } from './commands/replay.ts';
import { walk } from './commands/walk.ts';
import { Terminal } from './terminal.ts';

/** A terminal's Ctrl-C reaches us once by itself and once through npm: only a later one is a second one. */
const SAME_SIGNAL_MS = 1_000;

const stop = new AbortController();
let stoppedAt: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stoppedAt ??= performance.now();
    if (performance.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(130);
    stop.abort();
  });
}
process.stdout.on('error', () => stop.abort()); // who reads us has gone

process.exitCode = await run([walk, fleet, replay, farms], process.argv.slice(2), {
  terminal: new Terminal(process.stdout, process.stderr),
  stop: stop.signal,
});
