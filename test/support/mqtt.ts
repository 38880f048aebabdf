import { Publisher } from '../../simulator/publisher.ts';

export interface Login {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly window?: number;
}

/** A collar or gateway that is connected. */
export async function connectCollar(login: Login): Promise<Publisher> {
  const publisher = new Publisher(login);
  await publisher.connect();
  return publisher;
}

/** Publishes JSON as one collar and resolves when it is acknowledged. */
export function publishFix(publisher: Publisher, serial: string, payload: unknown): Promise<void> {
  const text = typeof payload === 'string' || payload instanceof Uint8Array ? payload : JSON.stringify(payload);
  return publisher.publish(`collars/${serial}/fixes`, text);
}
