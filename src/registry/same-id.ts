import { invalidInput } from '../access/checked-input.ts';

/** A document with the id of its address: it may repeat it, not contradict it. @throws Problem 422 */
export function demandSameId(document: unknown, field: string, id: string): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  const given = (document as Record<string, unknown>)[field];
  if (given !== undefined && given !== id) throw invalidInput([{ field, expected: `${id}, as in the address` }], 422);
  return { ...document, [field]: id };
}
