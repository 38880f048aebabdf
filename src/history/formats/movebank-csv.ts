import { stringify } from 'csv-stringify/sync';
import { type Doubt, doubtBit, doubtNames } from '../../domain/quality/doubt.ts';
import type { ColumnName, FixBlock } from '../fix-block.ts';
import { timeWriter } from './time-text.ts';
import type { TrackFormat, TrackOf } from './track-format.ts';
import { isReported, stretchesOf } from './stretches.ts';

/** Rows of one piece of text: some milliseconds, some hundred kilobytes. */
const ROWS = 2_000;

/** Our columns under the names of the Movebank Attribute Dictionary, in its units. */
const SENSORS: readonly (readonly [header: string, column: ColumnName])[] = [
  ['height-above-ellipsoid', 'altM'],
  ['location-error-numerical', 'accuracyM'],
  ['gps:hdop', 'hdop'],
  ['gps:satellite-count', 'satellites'],
  ['ground-speed', 'speedMps'],
  ['heading', 'headingDeg'],
  ['external-temperature', 'temperatureC'],
  ['tag-voltage', 'batteryV'],
  ['activity-count', 'activity'],
];

const HEADERS = [
  'visible',
  'timestamp',
  'location-long',
  'location-lat',
  ...SENSORS.map(([header]) => header),
  'algorithm-marked-outlier',
  'import-marked-outlier',
  'event-comments',
  'sensor-type',
  'individual-taxon-canonical-name',
  'tag-local-identifier',
  'individual-local-identifier',
  'animal-nickname',
  'study-name',
];

const STUDY = 'Collarwatch';

/**
 * As Movebank's own export: one row a fix, times in UTC. A doubted fix has `visible` false and is marked as an outlier, by whoever
 * imported it or by our algorithm; `event-comments` names the doubts.
 *
 * What people have written (names, species, serials) is quoted where it must be, and where a spreadsheet would take it for a formula an
 * apostrophe stands before it. Numbers stay numbers.
 */
export const MOVEBANK_CSV: TrackFormat = {
  name: 'csv',
  type: 'text/csv; charset=utf-8; header=present',
  asked: ['text/csv'],
  extension: 'csv',
  columns: SENSORS.map(([, column]) => column),

  async *write(parts) {
    const time = timeWriter(' ', '');
    let row = NO_WRITTEN;
    yield `${HEADERS.join(',')}\n`;
    for await (const { animal, block } of parts) {
      if (row.animal !== animal || row.collar !== block.collar) row = writtenOf(animal, block.collar);
      for (const { from, to } of stretchesOf(block, ROWS)) yield rowsText(block, from, to, time, row.text);
    }
  },
};

/** The end of a row, which is the same for all fixes of an animal and a collar. */
interface Written {
  readonly animal: TrackOf | null;
  readonly collar: string;
  readonly text: string;
}
const NO_WRITTEN: Written = { animal: null, collar: '', text: '' };

function writtenOf(animal: TrackOf, collar: string): Written {
  const fields = ['gps', animal.species ?? '', collar, animal.id, animal.name, STUDY];
  return { animal, collar, text: `,${stringify([fields], { escape_formulas: true, eof: false })}\n` };
}

function rowsText(block: FixBlock, from: number, to: number, time: (at: number) => string, written: string): string {
  const { at, lon, lat, doubts } = block;
  const { reported, after } = reportedOf(block, from, to);
  const trusted = `${after},,,${written}`;
  let text = '';
  for (let i = from; i < to; i++) {
    const bits = doubts[i]!;
    text += `${bits === 0 ? 'true,' : 'false,'}${time(at[i]!)},${lon[i]!},${lat[i]!}`;
    for (const { before, values, isVoltage } of reported) {
      const value = values[i]!;
      if (Number.isNaN(value)) text += before;
      else text += before + (isVoltage ? millivolts(value) : value);
    }
    text += bits === 0 ? trusted : after + doubtedText(bits) + written;
  }
  return text;
}

interface Reported {
  /** The commas of all columns since the last one that has a value. */
  readonly before: string;
  readonly values: Float64Array;
  readonly isVoltage: boolean;
}

/** Sensors that have a value in these rows. Most collars report few, and a column of commas need not be looked at for each fix. */
function reportedOf({ columns }: FixBlock, from: number, to: number): { reported: Reported[]; after: string } {
  const reported: Reported[] = [];
  let before = '';
  for (const [, name] of SENSORS) {
    before += ',';
    const values = columns[name];
    if (!isReported(values, from, to)) continue;
    reported.push({ before, values, isVoltage: name === 'batteryV' });
    before = '';
  }
  return { reported, after: before };
}

const IMPORTED: Doubt = 'marked-outlier';

/** `algorithm-marked-outlier`, `import-marked-outlier` and `event-comments` of a doubted fix. */
function doubtedText(bits: number): string {
  const byUs = (bits & ~doubtBit(IMPORTED)) !== 0;
  const byImport = (bits & doubtBit(IMPORTED)) !== 0;
  return `,${byUs ? 'true' : ''},${byImport ? 'true' : ''},doubts: ${doubtNames(bits).join(' ')}`;
}

/** Without the dust of binary fractions: 4.1 V are 4100 mV, not 4099.999999999999. */
function millivolts(volts: number): number {
  return Math.round(volts * 1e6) / 1e3;
}
