// What ingest is held against, in a process of its own: the least that can be done with a message, which is to acknowledge it.
import { createServer, type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { answerQuestions } from './helper-process.ts';
import { subscribeToAll } from './mqtt-connection.ts';

let received = 0;

/** A bare aedes. @returns its address */
async function aedes(): Promise<string> {
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    broker.handle(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A subscriber at a broker that acknowledges, and counts. */
async function subscriber(url: string): Promise<void> {
  await subscribeToAll({ url, clientId: 'bench-subscriber' }, (payloads) => (received += payloads.length));
}

answerQuestions({ aedes, subscriber, received: () => received });
