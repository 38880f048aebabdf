// `npm test`: prepares what the tests need (the Prisma client, dist/ for the end-to-end tests) and runs Jest on ES modules.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from './build.mjs';

const require = createRequire(import.meta.url);
try {
  build();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin/jest.js');
const child = spawn(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning', jest, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
