import type { Alert } from '../domain/alert/alert.ts';
import type { Details, Reach } from '../domain/alert/episode.ts';
import { withoutPlaces } from './note.ts';
import type { Rights } from './rights.ts';
import { PLACE_NAMES } from './visible.ts';

const NAME = /^[a-z][A-Za-z0-9]*$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;
/** Without a digit, so that it is no code of a place. */
const WORD = /^[a-z]+(?:-[a-z]+)*$/;
/** Beside a position's names those that an answer puts beside an alert's own. */
const RESERVED: ReadonlySet<string> = new Set([...PLACE_NAMES, 'reason', 'changes', 'ledger']);

type Detail = Details[string];

/**
 * The farm that an alert concerns: the one it is about; or, where it is about the animal itself, the one that the animal could come
 * to while nobody knows where it is. null: none. The list of alerts asks the same in SQL.
 */
export function concernedFarm({ farm, area, details }: Pick<Alert, 'farm' | 'area' | 'details'>): string | null {
  if (farm !== null || area !== null) return farm;
  const reach = details?.['couldReach'] ?? null;
  return isReach(reach) ? reach.farm : null;
}

/**
 * What of a rule's details somebody may see beside the fields of an alert. Never a field of the alert itself, nor a name that says
 * that a position stands there, for nobody. For who sees no position: of text only times and words as they are, the rest as notes
 * are; and of farms that could be reached only the own.
 */
export function shownDetails(rights: Rights, details: Details | null, fields: object): Record<string, Detail> {
  const shown = Object.entries(details ?? {}).flatMap(([name, value]): [string, Detail][] => {
    if (!NAME.test(name) || RESERVED.has(name) || Object.hasOwn(fields, name)) return [];
    if (isReach(value)) return maySeeFarm(rights, value.farm) ? [[name, { farm: value.farm, at: value.at }]] : [];
    if (value !== null && typeof value === 'object') return [];
    return [[name, typeof value === 'string' ? shownText(rights, value) : value]];
  });
  return Object.fromEntries(shown);
}

function isReach(value: Detail): value is Reach {
  if (value === null || typeof value !== 'object') return false;
  const { farm, at } = value as Partial<Record<keyof Reach, unknown>>;
  return typeof farm === 'string' && typeof at === 'string';
}

function maySeeFarm({ alerts }: Rights, farm: string): boolean {
  return alerts === 'all' || alerts.has(farm);
}

function shownText({ positions }: Rights, text: string): string {
  return positions !== 'none' || TIME.test(text) || WORD.test(text) ? text : withoutPlaces(text);
}
