import { z } from 'zod';
import type { EpochMs } from '../domain/fix.ts';

/** A cursor as callers hand it back: nobody is to make one, so it need not be read. */
export function cursorText(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/**
 * A cursor of ours in a query or a body.
 *
 * @param read what was given to `cursorText`; null for what is no cursor of ours
 */
export function cursorOf<Mark>(read: (text: string) => Mark | null) {
  return z
    .string()
    .max(200)
    .transform((value, context): Mark => {
      const mark = read(Buffer.from(value, 'base64url').toString('latin1'));
      if (mark !== null) return mark;
      context.addIssue({ code: 'custom', message: 'expected next of the page before' });
      return z.NEVER;
    });
}

/** Whether a number that was read is a time. */
export function isTime(at: EpochMs): boolean {
  return !Number.isNaN(new Date(at).getTime());
}
