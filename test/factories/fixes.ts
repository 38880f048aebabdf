import type { Fix } from '../../src/domain/fix.ts';

/** A fix of collar 1 in Khasan district; override what the test is about. */
export function aFix(over: Partial<Fix> = {}): Fix {
  return {
    collarId: 1,
    at: Date.UTC(2026, 10, 22, 9, 10),
    receivedAt: Date.UTC(2026, 10, 22, 9, 10, 5),
    lon: 131.487,
    lat: 43.1012,
    doubts: 0,
    late: false,
    ...over,
  };
}
