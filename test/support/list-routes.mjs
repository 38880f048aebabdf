// Prints, as one line of JSON, every route and every websocket event of the built server, with whom its code opens it to.
// A process of its own: Jest cannot load all that the server serves beside REST.
import { auditEvents, auditRoutes } from '../../dist/src/access/route-audit.js';
import { readConfig } from '../../dist/src/config.js';
import { createLog } from '../../dist/src/ops/logger.js';
import { servedRoutes } from '../../dist/src/ops/rest.js';
import { Server } from '../../dist/src/server.js';

const server = new Server(readConfig(process.env), createLog('silent'));
await server.start();
const { app } = server;
process.stdout.write(
  `${JSON.stringify({ served: servedRoutes(app), declared: auditRoutes(app), events: auditEvents(app) })}\n`,
);
await server.stop();
process.exit(0);
