import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { aBlock } from '../../../test/factories/track-parts.ts';
import { GEOJSON } from './geojson.ts';
import { MF_JSON } from './mf-json.ts';
import { Spool } from './spool.ts';
import type { TrackPart } from './track-format.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function text(spool: Spool): Promise<string> {
  let all = '';
  for await (const piece of spool.read()) all += Buffer.from(piece).toString();
  return all;
}

describe('Spool', () => {
  it.each([10, 100_000])('gives back what it was given, in memory or not (%p)', async (chars) => {
    const spool = new Spool(chars);
    try {
      for (const round of [1, 2]) {
        const pieces = Array.from({ length: 2_000 }, (_, i) => `${round}:${i},`);
        for (const piece of pieces) await spool.append(piece);
        expect(await text(spool)).toBe(pieces.join(''));
        expect(spool.isOnDisk).toBe(chars === 10);
        await spool.clear();
        expect(await text(spool)).toBe('');
      }
    } finally {
      await spool.close();
    }
  });

  it('leaves no file behind, not even while it is full', async () => {
    const spool = new Spool(0);
    await spool.append('somewhere');
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('collarwatch-') && name.length === 48)).toEqual(
      [],
    );
    await spool.close();
  });
});

const BLOCK_ROWS = 10_000;
const animal = { id: 'sofia', name: 'Sofia' };

/** Blocks of one long segment, or of two, each made when it is asked for. */
async function* longTrack(rows: number, gapAt: number, note: () => void): AsyncGenerator<TrackPart, void, void> {
  const pattern = Array.from({ length: BLOCK_ROWS }, (_, i) => ({
    at: i * 300_000,
    lon: 131 + (i % 997) / 997,
    lat: 43 + (i % 463) / 463,
    doubts: 0,
    sensors: {},
  }));
  const block = aBlock(pattern, '30211', []);
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    if (first % (rows / 10) === 0) note();
    const at = block.at.map((time) => time + first * 300_000);
    yield await Promise.resolve({ animal, segment: first < gapAt ? 0 : 1, block: { ...block, at } });
  }
}

describe('formats that have to wait', () => {
  // 300,000 rows each, some seconds all together: the length is what it is about.
  it.each([
    ['GeoJSON without a gap', GEOJSON, Infinity],
    ['GeoJSON with a gap', GEOJSON, 100_000],
    ['MF-JSON without a gap', MF_JSON, Infinity],
  ])('hold no more of a long track than of a short one: %s', async (_, format, gapAt) => {
    const used: number[] = [];
    const note = () => {
      collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      used.push(heapUsed + arrayBuffers);
    };
    let bytes = 0;
    for await (const piece of format.write(longTrack(300_000, gapAt, note), { animals: [animal], several: false }))
      bytes += piece.length;
    note();
    expect(bytes).toBeGreaterThan(300_000 * 30);
    // Held back, 200,000 rows more would be some ten million bytes.
    const mean = (some: readonly number[]) => some.reduce((a, b) => a + b, 0) / some.length;
    expect(mean(used.slice(7, 10)) - mean(used.slice(1, 4))).toBeLessThan(5e6);
  });
});
