// Builds what is older than its source: the Prisma client, then dist/. Quiet when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(file) : modified(file));
  }
  return latest;
}

function run(name, bin, args, environment = {}) {
  const result = spawnSync(process.execPath, [bin, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`${name} did not work:\n${result.stdout}${result.stderr}`);
}

/** `prisma generate` asks for a schema engine that it does not use, and would download one: any existing program satisfies it. */
export function generateClient() {
  const made = path.join(root, 'src/database/generated/client.ts');
  if (modified(made) >= modified(path.join(root, 'prisma/schema.prisma'))) return false;
  run('prisma generate', require.resolve('prisma/build/index.js'), ['generate', '--schema', 'prisma/schema.prisma'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  return true;
}

/** Compiles src, simulator and bench into dist/ with the Nest CLI. An installation without src (a container) has nothing to build. */
export function build() {
  if (!existsSync(path.join(root, 'src')) || !existsSync(path.join(root, 'node_modules/@nestjs/cli'))) return false;
  generateClient();
  const made = modified(path.join(root, 'dist/.built'));
  const source = Math.max(
    ...['src', 'simulator', 'bench'].map((folder) => newest(path.join(root, folder))),
    modified(path.join(root, 'tsconfig.build.json')),
  );
  if (made > source) return false;
  process.stderr.write('building …\n');
  run('nest build', path.join(root, 'node_modules/@nestjs/cli/bin/nest.js'), ['build']);
  run('mark', '-e', [`require('node:fs').writeFileSync('dist/.built', '')`]);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--client')) generateClient();
  else build();
}
