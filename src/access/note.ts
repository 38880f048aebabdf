/** Stands where a note named a place. */
export const WITHHELD = '[place withheld]';

/**
 * Ways in which people write a place into free text: decimal degrees to 100 m or finer, degrees and minutes, map grid
 * references (MGRS, UTM), plus codes, and map links.
 */
const PLACES: readonly RegExp[] = [
  /\b(?:geo|https?|maps):\S*\d\S*/giu,
  /[-+−]?\d{1,3}[.,]\d{2,}\s*[,;/ ]\s*[-+−]?\d{1,3}[.,]\d{2,}/gu,
  /[-+−]?\d{1,3}[.,]\d{3,}/gu,
  /\d{1,3}(?:[.,]\d+)?\s*[°º˚]\s*(?:\d{1,2}(?:[.,]\d+)?\s*['′’]?\s*(?:\d{1,2}(?:[.,]\d+)?\s*["″”]?)?)?/gu,
  /\b\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d{2,5}\s?\d{2,5}\b/giu,
  /(?<!\d)\d{5,7}\s*(?:m?[EN])?[\s,;/]+\d{6,7}(?!\d)\s*(?:m?[EN]\b)?/giu,
  /\b[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,}/giu,
];

/**
 * A note for eyes that may not see positions: what reads like a place is withheld, the words stay. A net, not a proof: a person
 * can still describe a valley by its name.
 */
export function withoutPlaces(note: string): string {
  return PLACES.reduce((text, place) => text.replace(place, WITHHELD), note);
}
