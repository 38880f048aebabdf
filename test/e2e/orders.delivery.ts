import type { Random } from '../../simulator/random.ts';
import type { SentFix } from '../support/slow-doubts.ts';
import type { Station } from './orders.station.ts';

/** An attempt that got no position. */
export interface FailedAttempt {
  readonly at: number;
  readonly failed: true;
}
type Sent = SentFix | FailedAttempt;

/** One message of a collar. */
export interface Message {
  readonly serial: string;
  readonly fixes: readonly Sent[];
}

/** What collars have to send, by serial, each in order of time. */
export type Logs = ReadonlyMap<string, readonly Sent[]>;

/** Everything in order of time, one fix a message. */
export function inOrder(logs: Logs): Message[] {
  return [...logs]
    .flatMap(([serial, fixes]) => fixes.map((fix) => ({ serial, fixes: [fix] })))
    .sort((a, b) => a.fixes[0]!.at - b.fixes[0]!.at);
}

/** How a collar hands in what it has stored. */
const STYLES = ['shuffled', 'newest first', 'parts newest first', 'a gap at last'] as const;

/** Everything at least once, in messages of 1 to 20 fixes of which no order is certain. */
export function outOfOrder(logs: Logs, random: Random): Message[] {
  const messages = [...logs].flatMap(([serial, fixes]) => {
    const style = STYLES[Math.floor(random.unit() * STYLES.length)]!;
    return cut(styled(fixes, style, random), random).map((part) => ({
      serial,
      fixes: withDuplicates(part, fixes, random),
    }));
  });
  // Collars interleave, and a fifth of the messages comes again.
  const keys = messages.map((message, index) => ({ message, key: index + random.between(0, messages.length) }));
  const twice = keys
    .filter(() => random.chance(0.2))
    .map(({ message, key }) => ({ message, key: key + random.between(0, messages.length) }));
  return [...keys, ...twice].sort((a, b) => a.key - b.key).map(({ message }) => message);
}

function styled(fixes: readonly Sent[], style: (typeof STYLES)[number], random: Random): Sent[] {
  const backwards = [...fixes].reverse();
  const [low, high] = [Math.floor(fixes.length / 3), Math.floor(fixes.length / 2)];
  switch (style) {
    case 'shuffled':
      return shuffled(fixes, random);
    case 'newest first':
      return backwards;
    case 'parts newest first':
      return cut(backwards, random).flatMap((part) => part.reverse());
    case 'a gap at last':
      return [...fixes.slice(0, low), ...fixes.slice(high), ...fixes.slice(low, high)];
  }
}

export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, key: random.unit() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function cut(fixes: readonly Sent[], random: Random): Sent[][] {
  const parts: Sent[][] = [];
  for (let from = 0; from < fixes.length;) {
    const length = random.chance(0.6) ? 1 : 1 + Math.floor(random.unit() * 20);
    parts.push(fixes.slice(from, from + length));
    from += length;
  }
  return parts;
}

function withDuplicates(part: readonly Sent[], all: readonly Sent[], random: Random): Sent[] {
  const again = random.chance(0.2) ? [all[Math.floor(random.unit() * all.length)]!] : [];
  return [...part, ...again];
}

/** What happens beside a delivery, before the message of an index is sent. */
export type Incidents = ReadonlyMap<number, () => Promise<void>>;

/**
 * Sends messages over all connections of a station, now waiting for an acknowledgement and a little more, so that what was sent is
 * judged, now not. Resolves when all are acknowledged.
 */
export async function deliver(
  station: Station,
  messages: readonly Message[],
  random: Random,
  incidents: Incidents = new Map(),
): Promise<void> {
  const sent: Promise<void>[] = [];
  for (const [index, { serial, fixes }] of messages.entries()) {
    await incidents.get(index)?.();
    const acknowledged = station.send(Math.floor(random.unit() * 3), serial, fixes);
    sent.push(acknowledged);
    if (random.chance(0.3)) continue;
    await acknowledged;
    if (random.chance(0.5)) await new Promise((resolve) => setTimeout(resolve, random.between(0, 25)));
  }
  await Promise.all(sent);
}

/** Sends messages one after the other on one connection, without waiting in between: they come in this order. */
export async function deliverInOrder(station: Station, messages: readonly Message[]): Promise<void> {
  await Promise.all(messages.map(({ serial, fixes }) => station.send(0, serial, fixes)));
}
