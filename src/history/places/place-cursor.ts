import { z } from 'zod';
import type { EpochMs } from '../../domain/fix.ts';
import type { PlaceKey } from './places.store.ts';

/** Where the next page begins: after this fix. */
export function writeFixCursor({ at, collarId }: PlaceKey): string {
  return written(`place:${at}:${collarId}`);
}

/** After this stay of this animal; where `entered` is null, after all that there is of the animal. */
export interface AnimalMark {
  readonly animal: string;
  readonly entered: EpochMs | null;
}

export function writeAnimalCursor({ animal, entered }: AnimalMark): string {
  return written(`animal:${animal}:${entered ?? ''}`);
}

/** A cursor of ours in a query or a body. */
export const FixCursor = cursor((text): PlaceKey | null => {
  const [, at, collarId] = /^place:(-?\d{1,16}):(\d{1,10})$/.exec(text) ?? [];
  const key = { at: Number(at), collarId: Number(collarId) };
  return isTime(key.at) && key.collarId <= MOST_COLLARS ? key : null;
});

export const AnimalCursor = cursor((text): AnimalMark | null => {
  const [, animal, entered] = /^animal:([a-z0-9][a-z0-9-]{0,62}):(-?\d{1,16})?$/.exec(text) ?? [];
  if (animal === undefined) return null;
  if (entered === undefined) return { animal, entered: null };
  return isTime(Number(entered)) ? { animal, entered: Number(entered) } : null;
});

const MOST_COLLARS = 2_147_483_647;

function isTime(at: number): boolean {
  return !Number.isNaN(new Date(at).getTime());
}

function cursor<Mark>(read: (text: string) => Mark | null) {
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

function written(text: string): string {
  return Buffer.from(text).toString('base64url');
}
