import { z } from 'zod';
import type { AlertChangeView, AlertView, DoubtsView, PositionView, Stream } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';

/** The longest name that a client may give to a subscription. */
export const MAX_ID_LENGTH = 64;
/** Animals or farms in one filter at most. */
const MAX_FILTER = 1_000;
/** Longer than any cursor of ours. */
const MAX_CURSOR_LENGTH = 128;

/** Why a frame of a client was not followed. docs/live.md lists the same, held by a test. */
export const ERRORS = {
  malformed: 'The frame is not a text frame with a JSON object {"event","data"}, or a field of it is not as expected.',
  'unknown-event': 'There is no such event.',
  'unknown-stream': 'There is no such stream.',
  'unknown-animal': 'A filter names an animal that is not registered.',
  'unknown-farm': 'A filter names a farm that is not registered, or is not for this reader to see.',
  'bad-bbox': 'A bbox is four numbers: west, south, east, north, in degrees, south not above north.',
  'id-in-use': 'This connection has a subscription of that id already.',
  'unknown-id': 'This connection has no subscription of that id.',
  'too-many-subscriptions': 'This connection has as many subscriptions as it may have.',
  forbidden: 'The stream is not open to the role of this reader.',
  unavailable: 'The database could not be asked; try again.',
} as const;
export type ErrorCode = keyof typeof ERRORS;

/** Why a subscription cannot go on from a cursor. docs/live.md lists the same, held by a test. */
export const RESYNC_REASONS = {
  'cursor-unreadable': 'The cursor is not one of ours.',
  'cursor-of-another-log': 'The cursor is of the other stream, or of another database.',
  'cursor-ahead-of-log': 'The cursor is ahead of the log: the database was restored from an older state.',
  'log-does-not-reach': 'The log does not reach back to the cursor any more.',
  'too-slow': 'This reader was too slow for what it would have to be told.',
} as const;
export type ResyncReason = keyof typeof RESYNC_REASONS;

// What clients send ---------------------------------------------------------------------------------------------------

const id = z.string().min(1).max(MAX_ID_LENGTH);
const names = z.array(z.string().min(1).max(64)).min(1).max(MAX_FILTER);
const longitude = z.number().min(-180).max(180);
const latitude = z.number().min(-90).max(90);
const bbox = z
  .tuple([longitude, latitude, longitude, latitude])
  .refine(([, south, , north]) => south <= north, 'expected south not above north');
const after = z.string().max(MAX_CURSOR_LENGTH);

const positionsSubscription = z.strictObject({
  id,
  stream: z.literal('positions'),
  animals: names.nullish(),
  bbox: bbox.nullish(),
  after: after.nullish(),
});
const alertsSubscription = z.strictObject({
  id,
  stream: z.literal('alerts'),
  farms: names.nullish(),
  animals: names.nullish(),
  after: after.nullish(),
});
const subscription = z.discriminatedUnion('stream', [positionsSubscription, alertsSubscription]);
const unsubscription = z.strictObject({ id });

export type PositionsSubscription = z.output<typeof positionsSubscription>;
export type AlertsSubscription = z.output<typeof alertsSubscription>;
export type SubscriptionRequest = z.output<typeof subscription>;

/** What is wrong with a frame of a client, told to that client alone. */
export class Fault extends Error {
  override readonly name = 'Fault';

  /** @param id of the subscription that it is about, where one can be told */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly id?: string,
  ) {
    super(message);
  }
}

/** @throws Fault */
export function readSubscription(data: unknown): SubscriptionRequest {
  return read(subscription, data);
}

/** @throws Fault */
export function readUnsubscription(data: unknown): { readonly id: string } {
  return read(unsubscription, data);
}

/** @throws Fault */
export function readEnvelope(text: string): { readonly event: string; readonly data: unknown } {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new Fault('malformed', 'expected JSON');
  }
  const { event, data } = (frame ?? {}) as { event?: unknown; data?: unknown };
  if (typeof event !== 'string') throw new Fault('malformed', 'expected an object {"event","data"}');
  return { event, data };
}

function read<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = String(issue?.path[0] ?? 'data');
  const code = field === 'stream' ? 'unknown-stream' : field === 'bbox' ? 'bad-bbox' : 'malformed';
  const given = id.safeParse((data as { id?: unknown } | null)?.id);
  throw new Fault(code, code === 'malformed' ? `${field}: ${issue?.message}` : ERRORS[code], given.data);
}

// What the server sends -----------------------------------------------------------------------------------------------

/** Every event of the server, with a sentence. docs/live.md lists the same, held by a test. */
export const EVENTS = {
  subscribed: 'The subscription stands; what comes after the cursor will be sent.',
  snapshot: 'How things stand at the cursor: the newest trusted fix of each animal, or the open alerts.',
  positions: 'The fixes of one committed batch.',
  doubts: 'Doubts of stored fixes that are now others.',
  alerts: 'Changes of alerts, in order.',
  gap: 'This reader was too slow: so many positions were left out; the newest of each animal follows.',
  resync: 'The subscription has ended: what was missed cannot be told. Subscribe anew, without a cursor.',
  heartbeat: 'The connection is alive, and the time of the server.',
  error: 'A frame of the client was not followed; everything else goes on.',
} as const;

interface Told {
  readonly id: string;
  /** Opaque: given back as `after`, it resumes behind this frame. */
  readonly cursor: string;
}

/** The data of every event. What is told of animals has passed access/visibility: nothing else fits. */
export interface Frames {
  subscribed: Told;
  snapshot:
    | (Told & { readonly positions: Visible<readonly Visible<PositionView>[]> })
    | (Told & { readonly alerts: readonly Visible<AlertView>[] });
  positions: Told & { readonly positions: Visible<readonly Visible<PositionView>[]> };
  doubts: Told & { readonly changes: Visible<readonly DoubtsView[]> };
  alerts: Told & { readonly changes: readonly Visible<AlertChangeView>[] };
  gap: { readonly id: string; readonly dropped: number };
  resync: { readonly id: string; readonly reason: ResyncReason };
  heartbeat: { readonly at: string };
  error: { readonly id?: string | undefined; readonly code: ErrorCode; readonly message: string };
}
export type Event = keyof Frames & keyof typeof EVENTS;

export type { Stream };
