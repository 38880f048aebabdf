// `npm start`: builds where that is needed, then becomes the server. One process, so that a signal reaches it.
import { build } from './build.mjs';

if (process.argv.includes('--demo')) process.env.DEMO = '1';

try {
  build();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
await import('../dist/src/main.js');
