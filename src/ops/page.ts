import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fastifyStatic } from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** The page loads its own files and speaks to its own server: no script in the text, no other host, in no frame of another page. */
const CONTENT_SECURITY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the files of web/ at `/`, each at an address of its own. Call it before `listen()`. */
export async function servePage(app: NestFastifyApplication): Promise<void> {
  await app.register(fastifyStatic, {
    root: pageFolder(),
    wildcard: false,
    decorateReply: false,
    // Asked for each time, and answered in a few bytes while nothing has changed: an old script beside a new server would err.
    cacheControl: false,
    setHeaders: (reply) => {
      void reply.header('cache-control', 'no-cache').header('content-security-policy', CONTENT_SECURITY);
    },
  });
}

/** Beside src or dist, wherever this file runs. */
function pageFolder(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'web');
    if (existsSync(path.join(found, 'index.html'))) return found;
    if (folder === path.dirname(folder)) throw new Error('web/ is not in this installation');
  }
}
