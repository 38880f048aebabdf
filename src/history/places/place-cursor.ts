import type { EpochMs } from '../../domain/fix.ts';
import { cursorOf, cursorText, isTime } from '../page-cursor.ts';
import type { PlaceKey } from './places.store.ts';

/** Where the next page begins: after this fix. */
export function writeFixCursor({ at, collarId }: PlaceKey): string {
  return cursorText(`place:${at}:${collarId}`);
}

/** After this stay of this animal; where `entered` is null, after all that there is of the animal. */
export interface AnimalMark {
  readonly animal: string;
  readonly entered: EpochMs | null;
}

export function writeAnimalCursor({ animal, entered }: AnimalMark): string {
  return cursorText(`animal:${animal}:${entered ?? ''}`);
}

/** A cursor of ours in a query or a body. */
export const FixCursor = cursorOf((text): PlaceKey | null => {
  const [, at, collarId] = /^place:(-?\d{1,16}):(\d{1,10})$/.exec(text) ?? [];
  const key = { at: Number(at), collarId: Number(collarId) };
  return isTime(key.at) && key.collarId <= MOST_COLLARS ? key : null;
});

export const AnimalCursor = cursorOf((text): AnimalMark | null => {
  const [, animal, entered] = /^animal:([a-z0-9][a-z0-9-]{0,62}):(-?\d{1,16})?$/.exec(text) ?? [];
  if (animal === undefined) return null;
  if (entered === undefined) return { animal, entered: null };
  return isTime(Number(entered)) ? { animal, entered: Number(entered) } : null;
});

const MOST_COLLARS = 2_147_483_647;
