import { doubtNames } from '../../domain/quality/doubt.ts';
import { type ColumnName, type FixBlock, SENSOR_COLUMNS } from '../fix-block.ts';
import { animalByAnimal } from './animal-by-animal.ts';
import { timeWriter } from './time-text.ts';
import type { TrackFormat, TrackOf } from './track-format.ts';
import { isReported, stretchesOf } from './stretches.ts';
import { textElement } from './xml-text.ts';

/** Fixes of one `gx:Track`, which names all of its times before all of its places. */
const ROWS = 2_000;

/** Sensors that stand beside a fix in `ExtendedData`; its height stands in its coordinates. */
const SENSORS: readonly ColumnName[] = SENSOR_COLUMNS.filter((name) => name !== 'altM');

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">
<Document><name>Collarwatch</name>
<Schema id="fix">${SENSORS.map((name) => `<gx:SimpleArrayField name="${name}" type="double"/>`).join('')}<gx:SimpleArrayField name="doubts" type="string"/></Schema>
`;

/** Of a segment. */
const END = '</gx:MultiTrack></Placemark>\n';

/**
 * KML 2.2 with Google's tracks: a `Folder` for each animal, in it a `Placemark` for each segment, so that no line crosses a gap. A segment is
 * a `gx:MultiTrack` of as many `gx:Track` as it needs, joined by `gx:interpolate`.
 */
export const KML: TrackFormat = {
  name: 'kml',
  type: 'application/vnd.google-earth.kml+xml; charset=utf-8',
  asked: ['application/vnd.google-earth.kml+xml'],
  extension: 'kml',
  columns: SENSOR_COLUMNS,

  async *write(parts, about) {
    const time = timeWriter('T', 'Z');
    yield HEAD;
    for await (const { animal, parts: own } of animalByAnimal(parts, about.animals)) {
      const name = textElement('name', animal.name);
      const begin = `<Placemark>${name}<gx:MultiTrack><gx:interpolate>1</gx:interpolate>\n`;
      yield folderHead(animal, name);
      let current = -1;
      for await (const { segment, block } of own) {
        if (segment !== current) yield current < 0 ? begin : END + begin;
        current = segment;
        for (const { from, to } of stretchesOf(block, ROWS)) yield trackText(block, from, to, time);
      }
      yield current < 0 ? '</Folder>\n' : `${END}</Folder>\n`;
    }
    yield '</Document>\n</kml>\n';
  },
};

function folderHead({ id, species }: TrackOf, name: string): string {
  const description = species === undefined ? '' : textElement('description', species);
  const data = `<ExtendedData><Data name="animal">${textElement('value', id)}</Data></ExtendedData>`;
  return `<Folder>${name}${description}${data}\n`;
}

function trackText(block: FixBlock, from: number, to: number, time: (at: number) => string): string {
  const { at, lon, lat, columns } = block;
  let whens = '';
  let coords = '';
  for (let i = from; i < to; i++) {
    whens += `<when>${time(at[i]!)}</when>`;
    const alt = columns.altM?.[i] ?? NaN;
    coords += `<gx:coord>${lon[i]!} ${lat[i]!}${Number.isNaN(alt) ? '' : ` ${alt}`}</gx:coord>`;
  }
  return `<gx:Track>${whens}\n${coords}\n${sensorsText(block, from, to)}</gx:Track>\n`;
}

/** What was reported at all of these fixes: a list each, empty where it was not. */
function sensorsText({ columns, doubts }: FixBlock, from: number, to: number): string {
  let text = '';
  for (const name of SENSORS) {
    const column = columns[name];
    if (isReported(column, from, to))
      text += arrayText(name, column.subarray(from, to), (value) => (Number.isNaN(value) ? '' : `${value}`));
  }
  const bits = doubts.subarray(from, to);
  if (bits.some((bit) => bit !== 0)) text += arrayText('doubts', bits, (bit) => doubtNames(bit).join(' '));
  return text === '' ? '' : `<ExtendedData><SchemaData schemaUrl="#fix">${text}</SchemaData></ExtendedData>`;
}

function arrayText(name: string, values: Float64Array, write: (value: number) => string): string {
  let text = `<gx:SimpleArrayData name="${name}">`;
  for (const value of values) text += `<gx:value>${write(value)}</gx:value>`;
  return `${text}</gx:SimpleArrayData>`;
}
