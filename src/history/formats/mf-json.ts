import { timesText } from './time-text.ts';
import { animalByAnimal } from './animal-by-animal.ts';
import { Spool } from './spool.ts';
import type { TrackFormat, TrackOf, TrackPart } from './track-format.ts';

/**
 * OGC Moving Features JSON (19-045r3), MF-JSON Prism: a feature with a `temporalGeometry`, a MovingPoint where no data is missing, else a
 * MovingGeometryCollection with a MovingPoint for each segment; several animals as a FeatureCollection. Between two instants of a MovingPoint the animal
 * moves in a straight line (`"Linear"`); nothing is said of where it was between segments. A segment of one fix is an instant
 * (`"Discrete"`). An animal without a fix has no prisms.
 *
 * The standard registers no media type; `application/mf+json` is ours. `geometry` is null, so that it is GeoJSON too.
 */
export const MF_JSON: TrackFormat = {
  name: 'mf-json',
  type: 'application/mf+json; charset=utf-8',
  asked: ['application/mf+json'],
  extension: 'mf.json',
  columns: [],
  async *write(parts, about) {
    if (about.several) yield `{"type":"FeatureCollection",${REFERENCE},"features":[`;
    let first = true;
    for await (const { animal, parts: own } of animalByAnimal(parts, about.animals)) {
      yield `${first ? '' : ','}{"type":"Feature","id":${JSON.stringify(animal.id)},${about.several ? '' : `${REFERENCE},`}"temporalGeometry":`;
      first = false;
      yield* temporalGeometry(own);
      yield `,"geometry":null,"properties":${JSON.stringify({ ...namesOf(animal), ...about.said?.(animal.id) })}}`;
    }
    if (about.several) yield ']}';
  },
};

/** Longitude and latitude in degrees WGS84; times of the Gregorian calendar. */
const REFERENCE =
  '"crs":{"type":"Name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},' +
  '"trs":{"type":"Name","properties":{"name":"urn:ogc:data:time:iso8601"}}';

function namesOf({ id, name, species }: TrackOf): object {
  return { animal: id, name, species };
}

/** Whether there is more than one prism is known only when the second begins: until then the first waits. */
async function* temporalGeometry(parts: AsyncIterable<TrackPart>): AsyncGenerator<string | Uint8Array, void, void> {
  const waiting = new Spool();
  const times = new Spool();
  let prisms = 0;
  let fixes = 0;
  let segment = -1;
  const write = async function* (text: string | Uint8Array) {
    if (prisms > 1) yield text;
    else {
      await waiting.append(text);
      // Nothing to send yet, but the waiting goes on in steps.
      yield '';
    }
  };
  const end = async function* () {
    yield* write('],"datetimes":[');
    for await (const text of times.read()) yield* write(text);
    await times.clear();
    yield* write(`],"interpolation":"${fixes === 1 ? 'Discrete' : 'Linear'}"}`);
  };
  try {
    for await (const { segment: number, block } of parts) {
      if (number !== segment) {
        if (prisms > 0) yield* end();
        if (prisms === 1) {
          yield '{"type":"MovingGeometryCollection","prisms":[';
          yield* waiting.read();
        }
        prisms++;
        fixes = 0;
        segment = number;
        yield* write(`${prisms > 1 ? ',' : ''}{"type":"MovingPoint","coordinates":[`);
      }
      const comma = fixes > 0 ? ',' : '';
      fixes += block.length;
      let text = comma;
      for (let i = 0; i < block.length; i++) text += `${i === 0 ? '[' : ',['}${block.lon[i]},${block.lat[i]}]`;
      await times.append(comma + timesText(block.at));
      yield* write(text);
    }
    if (prisms === 0) {
      yield '{"type":"MovingGeometryCollection","prisms":[]}';
      return;
    }
    yield* end();
    if (prisms > 1) yield ']}';
    else yield* waiting.read();
  } finally {
    await waiting.close();
    await times.close();
  }
}
