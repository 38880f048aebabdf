export interface PublisherOptions {
  /** mqtt://host:port or mqtts://host:port */
  readonly url: string;
  /** Default: one of its own. */
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  /** Messages that may be on the way unacknowledged at most, 1 … 65,535; default 100. */
  readonly window?: number;
  /** Seconds; default 60. 0: no pings. */
  readonly keepaliveS?: number;
  /** Longest wait for a CONNACK; default 10 s. */
  readonly connectTimeoutMs?: number;
  /** First and longest wait before a connection is tried again; each is drawn from half of it to all. Default 100 ms … 5 s. */
  readonly backoffMs?: readonly [number, number];
  readonly onEvent?: (event: PublisherEvent) => void;
}

export type PublisherEvent =
  | { readonly kind: 'connected'; /** Messages sent again. */ readonly resent: number }
  | { readonly kind: 'lost'; readonly reason: string; readonly unacknowledged: number }
  | { readonly kind: 'retry'; readonly reason: string; readonly inMs: number };

/** What was handed in and was not acknowledged when the publisher was closed. It may or may not have been stored. */
export class Unacknowledged extends Error {
  override readonly name = 'Unacknowledged';
}

export interface PublisherCounts {
  /** Messages handed in. */
  readonly accepted: number;
  /** Messages whose PUBACK came, each counted once. */
  readonly acknowledged: number;
  /** Messages written a second time or more, after a lost connection. */
  readonly resent: number;
  /** Connections that were made. */
  readonly connections: number;
}
