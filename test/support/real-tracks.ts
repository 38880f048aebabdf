import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { errorMetres, type Reading } from '../../src/domain/fix.ts';
import { compareFixes, confirm, type Confirmation, STAMINA, UNKNOWN_ANIMAL } from '../../src/domain/quality/confirm.ts';
import { intrinsicDoubts } from '../../src/domain/quality/intrinsic.ts';
import type { JudgedFix } from '../../src/rules/rule.ts';
import { rowReader } from '../../simulator/replay/movebank.ts';

/** Undoubted fixes by animal, each in the order of time. */
export type Tracks = ReadonlyMap<string, readonly JudgedFix[]>;

/** A Movebank export, packed or not, as rules see it once the doubted fixes are gone. */
export function movebankTracks(folder: string, file: string): Tracks {
  const bytes = readFileSync(path.join(folder, file));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const [header, ...rows] = parse(text, { relax_column_count: true, record_delimiter: ['\r\n', '\n', '\r'] });
  const read = rowReader(header!);
  const readings = new Map<string, Reading[]>();
  for (const cells of rows) {
    const row = read(cells);
    if (row.kind !== 'report' || !('lon' in row.report)) continue;
    put(readings, row.wearer.individual, row.report);
  }
  return judged(readings);
}

/** The table of the raccoons, whose missed fixes have no position. */
export function raccoonTracks(folder: string): Tracks {
  const rows: Record<string, string>[] = parse(readFileSync(path.join(folder, 'raccoon.csv')), { columns: true });
  const readings = new Map<string, Reading[]>();
  for (const { animal_id: animal = '', latitude, longitude, timestamp = '', hdop } of rows) {
    if (!latitude || !longitude) continue;
    const reading = { at: Date.parse(timestamp), lat: Number(latitude), lon: Number(longitude), hdop: Number(hdop) };
    put(readings, animal, reading);
  }
  return judged(readings);
}

function put(readings: Map<string, Reading[]>, animal: string, reading: Reading): void {
  const track = readings.get(animal);
  if (track) track.push(reading);
  else readings.set(animal, [reading]);
}

function judged(readings: ReadonlyMap<string, readonly Reading[]>): Tracks {
  return new Map([...readings].map(([animal, track]) => [animal, undoubted(track)]));
}

function undoubted(readings: readonly Reading[]): JudgedFix[] {
  const placed = readings
    .filter((reading) => intrinsicDoubts(reading, reading.at) === 0)
    .map((reading) => ({ ...reading, collarId: 1 }))
    .sort(compareFixes);
  let state: Confirmation<(typeof placed)[number]> = UNKNOWN_ANIMAL;
  return placed.flatMap((fix) => {
    const { state: next, judge } = confirm(state, fix, STAMINA);
    state = next;
    return judge.map(({ at, lon, lat, accuracyM, hdop, batteryV, activity }) => ({
      ...{
        at,
        lon,
        lat,
        errorM: errorMetres({ ...(accuracyM !== undefined && { accuracyM }), ...(hdop !== undefined && { hdop }) }),
      },
      ...(batteryV !== undefined && { batteryV }),
      ...(activity !== undefined && { activity }),
    }));
  });
}
