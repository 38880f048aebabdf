import { animalByAnimal } from './animal-by-animal.ts';
import type { TrackFormat, TrackOf, TrackPart } from './track-format.ts';

/**
 * What kepler.gl's trip layer and deck.gl's TripsLayer read: a FeatureCollection with a LineString for each segment, of positions
 * `[longitude, latitude, altitude, time]`: degrees WGS84, metres (0: not reported) and epoch milliseconds. A line has two positions at
 * least, so a segment of one fix is told twice, the second a millisecond later.
 *
 * deck.gl keeps times as single floats: give it `getTimestamps: d => d.geometry.coordinates.map(p => p[3] - start)`, as its documentation
 * says.
 */
export const TRIPS: TrackFormat = {
  name: 'trips',
  type: 'application/geo+json; charset=utf-8',
  // Its media type is that of GeoJSON: only its name asks for it.
  asked: [],
  extension: 'trips.geojson',
  columns: ['altM'],
  async *write(parts, about) {
    yield '{"type":"FeatureCollection","features":[';
    let first = true;
    for await (const { animal, parts: own } of animalByAnimal(parts, about.animals)) {
      for await (const text of lines(animal, own)) {
        yield first ? text.slice(1) : text;
        first = false;
      }
    }
    yield ']}';
  },
};

/** The lines of an animal as features, each with a comma before it. */
async function* lines(animal: TrackOf, parts: AsyncIterable<TrackPart>): AsyncGenerator<string, void, void> {
  let segment = -1;
  let fixes = 0;
  let again = '';
  for await (const { segment: number, block } of parts) {
    const begins = number !== segment;
    if (begins && segment >= 0) yield `${fixes === 1 ? again : ''}]}}`;
    let text = '';
    if (begins) {
      segment = number;
      fixes = 0;
      const properties = { animal: animal.id, name: animal.name, species: animal.species, segment };
      text = `,{"type":"Feature","properties":${JSON.stringify(properties)},"geometry":{"type":"LineString","coordinates":[`;
    }
    const altM = block.columns.altM;
    for (let i = 0; i < block.length; i++) {
      const [lon, lat, alt, at] = [block.lon[i]!, block.lat[i]!, altM?.[i] ?? NaN, block.at[i]!];
      text += `${fixes++ > 0 ? ',[' : '['}${lon},${lat},${Number.isNaN(alt) ? 0 : alt},${at}]`;
      if (fixes === 1) again = `,[${lon},${lat},${Number.isNaN(alt) ? 0 : alt},${at + 1}]`;
    }
    yield text;
  }
  if (segment >= 0) yield `${fixes === 1 ? again : ''}]}}`;
}
