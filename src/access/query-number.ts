import { z } from 'zod';

const NUMBER = /^[+-]?(\d{1,12}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?$/;

/** Whether text of a query is a number: not `Infinity`, not ` 1`, not nothing. */
export function isNumber(text: string): boolean {
  return NUMBER.test(text);
}

/**
 * A number of a query between two others, both included.
 *
 * @param what it is a number of: `metres`
 */
export function numberBetween(least: number, most: number, what = 'a number') {
  const expected = `expected ${what} from ${least} to ${most}`;
  return z
    .string()
    .regex(NUMBER, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected);
}

/** A whole number of a query between two others, both included. */
export function wholeBetween(least: number, most: number, what = 'a whole number') {
  const expected = `expected ${what} from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected);
}
