/** Collections of features, in the order in which they are listed. */
export const COLLECTION_IDS = ['animals', 'farms', 'fixes', 'visits'] as const;
export type CollectionId = (typeof COLLECTION_IDS)[number];

/** A property that features can be asked for by; the value must be the same. */
export interface Queryable {
  readonly description: string;
  /** Values it can have; missing: any text. */
  readonly values?: readonly string[];
}

/** What a collection says of itself. */
export interface CollectionAbout {
  readonly title: string;
  readonly description: string;
  readonly queryables: Readonly<Record<string, Queryable>>;
}

const animal = { description: 'Id of the animal.' };
const farm = { description: 'Id of the farm.' };
const collar = { description: 'Serial of the collar.' };

export const COLLECTIONS: Readonly<Record<CollectionId, CollectionAbout>> = {
  animals: {
    title: 'Animals',
    description: 'Every animal at its newest undoubted fix; without a geometry where there is none.',
    queryables: { animal, collar, species: { description: 'Scientific name, as registered.' } },
  },
  farms: {
    title: 'Farms',
    description: 'The farms to protect, each with its rings `nearM` and `closeM`, metres from the fence.',
    queryables: { farm },
  },
  fixes: {
    title: 'Fixes',
    description:
      'Every undoubted fix of every animal, by animal and time. `doubts=with` adds those that are not to be trusted, with the reason.',
    queryables: { animal, collar },
  },
  visits: {
    title: 'Visits',
    description:
      'Every approach of an animal to a farm, from first within `nearM` to gone, oldest first. Its geometry is that of the farm as it is today, ' +
      'none where the farm is no more. What turned out not to have been a visit is not here.',
    queryables: {
      animal,
      farm,
      state: { description: 'Whether it goes on.', values: ['open', 'closed'] },
      peak: { description: 'The deepest ring that was reached.', values: ['near', 'close', 'inside'] },
    },
  },
};

/** Features on a page at most, and when nothing is said. QGIS asks for the greater of 1,000 and the default. */
export const MAX_LIMIT = 10_000;
export const DEFAULT_LIMIT = 1_000;
