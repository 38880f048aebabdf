import { describeOptions, readOptions } from './options.ts';
import type { Options, Parsed } from './options.ts';
import type { Terminal } from './terminal.ts';

/** What a command works with beside its options. */
export interface Surroundings {
  readonly terminal: Terminal;
  /** Signalled when the program is to end: the command finishes what is on the way and returns. */
  readonly stop: AbortSignal;
}

/** A command of the simulator. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly help: string;
  /** @returns exit code */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>;
}

interface Definition<O extends Options> {
  readonly name: string;
  readonly summary: string;
  /** What follows the name, such as `FILE.csv [options]`. */
  readonly usage: string;
  readonly options: O;
  run(parsed: Parsed<O>, surroundings: Surroundings): Promise<number>;
}

export function command<const O extends Options>(definition: Definition<O>): Command {
  const { name, summary, usage, options } = definition;
  const help = `npm run simulate -- ${name} ${usage}\n\n${summary}\n\n${describeOptions(options)}\n  --help`;
  return { name, summary, help, run: (args, surroundings) => definition.run(readOptions(options, args), surroundings) };
}
