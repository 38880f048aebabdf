import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { HerdKnown } from './history-questions.ts';
import { round, spread } from './measure.ts';
import { serialOf } from './reserve-under-bench.ts';
import { ADMIN_TOKEN } from './server-under-bench.ts';

const GOAL = 200_000;
/** With the first, who has a fix every ten minutes, a million fixes of five years. */
const ANIMALS = 19;
const FORMATS = ['csv', 'parquet', 'geojson'] as const;

const HEAD = [
  '| export of five years of 19 animals | fixes | MB | fixes/s: median (min–max) | goal | `COPY … TO STDOUT (FORMAT csv)` fixes/s | ours ÷ it |',
  '|---|---|---|---|---|---|---|',
];

/** Reads long answers as fast as they come, beside COPY of the same rows. @returns a table */
export async function exportTable(http: string, database: Client, herd: HerdKnown, runs: number): Promise<string> {
  const collars = herd.collarIds.slice(0, ANIMALS);
  const { rows } = await database.query<{ n: number }>(
    'SELECT count(*)::float8 AS n FROM fix WHERE collar_id = ANY($1) AND at < $2 AND doubts = 0',
    [collars, new Date(herd.to)],
  );
  const fixes = rows[0]!.n;
  const animals = collars.map((_, place) => `a-${serialOf(place)}`).join();
  const lines: string[] = [];
  for (const format of FORMATS) {
    const path = `/api/v1/tracks?animals=${animals}&to=${new Date(herd.to).toISOString()}&format=${format}`;
    const [ours, bare]: number[][] = [[], []];
    let bytes: number | null = 0;
    for (let run = 0; run < runs && bytes !== null; run++) {
      let began = performance.now();
      bytes = await readAll(http + path);
      ours!.push(fixes / ((performance.now() - began) / 1_000));
      began = performance.now();
      await copyAll(database, collars, herd.to);
      bare!.push(fixes / ((performance.now() - began) / 1_000));
    }
    if (bytes === null) lines.push(`| ${format} | not here | – | – | ${round(GOAL)} | – | – |`);
    else {
      const { min, median, max } = spread(ours!);
      const held = spread(bare!).median;
      const cells = [
        format,
        fixes.toLocaleString('en-US'),
        round(bytes / 1e6),
        `${round(median)} (${round(min)}–${round(max)})`,
        round(GOAL),
        round(held),
        round(median / held),
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return [...HEAD, ...lines].join('\n');
}

/** @returns bytes; null: there is no such answer */
async function readAll(url: string): Promise<number | null> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  if (!answer.ok || !answer.body) return null;
  let bytes = 0;
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
  return bytes;
}

/** Numbers alone make up the text. */
async function copyAll(database: Client, collars: readonly number[], to: number): Promise<void> {
  const stream = database.query(
    copyTo(`COPY (SELECT * FROM fix WHERE collar_id IN (${collars.join()}) AND at < to_timestamp(${to / 1_000}) AND doubts = 0
      ORDER BY collar_id, at) TO STDOUT (FORMAT csv)`),
  );
  for await (const chunk of stream) void chunk;
}
