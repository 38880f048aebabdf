import type { Rule, Watched } from '../rules/rule.ts';

/** Other settings for some animals, collars or places. An absent list asks for all; of several lists all must match. */
export interface Override {
  readonly animals?: readonly string[];
  readonly groups?: readonly string[];
  readonly collars?: readonly string[];
  readonly farms?: readonly string[];
  readonly areas?: readonly string[];
  /** Absent: as before. */
  readonly enabled?: boolean;
  /** Only the settings that differ. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The lists by which an override says whom it is for. */
export const SELECTORS = ['animals', 'groups', 'collars', 'farms', 'areas'] as const;
export type Selector = (typeof SELECTORS)[number];

/** An override, ready to be asked whom it is for. */
export class Overriding {
  private readonly wanted: Readonly<Partial<Record<Selector, ReadonlySet<string>>>>;

  constructor(readonly override: Override) {
    this.wanted = Object.fromEntries(
      SELECTORS.flatMap((selector) => {
        const list = override[selector];
        return list === undefined ? [] : [[selector, new Set(list)]];
      }),
    );
  }

  /** @param place a farm's or an area's id, as the rule is about; '': the animal itself */
  matches(about: Rule['about'], animal: Watched, place: string): boolean {
    const { animals, groups, collars, farms, areas } = this.wanted;
    return (
      (animals?.has(animal.id) ?? true) &&
      (groups === undefined || (animal.group !== null && groups.has(animal.group))) &&
      (collars?.has(animal.collar.serial) ?? true) &&
      (farms === undefined || (about === 'farm' && farms.has(place))) &&
      (areas === undefined || (about === 'area' && areas.has(place)))
    );
  }

  /** Whether both can be for the same animal and place: not where they name others of the same kind. */
  mayMeet(other: Overriding): boolean {
    return SELECTORS.every((selector) => {
      const [ours, theirs] = [this.wanted[selector], other.wanted[selector]];
      return ours === undefined || theirs === undefined || haveCommon(ours, theirs);
    });
  }
}

function haveCommon(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [fewer, more] = one.size < other.size ? [one, other] : [other, one];
  for (const id of fewer) if (more.has(id)) return true;
  return false;
}

/** A rule has more ways in which its overrides can hold together than can be checked one by one. */
export class TooManyCombinations extends Error {
  override readonly name = 'TooManyCombinations';
}

/**
 * Every way in which overrides with settings can hold together, as indexes in their order; the first is none of them. Whoever
 * an animal and a place are, those that match them are one of these.
 *
 * @throws TooManyCombinations when there are more than `most`
 */
export function combinations(overrides: readonly Overriding[], most: number): readonly (readonly number[])[] {
  const setting = overrides.flatMap(({ override }, index) => (override.settings === undefined ? [] : [index]));
  const meets = new Map(
    setting.map((one) => [one, new Set(setting.filter((other) => overrides[one]!.mayMeet(overrides[other]!)))]),
  );
  const found: number[][] = [[]];
  // Those found so far are gone through while more are found: each is continued by every later override that may meet all of it.
  for (const combination of found) {
    const last = combination.at(-1) ?? -1;
    for (const next of setting) {
      if (next <= last || !combination.every((index) => meets.get(index)!.has(next))) continue;
      if (found.length >= most) throw new TooManyCombinations(`more than ${most} ways to hold together`);
      found.push([...combination, next]);
    }
  }
  return found;
}
