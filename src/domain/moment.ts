import { z } from 'zod';
import type { EpochMs } from './fix.ts';

/** A time as callers write it: RFC 3339 with an offset; to the millisecond, finer digits are cut. */
export const Moment = z.iso
  .datetime({ offset: true, error: 'expected a time like 2026-01-31T09:10:00Z, with its offset' })
  .transform((text): EpochMs => Date.parse(text));
