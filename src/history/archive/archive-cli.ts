import { endOfMonth } from '../../database/months.ts';
import type { ArchiveStore } from './archive.store.ts';
import type { Archiving } from './archiving.ts';

export const USAGE = `npm run archive -- list             the files of the archive
npm run archive -- check [2019-05]  reads files and compares them with what was written
npm run archive -- restore 2019-05  puts a month back into the database, where it stays for 30 days
npm run archive -- put 2019-05      archives a month that is over, whatever the retention`;

/** A command that cannot be done as it was written. The message is for the person who wrote it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** What the command works with. */
export interface Tools {
  readonly store: ArchiveStore;
  readonly archiving: Archiving;
  /** Makes sure that fixes of that time can be stored. */
  readonly ensureMonth: (at: number) => Promise<void>;
  readonly now: number;
  readonly out: (line: string) => void;
}

/** @throws CommandError */
export async function runArchiveCommand(args: readonly string[], tools: Tools): Promise<void> {
  const [command, month, ...more] = args;
  if (more.length > 0) throw new CommandError(USAGE);
  if (month !== undefined && !/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
    throw new CommandError(`${month}: expected a month like 2019-05`);
  if (command === 'list' && month === undefined) return list(tools);
  if (command === 'check') return check(tools, month);
  if (command === 'restore' && month !== undefined) return restore(tools, month);
  if (command === 'put' && month !== undefined) return put(tools, month);
  throw new CommandError(USAGE);
}

async function list({ store, archiving, out }: Tools): Promise<void> {
  for (const { file, month, rows, bytes, restoredAt } of await store.files()) {
    const back = restoredAt === null ? '' : `, put back ${new Date(restoredAt).toISOString()}`;
    out(`${month}\t${file}\t${rows} fixes\t${bytes} bytes${back}`);
  }
  for (const file of await archiving.strangers()) out(`-\t${file}\tis not known to the database`);
}

async function check({ store, archiving, out }: Tools, month: string | undefined): Promise<void> {
  const files = await filesOf(store, month);
  for (const file of files) {
    await archiving.check(file);
    out(`${file.month}\t${file.file}\t${file.rows} fixes, as written`);
  }
}

async function restore({ store, archiving, ensureMonth, out }: Tools, month: string): Promise<void> {
  await filesOf(store, month);
  await ensureMonth(endOfMonth(month) - 1);
  const { rows, added } = await archiving.restore(month);
  out(`${month}: ${added} of ${rows} fixes were put back${added < rows ? '; the others were there' : ''}`);
}

async function put({ store, archiving, now, out }: Tools, month: string): Promise<void> {
  const found = (await store.months()).find((one) => one.month === month);
  if (!found || (await store.isEmpty(found)))
    throw new CommandError(`${month}: there are no fixes of it in the database`);
  if (endOfMonth(month) > now) throw new CommandError(`${month} is not over`);
  const { file, rows, bytes } = await archiving.archive(found);
  out(`${month}: ${rows} fixes are in ${file}, ${bytes} bytes`);
}

async function filesOf(store: ArchiveStore, month: string | undefined) {
  const files = await store.files(month);
  if (month !== undefined && files.length === 0) throw new CommandError(`${month} is not in the archive`);
  return files;
}
