import type { Reading } from '../../domain/fix.ts';
import type { ImportItem, RowOf } from '../import-item.ts';
import type { Layout, SensorColumns } from './layout.ts';
import { numberIn } from './numbers.ts';
import type { ReadingOptions } from './options.ts';
import { notDegrees, RANGE } from './position-text.ts';
import type { RowSplitter } from './row-splitter.ts';
import { TimeReader } from './time-reader.ts';
import { zoneNamed } from './zone.ts';

/** What people write for "nothing was measured". */
const NOTHING = new Set(['NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', '-', '--']);
const LONGEST_NOTHING = 4;
/** GPS among Movebank's numbers of sensor types. */
const GPS = new Set(['gps', '653']);
const YES = new Set(['true', 't', '1', 'yes']);
const NO = new Set(['false', 'f', '0', 'no']);
/** Of a row that cannot be read as much is kept as lets people find it. */
export const RAW_CHARACTERS = 1_000;
/** Names of tags and animals remembered, so that each is one text in memory. */
const MAX_NAMES = 10_000;
const MAX_NAME_CHARACTERS = 200;
const LONG_NAME = `a name of at most ${MAX_NAME_CHARACTERS} characters`;
/** A text that is kept with a fix is no longer. */
const MAX_KEPT_CHARACTERS = 1_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is wrong with a row: the column, and what was expected there. */
interface Wrong {
  readonly column: string | undefined;
  readonly expected: string;
}

/** Turns rows of a CSV file into items, by its layout. */
export class RowReader {
  private readonly times: TimeReader;
  private readonly decimal: number;
  private readonly names = new Map<string, string>();
  /** How much was found beside of the last row. */
  private extras = 0;
  private column = -1;
  private from = 0;
  private to = 0;

  constructor(
    private readonly layout: Layout,
    private readonly rows: RowSplitter,
    private readonly options: ReadingOptions,
  ) {
    // What the file says of its zone goes before what the importer says of times that say none.
    const zone = layout.utc ? 'UTC' : options.zone;
    this.times = new TimeReader(zone === undefined ? null : zoneNamed(zone, options.repeatedTime), options.dateOrder);
    this.decimal = options.decimal === ',' ? 44 : 46;
  }

  /** The item that the splitter's row is. */
  read(): ImportItem {
    const { rows } = this;
    const wrong = this.badRow();
    if (wrong !== null) return this.bad(wrong);
    const sensor = this.otherSensor();
    if (sensor !== null) return { kind: 'other', line: rows.line, what: sensor };
    const item = this.measured();
    return 'kind' in item ? item : this.bad(item);
  }

  private bad({ column, expected }: Wrong): ImportItem {
    return { kind: 'bad', line: this.rows.line, column, expected, raw: this.rows.raw(RAW_CHARACTERS) };
  }

  private badRow(): Wrong | null {
    const { rows, layout } = this;
    if (rows.fault !== null) return { column: rows.columnName(rows.fault.cell), expected: rows.fault.expected };
    const wanted = layout.header.length;
    if (rows.cells === wanted) return null;
    // Spreadsheets end rows with more delimiters than there are columns.
    for (let i = wanted; i < rows.cells; i += 1) {
      if ((rows.ends[i] ?? 0) > (rows.starts[i] ?? 0))
        return { column: undefined, expected: fields(wanted, rows.cells) };
    }
    return rows.cells > wanted ? null : { column: undefined, expected: fields(wanted, rows.cells) };
  }

  private otherSensor(): string | null {
    for (const column of this.layout.sensor) {
      if (!this.at(column)) continue;
      const sensor = this.taken().toLowerCase();
      return GPS.has(sensor) ? null : sensor.slice(0, 60).toWellFormed();
    }
    return null;
  }

  private measured(): ImportItem | Wrong {
    const at = this.time();
    if (typeof at !== 'number') return at;
    const row = this.whose();
    if ('expected' in row) return row;
    const position = this.position();
    if (position !== null && 'expected' in position) return position;
    const outlier = this.outlier();
    if (typeof outlier !== 'boolean') return outlier;
    const { line } = this.rows;
    const { tag, animal } = row;
    if (position === null) {
      const extra = nothing();
      const wrong = this.sensorsInto(extra) ?? this.extraInto(extra);
      if (wrong !== null) return wrong;
      return { kind: 'attempt', line, tag, animal, attempt: { at, extra } };
    }
    const reading: Mutable<Reading> = { at, lon: position.lon, lat: position.lat };
    const wrong = this.sensorsInto(reading);
    if (wrong !== null) return wrong;
    if (this.layout.extra.length > 0) {
      const extra = nothing();
      const tooLong = this.extraInto(extra);
      if (tooLong !== null) return tooLong;
      if (this.extras > 0) reading.extra = extra;
    }
    return { kind: 'fix', line, tag, animal, reading, outlier };
  }

  private time(): number | Wrong {
    const { layout, rows, times } = this;
    let at: number;
    if (layout.at >= 0) {
      if (!this.at(layout.at)) return this.wrong(layout.at, 'a time');
      at = times.read(rows.text, this.from, this.to);
    } else {
      const date = this.at(layout.date) ? this.taken() : '';
      const time = this.at(layout.time) ? this.taken() : '';
      const text = `${date} ${time}`;
      at = times.read(text, 0, text.length);
    }
    return Number.isNaN(at) ? this.wrong(layout.at >= 0 ? layout.at : layout.date, times.expected) : at;
  }

  private whose(): RowOf | Wrong {
    const { layout, options } = this;
    const animal = this.at(layout.animal) ? this.name() : (options.animal ?? null);
    const tag = this.at(layout.tag) ? this.name() : (options.tag ?? animal);
    if (animal === '') return this.wrong(layout.animal, LONG_NAME);
    if (tag === '') return this.wrong(layout.tag, LONG_NAME);
    if (tag === null) {
      return this.wrong(
        layout.tag >= 0 ? layout.tag : layout.animal,
        'the name of a collar or animal: whose row is it?',
      );
    }
    return { tag, animal };
  }

  /** Null: an attempt without one. */
  private position(): { readonly lon: number; readonly lat: number } | Wrong | null {
    const { layout } = this;
    const hasLon = this.at(layout.lon);
    const lon = hasLon ? this.number() : 0;
    const lonText = hasLon ? this.taken() : '';
    const hasLat = this.at(layout.lat);
    if (!hasLon && !hasLat) return null;
    if (!hasLon) return this.wrong(layout.lon, 'a longitude beside the latitude, or neither');
    if (!hasLat) return this.wrong(layout.lat, 'a latitude beside the longitude, or neither');
    const lat = this.number();
    // Written so that NaN fails.
    if (!(lat >= -RANGE.lat && lat <= RANGE.lat)) {
      return this.wrong(layout.lat, notDegrees('lat', this.taken(), lat, lon));
    }
    if (!(lon >= -RANGE.lon && lon <= RANGE.lon)) return this.wrong(layout.lon, notDegrees('lon', lonText, lon, lat));
    return { lon, lat };
  }

  private outlier(): boolean | Wrong {
    const { layout } = this;
    let outlier = false;
    for (const column of layout.outlier) {
      const marked = this.flag(column);
      if (typeof marked === 'object' && marked !== null) return marked;
      outlier ||= marked === true;
    }
    const valid = outlier ? this.flag(layout.valid) : null;
    if (valid === true) outlier = false;
    const visible = this.flag(layout.visible);
    if (typeof visible === 'object' && visible !== null) return visible;
    return outlier || visible === false;
  }

  private flag(column: number): boolean | null | Wrong {
    if (!this.at(column)) return null;
    const text = this.taken().toLowerCase();
    if (YES.has(text)) return true;
    return NO.has(text) ? false : this.wrong(column, 'true or false');
  }

  private sensorsInto(values: object): Wrong | null {
    for (const sensor of this.layout.sensors) {
      const wrong = this.sensorInto(values as Record<string, number>, sensor);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  private sensorInto(values: Record<string, number>, { name, columns, factor }: SensorColumns): Wrong | null {
    for (const column of columns) {
      if (!this.at(column)) continue;
      const value = this.number();
      if (Number.isNaN(value)) return this.wrong(column, 'a number');
      values[name] = factor === 1 ? value : Math.round(value * factor * 1e6) / 1e6;
      return null;
    }
    return null;
  }

  private extraInto(extra: Record<string, unknown>): Wrong | null {
    this.extras = 0;
    for (const { name, columns } of this.layout.extra) {
      for (const column of columns) {
        if (!this.at(column)) continue;
        if (this.to - this.from > MAX_KEPT_CHARACTERS) {
          return this.wrong(column, `at most ${MAX_KEPT_CHARACTERS} characters, to keep them with a fix`);
        }
        extra[name] = keptValue(this.taken(), this.number());
        this.extras += 1;
        break;
      }
    }
    return null;
  }

  /** Whether a cell has a value; `from` and `to` then say where, without the spaces around it. */
  private at(column: number): boolean {
    if (column < 0) return false;
    const { text } = this.rows;
    let from = this.rows.starts[column] ?? 0;
    let to = this.rows.ends[column] ?? 0;
    while (from < to && text.charCodeAt(from) <= 32) from += 1;
    while (to > from && text.charCodeAt(to - 1) <= 32) to -= 1;
    this.column = column;
    this.from = from;
    this.to = to;
    if (from === to) return false;
    // A digit first is the common case, and none of these.
    if (to - from > LONGEST_NOTHING || (text.charCodeAt(from) >= 48 && text.charCodeAt(from) <= 57)) return true;
    return !NOTHING.has(text.slice(from, to));
  }

  private number(): number {
    return numberIn(this.rows.text, this.from, this.to, this.decimal);
  }

  private taken(): string {
    return this.rows.unquoted(this.column, this.from, this.to);
  }

  /** Empty: it is too long for a name. */
  private name(): string {
    if (this.to - this.from > MAX_NAME_CHARACTERS) return '';
    const name = this.rows.text.slice(this.from, this.to);
    const known = this.names.get(name);
    if (known !== undefined) return known;
    if (this.names.size >= MAX_NAMES) this.names.clear();
    // Copied: a slice would keep the whole piece of the file in memory.
    const own = Buffer.from(this.taken()).toString();
    this.names.set(Buffer.from(name).toString(), own);
    return own;
  }

  private wrong(column: number, expected: string): Wrong {
    return { column: this.rows.columnName(column), expected };
  }
}

/** A number where it stands for the same text again; 007 and long ids are texts. */
function keptValue(text: string, value: number): string | number {
  return text.length <= 16 && /^-?(?:0|[1-9]\d*)(?:[.,]\d+)?$/.test(text) && !Number.isNaN(value) ? value : text;
}

/** No prototype: a column named __proto__ is a column like any other. */
function nothing(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function fields(wanted: number, found: number): string {
  const cut = found < wanted ? ' (is the row cut off?)' : ' (is a delimiter in a value without quotes?)';
  return `${wanted} fields as in the header, not ${found}${cut}`;
}
