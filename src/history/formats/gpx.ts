import { doubtNames } from '../../domain/quality/doubt.ts';
import type { FixBlock } from '../fix-block.ts';
import { animalByAnimal } from './animal-by-animal.ts';
import { timeWriter } from './time-text.ts';
import type { TrackFormat, TrackOf } from './track-format.ts';
import { stretchesOf } from './stretches.ts';
import { decimalText, textElement } from './xml-text.ts';

const ROWS = 2_000;

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Collarwatch" xmlns="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd http://www.garmin.com/xmlschemas/TrackPointExtension/v2 https://www8.garmin.com/xmlschemas/TrackPointExtensionv2.xsd">
`;

/**
 * GPX 1.1: a `trk` for each animal, a `trkseg` for each segment, so that no line crosses a gap. Elements stand in the order of its schema.
 * Temperature, speed and heading stand in Garmin's extension of a track point, version 2, which is what readers know; battery and
 * activity have no place in GPX.
 */
export const GPX: TrackFormat = {
  name: 'gpx',
  type: 'application/gpx+xml; charset=utf-8',
  asked: ['application/gpx+xml'],
  extension: 'gpx',
  columns: ['altM', 'hdop', 'satellites', 'speedMps', 'headingDeg', 'temperatureC'],

  async *write(parts, about) {
    const time = timeWriter('T', 'Z');
    yield HEAD;
    for await (const { animal, parts: own } of animalByAnimal(parts, about.animals)) {
      yield trackHead(animal);
      let current = -1;
      for await (const { segment, block } of own) {
        if (segment !== current) yield current < 0 ? '<trkseg>\n' : '</trkseg>\n<trkseg>\n';
        current = segment;
        for (const { from, to } of stretchesOf(block, ROWS)) yield pointsText(block, from, to, time);
      }
      yield current < 0 ? '</trk>\n' : '</trkseg>\n</trk>\n';
    }
    yield '</gpx>\n';
  },
};

function trackHead({ id, name, species }: TrackOf): string {
  const desc = species === undefined ? '' : textElement('desc', species);
  return `<trk>${textElement('name', name)}${textElement('cmt', id)}${desc}<type>animal</type>\n`;
}

function pointsText(block: FixBlock, from: number, to: number, time: (at: number) => string): string {
  const { at, lon, lat, doubts } = block;
  const { altM, hdop, satellites, speedMps, headingDeg, temperatureC } = block.columns;
  let text = '';
  for (let i = from; i < to; i++) {
    text += `<trkpt lat="${decimalText(lat[i]!)}" lon="${longitude(lon[i]!)}">${element('ele', altM?.[i])}<time>${time(at[i]!)}</time>`;
    if (doubts[i] !== 0) text += `<cmt>doubts: ${doubtNames(doubts[i]!).join(' ')}</cmt>`;
    text += element('sat', satellites?.[i]) + element('hdop', hdop?.[i]);
    const more =
      element('gpxtpx:atemp', temperatureC?.[i]) +
      element('gpxtpx:speed', speedMps?.[i]) +
      element('gpxtpx:course', course(headingDeg?.[i]));
    if (more !== '')
      text += `<extensions><gpxtpx:TrackPointExtension>${more}</gpxtpx:TrackPointExtension></extensions>`;
    text += '</trkpt>\n';
  }
  return text;
}

function element(name: string, value = NaN): string {
  return Number.isNaN(value) ? '' : `<${name}>${decimalText(value)}</${name}>`;
}

/** The schema knows longitudes from −180 to less than 180. */
function longitude(lon: number): string {
  return lon === 180 ? '-180' : decimalText(lon);
}

/** As with headings: north is 0, never 360. */
function course(heading: number | undefined): number | undefined {
  return heading === 360 ? 0 : heading;
}
