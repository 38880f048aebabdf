/** Formats that a track can be had in: name, media type of the answer, media types that ask for it. */
export const TRACK_FORMATS = {
  geojson: { type: 'application/geo+json; charset=utf-8', asked: ['application/geo+json', 'application/json'] },
} as const;
export type TrackFormat = keyof typeof TRACK_FORMATS;

/**
 * The format of an answer: the one named, else the first that the `Accept` header takes; null: none that it takes.
 * Weights are honoured as far as zero: what is refused is not sent.
 */
export function trackFormat(named: string | undefined, accept: string | undefined): TrackFormat | null {
  const known = Object.keys(TRACK_FORMATS) as TrackFormat[];
  if (named !== undefined) return known.find((format) => format === named) ?? null;
  const ranges = (accept ?? '*/*')
    .split(',')
    .map((range) => range.trim().toLowerCase())
    .filter((range) => !/;\s*q=0(\.0*)?\s*$/.test(range))
    .map((range) => range.split(';', 1)[0]!.trim());
  const takes = (type: string) =>
    ranges.some((range) => range === type || range === '*/*' || range === 'application/*');
  return known.find((format) => TRACK_FORMATS[format].asked.some(takes)) ?? null;
}
