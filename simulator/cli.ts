import type { Command, Surroundings } from './command.ts';
import { UsageError } from './options.ts';

/**
 * Runs one command.
 *
 * @returns exit code: 0 done, 1 it did not work, 2 it was asked for wrongly; each of the latter with one line that says why
 */
export async function run(
  commands: readonly Command[],
  [name, ...args]: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { terminal } = surroundings;
  if (name === undefined || name === '--help' || name === 'help') {
    await terminal.print(overview(commands));
    return name === undefined ? 2 : 0;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    terminal.tell(`no command ${name}: expected ${commands.map((each) => each.name).join(', ')}`);
    return 2;
  }
  if (args.includes('--help')) {
    await terminal.print(command.help);
    return 0;
  }
  try {
    return await command.run(args, surroundings);
  } catch (error) {
    const { message, name: kind } = error as Error;
    terminal.tell(`${name}: ${message || kind}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function overview(commands: readonly Command[]): string {
  const lines = commands.map((command) => `  ${command.name.padEnd(8)}${command.summary}`);
  return `npm run simulate -- COMMAND [options]\n\n${lines.join('\n')}\n\nEach has --help.`;
}
