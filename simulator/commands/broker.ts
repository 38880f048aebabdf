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
  const story = new ConnectionStory();
  const publisher: Publisher = new Publisher({
    url,
    username,
    ...(password !== undefined && { password }),
    window,
    onEvent: (event) => {
      const line = story.tell(event, publisher.counts.acknowledged);
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

/** What is worth telling of a connection: that it was lost, why it does not come back (each reason once), that it is back. */
class ConnectionStory {
  private lost = false;
  private toldReason: string | undefined;
  private acknowledged = 0;
  private vain = 0;

  tell(event: PublisherEvent, acknowledged: number): string | undefined {
    switch (event.kind) {
      case 'connected': {
        const told = this.lost ? `connected again, ${event.resent} sent again` : undefined;
        this.lost = false;
        return told;
      }
      case 'lost':
        this.lost = true;
        this.toldReason = event.reason;
        this.vain = acknowledged > this.acknowledged ? 0 : this.vain + 1;
        this.acknowledged = acknowledged;
        return `connection lost (${event.reason}), ${event.unacknowledged} unacknowledged${this.hint()}`;
      case 'retry': {
        const isNew = event.reason !== this.toldReason;
        this.toldReason = event.reason;
        return isNew ? `no connection (${event.reason}), trying on` : undefined;
      }
    }
  }

  private hint(): string {
    return this.vain >= VAIN_CONNECTIONS ? '; nothing is acknowledged: may it publish for these collars?' : '';
  }
}
