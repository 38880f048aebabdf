import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { createBareDatabase } from '../support/database.ts';
import { describeWithRealData } from '../support/real-data.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../support/server.ts';

const SIMULATOR = path.resolve(import.meta.dirname, '../../dist/simulator/main.js');

interface Row {
  readonly animal: string;
  readonly at: number;
  readonly lon: number;
  readonly lat: number;
}

async function rowsOf(file: string): Promise<Row[]> {
  const rows: Row[] = [];
  const csv = createReadStream(file)
    .pipe(createGunzip())
    .pipe(parse({ columns: true }));
  for await (const row of csv as AsyncIterable<Record<string, string>>) {
    rows.push({
      animal: row['individual-local-identifier']!,
      at: Date.parse(`${row['timestamp']!.replace(' ', 'T')}Z`),
      lon: Number(row['location-long']),
      lat: Number(row['location-lat']),
    });
  }
  return rows;
}

function replay(server: TestServer, file: string): Promise<string> {
  const args = [
    SIMULATOR,
    'replay',
    file,
    '--url',
    server.mqtt!,
    '--register',
    server.http,
    '--token',
    ADMIN_TOKEN,
    '--speed',
    'max',
    '--array',
    '20',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve, reject) =>
    child.once('exit', (code) => (code === 0 ? resolve(output) : reject(new Error(output)))),
  );
}

async function everyFix(server: TestServer, animal: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after = ''; ;) {
    const { json } = await server.api('GET', `/animals/${animal}/fixes?limit=5000${after}`);
    rows.push(
      ...(json.items as { at: string; lon: number; lat: number }[]).map(({ at, lon, lat }) => ({
        animal,
        at: Date.parse(at),
        lon,
        lat,
      })),
    );
    if (json.next === null) return rows;
    after = `&after=${String(json.next)}`;
  }
}

describeWithRealData('movebank-elephants-wall2014', (folder) => {
  it('two elephants of six years, replayed through MQTT, come out as they went in; a second replay adds nothing', async () => {
    const database = await createBareDatabase();
    const server = await startServer({ DATABASE_URL: database.url });
    const file = path.join(folder, 'elephants.csv.gz');
    const given = await rowsOf(file);
    expect(given).toHaveLength(23_494);
    for (let round = 0; round < 2; round++) {
      await replay(server, file);
      const { json } = await server.api('GET', '/animals');
      const animals = (json.items ?? json.animals ?? json) as { id: string; name: string }[];
      expect(animals).toHaveLength(2);
      let total = 0;
      for (const { id, name } of animals) {
        const expected = given
          .filter(({ animal }) => animal === name)
          .map((row) => ({ ...row, animal: id }))
          .sort((a, b) => a.at - b.at);
        const found = await everyFix(server, id);
        expect(found).toEqual(expected);
        total += found.length;
      }
      expect(total).toBe(23_494);
    }
    await server.kill('SIGTERM');
    await database.drop();
  }, 240_000);
});
