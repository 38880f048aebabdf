/** What can be answered with, as far as a choice among them needs it. */
export interface Offered {
  readonly name: string;
  /** Media types in `Accept` that ask for it. */
  readonly asked: readonly string[];
}

/**
 * What to answer with: what `format` names, else what the `Accept` header likes best (RFC 9110, 12.5.1: of the ranges that match a media
 * type the most specific one gives its weight); of several liked alike, the first of the list. Without the header, the first.
 *
 * @returns null: nothing that was asked for is offered
 */
export function negotiated<Format extends Offered>(
  offered: readonly Format[],
  named: string | undefined,
  accept: string | undefined,
): Format | null {
  if (named !== undefined) return offered.find(({ name }) => name === named) ?? null;
  if (accept === undefined) return offered[0] ?? null;
  const ranges = accept.split(',').flatMap((text) => rangeOf(text) ?? []);
  let best: Format | null = null;
  let most = 0;
  for (const format of offered) {
    const weight = Math.max(0, ...format.asked.map((type) => weightOf(type, ranges)));
    if (weight <= most) continue;
    best = format;
    most = weight;
  }
  return best;
}

interface Range {
  readonly type: string;
  readonly weight: number;
}

/** One range of the header; null: nothing that can be read as one. Parameters but `q` say nothing to us. */
function rangeOf(text: string): Range | null {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return null;
  const q = parameters.find((parameter) => /^q\s*=/.test(parameter));
  if (q === undefined) return { type, weight: 1 };
  const weight = /^q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(q)?.[1];
  return weight === undefined ? null : { type, weight: Number(weight) };
}

/** The weight of a media type: that of the most specific range which takes it; 0: none does. */
function weightOf(type: string, ranges: readonly Range[]): number {
  for (const range of [type, `${type.split('/', 1)[0]}/*`, '*/*']) {
    const found = ranges.filter((one) => one.type === range);
    if (found.length > 0) return Math.max(...found.map(({ weight }) => weight));
  }
  return 0;
}
