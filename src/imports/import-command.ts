import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImportCommandError, runImport } from './import-cli.ts';

/** `npm run import -- FILE …`: sends a file to a running server, prints what is in it, and with --yes has it stored. */
async function main(): Promise<void> {
  const screen = process.stderr.isTTY;
  process.exitCode = await runImport(process.argv.slice(2), {
    token: process.env['ADMIN_TOKEN'],
    out: (line) => process.stdout.write(`${line}\n`),
    progress: (line) => void (screen && process.stderr.write(`\r\x1b[K${line}\r`)),
    save: (file, text) => writeFile(file, text),
    wait: (ms) => sleep(ms),
  });
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof ImportCommandError ? message : message.split('\n', 1)[0]}\n`);
  process.exitCode = 1;
});
