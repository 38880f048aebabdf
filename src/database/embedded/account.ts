import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Log } from '../log.ts';

/** Whom Postgres runs as. Empty: as ourselves. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const NAME = 'postgres';

/**
 * The account for the embedded Postgres, which refuses to run as root. An existing data folder says it by its owner; else
 * root takes the system's `postgres`, and makes it where there is none.
 *
 * @throws Error of one line when the folder is another user's, or no account can be made
 */
export function postgresAccount(folder: string, log: Log): Account {
  const owner = statSync(folder, { throwIfNoEntry: false });
  const uid = process.getuid?.();
  if (uid === undefined) return {}; // Windows: Postgres drops its rights itself.
  if (uid !== 0) {
    if (owner && owner.uid !== uid)
      throw new Error(`data folder ${folder} belongs to user ${owner.uid}, and this is user ${uid}: run as its owner`);
    return {};
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return systemAccount() ?? makeSystemAccount(log);
}

function systemAccount(): Account | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const answer = spawnSync('id', [flag, NAME], { encoding: 'utf8' });
    return answer.status === 0 ? Number.parseInt(answer.stdout, 10) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function makeSystemAccount(log: Log): Account {
  log.info(`making the system account ${NAME}: Postgres does not run as root`);
  const ways = [
    ['useradd', '--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME],
    ['adduser', '-S', '-D', '-H', '-s', '/sbin/nologin', NAME],
  ] as const;
  for (const [command, ...args] of ways) if (spawnSync(command, args).status === 0) break;
  const made = systemAccount();
  if (made) return made;
  throw new Error(`Postgres does not run as root, and no account ${NAME} could be made: run as another user`);
}
