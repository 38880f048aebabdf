import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { aBlock } from '../../../test/factories/track-parts.ts';
import { GPX } from './gpx.ts';
import { KML } from './kml.ts';
import { MOVEBANK_CSV } from './movebank-csv.ts';
import { PARQUET } from './parquet.ts';
import type { TrackPart } from './track-format.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use, wherever they are. */
function inUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const BLOCK_ROWS = 10_000;
const animal = { id: 'sofia', name: 'Sofia', species: 'Panthera pardus orientalis' };

/** Blocks of a long track, each made when it is asked for, with a gap now and then. */
async function* longTrack(rows: number, note: () => void): AsyncGenerator<TrackPart, void, void> {
  const pattern = Array.from({ length: BLOCK_ROWS }, (_, i) => ({
    at: i * 300_000,
    lon: 131 + (i % 997) / 997,
    lat: 43 + (i % 463) / 463,
    doubts: i % 50 === 0 ? 1 : 0,
    sensors: { temperatureC: (i % 400) / 10 - 20, batteryV: 3.58, satellites: i % 12 },
  }));
  const block = aBlock(pattern, '30211');
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    if ((first / BLOCK_ROWS) % 6 === 5) note();
    const at = block.at.map((time) => time + first * 300_000);
    yield await Promise.resolve({ animal, segment: Math.floor(first / 300_000), block: { ...block, at } });
  }
}

describe('formats of tracks', () => {
  // Millions of rows are what it is about; all together some ten seconds. Of Parquet's list of row groups a byte a fix stays until the end.
  it.each([
    [MOVEBANK_CSV, 2_000_000, 4e6],
    [GPX, 200_000, 4e6],
    [KML, 200_000, 4e6],
    [PARQUET, 600_000, 6e6],
  ])('hold no more of a long track than of a short one: $name', async (format, rows, most) => {
    const used: number[] = [];
    let bytes = 0;
    const about = { animals: [animal], several: false };
    for await (const piece of format.write(
      longTrack(rows, () => used.push(inUse())),
      about,
    ))
      bytes += piece.length;
    expect(bytes).toBeGreaterThan(rows);
    // The first is of a program that is not warm yet.
    expect(used.at(-1)! - used[1]!).toBeLessThan(most);
  });
});
