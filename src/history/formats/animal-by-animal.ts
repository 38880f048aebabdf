import type { TrackOf, TrackPart } from './track-format.ts';

/** The parts of one animal; none: it has no fix in what was asked for. */
export interface AnimalParts {
  readonly animal: TrackOf;
  /** To be read to its end before the next animal is asked for. */
  readonly parts: AsyncGenerator<TrackPart, void, void>;
}

/** The parts of an answer, by animal: every animal that was asked for, in that order, those without a fix too. */
export async function* animalByAnimal(
  parts: AsyncIterable<TrackPart>,
  animals: readonly TrackOf[],
): AsyncGenerator<AnimalParts, void, void> {
  const source = parts[Symbol.asyncIterator]();
  let ahead: IteratorResult<TrackPart, unknown> | null = null;
  try {
    for (const animal of animals) {
      ahead ??= await source.next();
      yield { animal, parts: own(animal) };
    }
  } finally {
    await source.return?.();
  }

  async function* own({ id }: TrackOf): AsyncGenerator<TrackPart, void, void> {
    while (ahead !== null && ahead.done !== true && ahead.value.animal.id === id) {
      yield ahead.value;
      ahead = await source.next();
    }
  }
}
