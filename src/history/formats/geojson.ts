import { doubtNames } from '../../domain/quality/doubt.ts';
import { timesText } from './time-text.ts';
import type { FixBlock } from '../fix-block.ts';
import { animalByAnimal } from './animal-by-animal.ts';
import { Spool } from './spool.ts';
import type { TrackAbout, TrackFormat, TrackOf, TrackPart } from './track-format.ts';

/**
 * GeoJSON (RFC 7946): a Feature, or a FeatureCollection of several animals. The geometry is a LineString where no data is missing,
 * else a MultiLineString with a line for each segment; of one fix a Point, of none null. `properties.times` has a time for each
 * position, nested as the coordinates are; `properties.doubts`, when doubted fixes were asked for, the names of its doubts. As a line has two
 * positions at least, a segment of one fix is told twice, position and time.
 *
 * Longitudes stay as they were measured: a step of more than 180° crosses 180°.
 */
export const GEOJSON: TrackFormat = {
  name: 'geojson',
  type: 'application/geo+json; charset=utf-8',
  asked: ['application/geo+json', 'application/json'],
  extension: 'geojson',
  columns: [],
  async *write(parts, about) {
    if (about.several) yield '{"type":"FeatureCollection","features":[';
    let first = true;
    for await (const { animal, parts: own } of animalByAnimal(parts, about.animals)) {
      if (!first) yield ',';
      first = false;
      yield* feature(animal, own, about);
    }
    if (about.several) yield ']}';
  },
};

async function* feature(animal: TrackOf, parts: AsyncIterable<TrackPart>, about: TrackAbout) {
  const times = new Spool();
  const doubts = new Spool();
  try {
    yield `{"type":"Feature","id":${JSON.stringify(animal.id)},"geometry":`;
    const lines = yield* geometry(noting(parts, times, about.doubted === true ? doubts : null));
    const nested = lines > 1;
    yield `,"properties":{"animal":${JSON.stringify(animal.id)},"name":${JSON.stringify(animal.name)},"times":${nested ? '[[' : '['}`;
    yield* times.read();
    yield nested ? ']]' : ']';
    if (about.doubted === true) {
      yield `,"doubts":${nested ? '[[' : '['}`;
      yield* doubts.read();
      yield nested ? ']]' : ']';
    }
    yield `${members(about.said?.(animal.id) ?? {})}}}`;
  } finally {
    await times.close();
    await doubts.close();
  }
}

/** Members of an object as text, each with a comma before it. */
function members(object: object): string {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`)
    .join('');
}

/**
 * The geometry; returns how many lines it has. Whether it is a line or several is known only at the first gap, and without one at the end:
 * until then the coordinates wait.
 */
async function* geometry(parts: AsyncIterable<TrackPart>): AsyncGenerator<string | Uint8Array, number, void> {
  const first = new Spool();
  const segment = new SegmentText();
  let lines = 0;
  try {
    for await (const part of parts) {
      const begins = lines === 0 || part.segment !== segment.number;
      if (begins && lines > 0) {
        if (lines === 1) {
          yield '{"type":"MultiLineString","coordinates":[[';
          yield* first.read();
        }
        yield `${segment.end()}],[`;
      }
      if (begins) {
        lines++;
        segment.begin(part.segment);
      }
      const text = segment.next(positions(part.block), part.block.length);
      if (lines === 1) await first.append(text);
      // Nothing to send yet, but the waiting goes on in steps.
      yield lines === 1 ? '' : text;
    }
    if (lines === 0) yield 'null';
    else if (lines > 1) yield `${segment.end()}]]}`;
    else {
      yield segment.isOne ? '{"type":"Point","coordinates":' : '{"type":"LineString","coordinates":[';
      yield* first.read();
      yield segment.isOne ? '}' : ']}';
    }
    return lines;
  } finally {
    await first.close();
  }
}

/** The parts as they are, while their times (and doubts) are noted, with brackets between segments. */
async function* noting(parts: AsyncIterable<TrackPart>, times: Spool, doubts: Spool | null) {
  const timesOf = new SegmentText();
  const doubtsOf = new SegmentText();
  let begun = false;
  let alone = true;
  for await (const part of parts) {
    if (begun && part.segment !== timesOf.number) {
      alone = false;
      await times.append(`${timesOf.end()}],[`);
      await doubts?.append(`${doubtsOf.end()}],[`);
      begun = false;
    }
    if (!begun) {
      begun = true;
      timesOf.begin(part.segment);
      doubtsOf.begin(part.segment);
    }
    await times.append(timesOf.next(timesText(part.block.at), part.block.length));
    await doubts?.append(doubtsOf.next(doubtLists(part.block), part.block.length));
    yield part;
  }
  if (alone || !begun) return;
  await times.append(timesOf.end());
  await doubts?.append(doubtsOf.end());
}

/** The items of one segment, as they are written one after the other. */
class SegmentText {
  number = -1;
  private items = 0;
  private last = '';

  get isOne(): boolean {
    return this.items === 1;
  }

  begin(number: number): void {
    this.number = number;
    this.items = 0;
  }

  /** More items, joined by commas, as they go on. */
  next(text: string, items: number): string {
    const comma = this.items > 0 ? ',' : '';
    this.items += items;
    this.last = text;
    return comma + text;
  }

  /** What is still to be written of a line: of a single item the same again. */
  end(): string {
    return this.items === 1 ? `,${this.last}` : '';
  }
}

function positions({ lon, lat, length }: FixBlock): string {
  let text = '';
  for (let i = 0; i < length; i++) text += `${i === 0 ? '[' : ',['}${lon[i]},${lat[i]}]`;
  return text;
}

function doubtLists({ doubts, length }: FixBlock): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const bits = doubts[i]!;
    text += (i === 0 ? '' : ',') + (bits === 0 ? '[]' : JSON.stringify(doubtNames(bits)));
  }
  return text;
}
