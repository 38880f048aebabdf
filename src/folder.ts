import { readdir } from 'node:fs/promises';

/** A member of a folder that is found, not listed: adding one is adding a file. */
interface Named {
  readonly name: string;
}

/**
 * Imports every member of a folder: each file default-exports one and is named after it. Files that begin with the contract's
 * name (`except`) and tests are no members.
 *
 * @throws Error at boot when a file has no default export, or its name is not its file's name.
 */
export async function loadFolder<T extends Named>(
  folder: URL,
  except: readonly string[],
): Promise<ReadonlyMap<string, T>> {
  const files = (await readdir(folder)).filter((file) => /^[a-z0-9-]+\.(ts|js)$/.test(file)).sort();
  const members = new Map<string, T>();
  for (const file of files) {
    const name = file.replace(/\.(ts|js)$/, '');
    if (except.includes(name)) continue;
    const { default: member } = (await import(new URL(file, folder).href)) as { default?: T };
    if (member?.name !== name)
      throw new Error(`${folder.pathname}${file} must default-export a member named '${name}'`);
    members.set(name, member);
  }
  return members;
}
