import type { EpochMs, Fix } from '../domain/fix.ts';

/**
 * The newest trusted fix of each animal, so that a fix is known to be late when it comes. A doubted fix never counts: a collar
 * whose clock is a year ahead would make everything after it late.
 */
export class NewestFixes {
  constructor(private readonly newest: Map<string, EpochMs>) {}

  /** Marks the fixes of messages in the order they came. Nothing is remembered before `accept`: a commit may be tried twice. */
  mark(
    messages: readonly (readonly Fix[])[],
    animalOf: (fix: Fix) => string | null,
  ): { fixes: Fix[][]; accept: () => void } {
    const seen = new Map<string, EpochMs>();
    const fixes = messages.map((message) => {
      // Fixes of one message are stored at once: none of them was there before another.
      const before = new Map<string, EpochMs | undefined>();
      return message.map((fix) => {
        const animal = animalOf(fix);
        if (animal === null) return fix;
        if (!before.has(animal)) before.set(animal, seen.get(animal) ?? this.newest.get(animal));
        if (fix.doubts === 0) seen.set(animal, Math.max(fix.at, seen.get(animal) ?? this.newest.get(animal) ?? fix.at));
        const newest = before.get(animal);
        return newest !== undefined && fix.at < newest ? { ...fix, late: true } : fix;
      });
    });
    return { fixes, accept: () => seen.forEach((at, animal) => this.newest.set(animal, at)) };
  }
}
