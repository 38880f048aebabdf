import { invalidInput } from '../../access/checked-input.ts';
import type { Problem } from '../../domain/problem.ts';

/** The problem of an `after` that no page of ours ended with. */
export function unknownPlace(): Problem {
  return invalidInput([{ field: 'after', expected: 'what the link `next` of the page before says' }], 400);
}
