import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import type { Position } from '../../src/domain/fix.ts';

/** Every row of an individual in a packed Movebank export that has a position, in the order of the file and with nothing judged. */
export function movebankPositions(folder: string, file: string, individual: string): (Position & { at: number })[] {
  const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(path.join(folder, file))), { columns: true });
  return rows
    .filter((row) => row['individual-local-identifier'] === individual && row['location-long'])
    .map((row) => ({
      at: Date.parse(`${row['timestamp']!.replace(' ', 'T')}Z`),
      lon: Number(row['location-long']),
      lat: Number(row['location-lat']),
    }));
}
