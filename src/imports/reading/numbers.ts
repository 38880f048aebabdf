const POINT = 46;
/** Powers of ten that a double holds exactly. */
const TENS = Array.from({ length: 23 }, (_, power) => 10 ** power);
/** The longest double is written in fewer; what is longer would only take time. */
const MAX_CHARACTERS = 400;
const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/**
 * The decimal number that stands in a part of a text, exactly as `Number` reads it; NaN: it is none.
 *
 * Up to 15 digits are an exact whole number, and so is their power of ten; one division of two exact numbers is rounded once, as
 * it should be (Clinger, How to read floating point numbers accurately, 1990). Whatever is longer is left to `Number`.
 *
 * @param decimal code of the character between whole and fraction
 */
export function numberIn(text: string, from: number, to: number, decimal: number): number {
  let i = from;
  const first = text.charCodeAt(i);
  const negative = first === 45;
  if (negative || first === 43) i += 1;
  let value = 0;
  let digits = 0;
  let fraction = -1;
  for (; i < to; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      value = value * 10 + (code - 48);
      digits += 1;
      if (fraction >= 0) fraction += 1;
    } else if (code === decimal && fraction < 0) fraction = 0;
    else return slowNumber(text.slice(from, to), decimal);
  }
  if (digits === 0) return Number.NaN;
  if (digits > 15) return slowNumber(text.slice(from, to), decimal);
  if (fraction > 0) value /= TENS[fraction] ?? 1;
  return negative ? -value : value;
}

function slowNumber(text: string, decimal: number): number {
  if (text.length > MAX_CHARACTERS) return Number.NaN;
  if (decimal !== POINT && text.includes('.')) return Number.NaN;
  const plain = decimal === POINT ? text : text.replace(String.fromCharCode(decimal), '.');
  const value = PLAIN.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
