import type { FailedAttempt, Fix } from '../domain/fix.ts';
import { intrinsicDoubts } from '../domain/quality/intrinsic.ts';
import { type Decoded, type Fault, type PayloadFormat, Unreadable } from '../formats/format.ts';
import type { DeadLetter, DeadLetterReason } from './dead-letter.ts';
import type { Delivery } from './delivery.ts';
import { faultOf, faultOfAttempt } from './validator.ts';

/** Payload bytes at most. */
const MAX_PAYLOAD_BYTES = 256 * 1_024;

/** What must be known of a collar to read it. */
export interface KnownCollar {
  readonly id: number;
  readonly format: string;
}

/** What fixes came in with: their message, or a group of rows of a file. */
export interface Origin {
  /** The dead letter that one of its fixes becomes: the bytes of that element alone, as they came. */
  letter(index: number, reason: DeadLetterReason, detail: string): DeadLetter;
}

/** A fix on its way, and where its bytes are, should it turn out that it cannot be stored. */
export interface IncomingFix {
  readonly fix: Fix;
  readonly origin: Origin;
  /** Its place among the elements of its origin. */
  readonly index: number;
}

/** An attempt without a position, on its way. */
export interface IncomingAttempt extends FailedAttempt {
  readonly collarId: number;
  readonly receivedAt: number;
}

/** What one message turned out to be: every element of it is in exactly one of these. */
export interface Contents {
  readonly fixes: readonly IncomingFix[];
  readonly attempts: readonly IncomingAttempt[];
  readonly letters: readonly DeadLetter[];
}

function deadLetter(delivery: Delivery, reason: DeadLetterReason, detail: string, payload: Uint8Array): DeadLetter {
  const { door, serial, receivedAt } = delivery;
  return { door, serial, receivedAt, reason, detail, payload };
}

const sentence = ({ field, expected }: Fault): string => `${field}: expected ${expected}`;

/** Reads a message: decode, validate, mark the doubts that a fix can be judged by alone. Nothing of it is lost. */
export function readDelivery(
  delivery: Delivery,
  collar: KnownCollar | undefined,
  formats: ReadonlyMap<string, PayloadFormat>,
): Contents {
  const whole = (reason: DeadLetterReason, detail: string): Contents => ({
    fixes: [],
    attempts: [],
    letters: [deadLetter(delivery, reason, detail, delivery.payload)],
  });
  if (!collar) return whole('unknown-collar', `no collar has the serial ${delivery.serial}`);
  if (delivery.payload.length > MAX_PAYLOAD_BYTES) {
    return whole('invalid', `payload: expected at most ${MAX_PAYLOAD_BYTES} bytes, not ${delivery.payload.length}`);
  }
  const format = formats.get(collar.format);
  if (!format) return whole('unreadable', `the server knows no format ${collar.format}`);
  try {
    return sort(format.decode(delivery.payload), delivery, collar, format);
  } catch (error) {
    if (error instanceof Unreadable) return whole('unreadable', error.message);
    throw error;
  }
}

function sort(decoded: readonly Decoded[], delivery: Delivery, collar: KnownCollar, format: PayloadFormat): Contents {
  const { receivedAt } = delivery;
  const collarId = collar.id;
  const fixes: IncomingFix[] = [];
  const attempts: IncomingAttempt[] = [];
  const letters: DeadLetter[] = [];
  const origin: Origin = {
    letter: (index, reason, detail) => deadLetter(delivery, reason, detail, format.element(delivery.payload, index)),
  };
  for (const [index, item] of decoded.entries()) {
    const fault = faultOfItem(item, receivedAt);
    if (fault) letters.push(origin.letter(index, 'invalid', sentence(fault)));
    else if (item.kind === 'failed') attempts.push({ ...item.attempt, collarId, receivedAt });
    else if (item.kind === 'reading') {
      const doubts = intrinsicDoubts(item.reading, receivedAt);
      // The reading is nobody else's: it becomes the fix without another copy.
      const fix = Object.assign(item.reading, { collarId, receivedAt, doubts, late: false });
      fixes.push({ fix, origin, index });
    }
  }
  return { fixes, attempts, letters };
}

function faultOfItem(item: Decoded, receivedAt: number): Fault | null {
  if (item.kind === 'invalid') return item.fault;
  return item.kind === 'failed' ? faultOfAttempt(item.attempt, receivedAt) : faultOf(item.reading, receivedAt);
}
