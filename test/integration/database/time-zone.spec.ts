import pg from 'pg';
import { Database } from '../../../src/database/database.ts';
import { quiet } from '../../../src/database/log.ts';
import { createBareDatabase, testConfig } from '../../support/database.ts';

it('reads times as they are from a database that was set to another time zone', async () => {
  const { url, drop } = await createBareDatabase();
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET timezone = 'Asia/Vladivostok'`);
  await client.end();
  const database = await Database.open(testConfig(url), quiet);
  const [row] = await database.client.$queryRaw<
    { at: Date }[]
  >`SELECT to_timestamp(1700000000.123)::timestamptz(3) AS at`;
  expect(row?.at).toEqual(new Date(1_700_000_000_123));
  await database.stop();
  await drop();
});
