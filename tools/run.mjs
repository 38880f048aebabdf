// Runs one of our programs from dist/, building first where that is needed: node tools/run.mjs simulator/main.js …arguments
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { build } from './build.mjs';

const [program, ...args] = process.argv.slice(2);
try {
  build();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const file = path.resolve(import.meta.dirname, '../dist', program);
process.argv = [process.argv[0], file, ...args];
await import(pathToFileURL(file).href);
