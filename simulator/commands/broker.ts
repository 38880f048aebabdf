import { Publisher } from '../publisher.ts';
import type { PublisherEvent } from '../publisher-options.ts';
import { brokerAddress } from '../link.ts';
import { UsageError } from '../options.ts';
import type { Terminal } from '../terminal.ts';

/** Connections in a row in which nothing was acknowledged before the likely reason is told. */
const VAIN_CONNECTIONS = 5;

export interface Login {
  readonly url: string;
  readonly username: string;
  readonly password: string | undefined;
  readonly window: number;
}

/** A connected publisher that tells on the terminal when it loses its connection and has it back. */
export async function connectPublisher(login: Login, terminal: Terminal): Promise<Publisher> {
  const { url, username, password, window } = login;
  checkUrl(url);
  let vain = 0;
  let acknowledged = 0;
  const publisher: Publisher = new Publisher({
    url,
    username,
    ...(password !== undefined && { password }),
    window,
    onEvent: (event) => {
      if (event.kind === 'lost') {
        vain = publisher.counts.acknowledged > acknowledged ? 0 : vain + 1;
        acknowledged = publisher.counts.acknowledged;
      }
      const line = describe(event, vain);
      if (line !== undefined) terminal.tell(`${username}: ${line}`);
    },
  });
  await publisher.connect().catch((error: Error) => {
    throw new Error(`${username} at ${url}: ${error.message}`);
  });
  return publisher;
}

function checkUrl(url: string): void {
  try {
    brokerAddress(url);
  } catch (error) {
    throw new UsageError(`--url: ${(error as Error).message}`);
  }
}

function describe(event: PublisherEvent, vain: number): string | undefined {
  switch (event.kind) {
    case 'connected':
      return event.resent > 0 ? `connected, ${event.resent} sent again` : undefined;
    case 'lost':
      return (
        `connection lost (${event.reason}), ${event.unacknowledged} unacknowledged` +
        (vain >= VAIN_CONNECTIONS ? '; nothing is acknowledged: may it publish for these collars?' : '')
      );
    case 'retry':
      return undefined;
  }
}
