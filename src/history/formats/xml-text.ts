import { fragment } from 'xmlbuilder2';

/** Stands for what XML 1.0 cannot hold at all: control characters and halves of a character. Readers take U+FFFD for a broken file. */
const REPLACEMENT = '?';

/**
 * An element that holds what people have written, escaped. A carriage return is written as a reference, for readers take a plain one for a
 * line feed; what XML 1.0 cannot hold becomes a question mark.
 */
export function textElement(name: string, text: string): string {
  return (
    fragment({ invalidCharReplacement: REPLACEMENT })
      .ele(name)
      // The library leaves alone what looks like a reference, and "&nbsp;" would be one that XML does not know.
      .txt(text.replaceAll('&', '&amp;'))
      .toString({ allowEmptyTags: true })
      .replaceAll('\r', '&#13;')
  );
}

/** A number as `xsd:decimal`, which knows no exponent. Below 1e21, digit for digit. */
export function decimalText(value: number): string {
  const text = `${value}`;
  const small = text.includes('e') ? /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text) : null;
  if (small === null) return text;
  const [, sign = '', first = '', rest = '', exponent = ''] = small;
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${first}${rest}`;
}
