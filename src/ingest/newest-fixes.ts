import type { EpochMs, Fix } from '../domain/fix.ts';

/**
 * The newest trusted fix of each animal, so that a fix is known to be late when it comes. A doubted fix never counts: a collar
 * whose clock is a year ahead would make everything after it late.
 */
export class NewestFixes {
  constructor(private readonly newest: Map<string, EpochMs>) {}

  /** Finds the late among fixes of messages in the order they came. Nothing is remembered before `accept`: a commit may be tried twice. */
  lateAmong(
    messages: readonly (readonly Fix[])[],
    animalOf: (fix: Fix) => string | null,
  ): { late: ReadonlySet<Fix>; accept: () => void } {
    const seen = new Map<string, EpochMs>();
    const late = new Set<Fix>();
    const newestOf = (animal: string) => seen.get(animal) ?? this.newest.get(animal) ?? -Infinity;
    for (const message of messages) {
      // Fixes of one message are stored at once: none of them was there before another.
      const news: [string, EpochMs][] = [];
      for (const fix of message) {
        const animal = animalOf(fix);
        if (animal === null) continue;
        if (fix.at < newestOf(animal)) late.add(fix);
        else if (fix.doubts === 0) news.push([animal, fix.at]);
      }
      for (const [animal, at] of news) if (at > newestOf(animal)) seen.set(animal, at);
    }
    return { late, accept: () => seen.forEach((at, animal) => this.newest.set(animal, at)) };
  }
}
