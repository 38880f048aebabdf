import type { SaxesTagPlain } from 'saxes';
import { SaxesParser } from 'saxes';
import type { FailedAttempt, Reading } from '../../domain/fix.ts';
import type { ImportItem, Place } from '../import-item.ts';
import { UnreadableFile } from '../import-item.ts';
import type { ItemReader } from './item-reader.ts';
import { numberIn } from './numbers.ts';
import type { ReadingOptions } from './options.ts';
import { notDegrees, RANGE } from './position-text.ts';
import { TimeReader } from './time-reader.ts';
import { zoneNamed } from './zone.ts';

/** Characters without the end of a tag, at most; and tags within each other. */
const MAX_TAG_CHARACTERS = 1_048_576;
const MAX_DEPTH = 64;
const POINT = 46;

/** Elements of a point that are measurements, GPX 1.1 and 1.0 (which alone has speed and course), and our names for them. */
const MEASUREMENTS: Readonly<Record<string, 'altM' | 'hdop' | 'satellites' | 'speedMps' | 'headingDeg'>> = {
  ele: 'altM',
  hdop: 'hdop',
  sat: 'satellites',
  speed: 'speedMps',
  course: 'headingDeg',
};
const POINTS = new Map([
  ['trkpt', 'track point'],
  ['wpt', 'waypoint'],
  ['rtept', 'route point'],
]);

/** What a point says, as text. */
interface Point {
  readonly element: string;
  readonly line: number;
  readonly depth: number;
  readonly values: Record<string, string>;
}

/**
 * Items of a GPX file. Fixes are the points of tracks (and waypoints, where they are said to be); a track's name is whose they are,
 * unless that was said. Extensions are not read. Times are UTC, as GPX has them.
 */
export class GpxReader implements ItemReader<ImportItem> {
  private readonly parser = new SaxesParser();
  private readonly times = new TimeReader(zoneNamed('UTC', undefined), undefined);
  private items: ImportItem[] = [];
  private readonly path: string[] = [];
  private point: Point | null = null;
  private track: string | null = null;
  private text = '';
  private lastTag = 0;

  constructor(private readonly options: ReadingOptions) {
    this.parser.on('opentag', (tag) => this.open(tag));
    this.parser.on('closetag', (tag) => this.close(tag.name));
    this.parser.on('text', (text) => (this.text += text));
    this.parser.on('cdata', (text) => (this.text += text));
    this.parser.on('error', (error) => {
      throw this.broken(error.message.replace(/^\d+:\d+: /, ''));
    });
  }

  push(text: string, items: ImportItem[]): void {
    this.items = items;
    this.parser.write(text);
    if (this.parser.position - this.lastTag > MAX_TAG_CHARACTERS) {
      throw this.broken(`no tag within ${MAX_TAG_CHARACTERS} characters`);
    }
  }

  end(items: ImportItem[]): void {
    this.items = items;
    try {
      this.parser.close();
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      throw this.broken(`the file is cut off here: ${this.path.at(-1) ?? 'gpx'} is not closed`);
    }
  }

  where(): Place {
    return { line: this.parser.line, column: this.path.at(-1) };
  }

  private broken(what: string): UnreadableFile {
    const { line } = this.parser;
    const column = this.path.at(-1);
    const character = this.parser.columnIndex + 1;
    return new UnreadableFile(`line ${line}, character ${character}: ${what} (expected GPX, well-formed XML)`, {
      line,
      column,
    });
  }

  private open(tag: SaxesTagPlain): void {
    const name = localName(tag.name);
    this.path.push(name);
    this.lastTag = this.parser.position;
    this.text = '';
    if (this.path.length > MAX_DEPTH) throw this.broken(`more than ${MAX_DEPTH} elements within each other`);
    if (name === 'trk') this.track = null;
    if (this.point === null && POINTS.has(name)) {
      const { lat = '', lon = '' } = tag.attributes;
      this.point = { element: name, line: this.parser.line, depth: this.path.length, values: { lat, lon } };
    }
  }

  private close(closed: string): void {
    const name = localName(closed);
    this.lastTag = this.parser.position;
    const depth = this.path.length;
    this.path.pop();
    const text = this.text.trim();
    this.text = '';
    if (this.point !== null) {
      if (depth === this.point.depth + 1) this.point.values[name] = text;
      if (depth === this.point.depth) this.finish(this.point);
    } else if (name === 'name' && this.path.at(-1) === 'trk' && text !== '')
      this.track = text.slice(0, 200).toWellFormed();
  }

  private finish(point: Point): void {
    this.point = null;
    const { element, line } = point;
    const read = element === 'trkpt' || (element === 'wpt' && this.options.waypoints === true);
    this.items.push(read ? this.itemOf(point) : { kind: 'other', line, what: POINTS.get(element) ?? element });
  }

  private itemOf({ element, line, values }: Point): ImportItem {
    const bad = (column: string, expected: string): ImportItem => {
      const raw = JSON.stringify({ [element]: values })
        .slice(0, 1_000)
        .toWellFormed();
      return { kind: 'bad', line, column, expected, raw };
    };
    const owner = element === 'trkpt' ? this.track : null;
    const animal = this.options.animal ?? owner;
    const tag = this.options.tag ?? animal;
    if (tag === null) return bad('name', 'the name of the track, or tag said: whose track is it?');
    const { time = '', lat = '', lon = '' } = values;
    if (time === '') return bad('time', 'a time of the point');
    const at = this.times.read(time, 0, time.length);
    if (Number.isNaN(at)) return bad('time', this.times.expected);
    const measured = measurementsOf(values);
    if (typeof measured === 'string') return bad(measured, 'a number');
    if (values['fix'] === 'none') {
      const attempt: FailedAttempt = { at, extra: measured };
      return { kind: 'attempt', line, tag, animal, attempt };
    }
    const [x, y] = [degrees(lon), degrees(lat)];
    if (!(Math.abs(y) <= RANGE.lat)) return bad('lat', notDegrees('lat', lat, y, x));
    if (!(Math.abs(x) <= RANGE.lon)) return bad('lon', notDegrees('lon', lon, x, y));
    const extra = values['fix'] === undefined ? {} : { extra: { fixType: values['fix'].slice(0, 20) } };
    const reading: Reading = { at, lon: x, lat: y, ...measured, ...extra };
    return { kind: 'fix', line, tag, animal, reading, outlier: false };
  }
}

/** What a point measured, or the element that is no number. */
function measurementsOf(values: Readonly<Record<string, string>>): Record<string, number> | string {
  const measured: Record<string, number> = {};
  for (const [element, field] of Object.entries(MEASUREMENTS)) {
    const text = values[element];
    if (text === undefined || text === '') continue;
    const value = numberIn(text, 0, text.length, POINT);
    if (Number.isNaN(value)) return element;
    measured[field] = value;
  }
  return measured;
}

function degrees(text: string): number {
  const trimmed = text.trim();
  return numberIn(trimmed, 0, trimmed.length, POINT);
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
