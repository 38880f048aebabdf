import { Database } from '../../../src/database/database.ts';
import { quiet } from '../../../src/database/log.ts';
import { aFix } from '../../factories/fixes.ts';
import { createTestDatabase, testConfig, type TestDatabase } from '../../support/database.ts';
import { Sluice } from '../../support/sluice.ts';
import { AT, LiveServer } from './live-server.ts';

let test: TestDatabase;
let sluice: Sluice;
let database: Database;
let server: LiveServer;
beforeAll(async () => {
  test = await createTestDatabase();
  const address = new URL(test.url);
  sluice = await Sluice.to(address.hostname, Number(address.port));
  address.port = String(sluice.port);
  address.hostname = '127.0.0.1';
  database = await Database.open({ ...testConfig(address.href), DATABASE_TIMEOUT_S: 2 }, quiet);
  server = await LiveServer.start(database);
  await server.register();
});
afterAll(async () => {
  await server.stop();
  await database.stop();
  await sluice.close();
  await test.drop();
});

it('readers wait for the database, are told so when they ask, and miss nothing', async () => {
  const collarId = server.collarId('30211');
  const first = await server.connect();
  first.subscribe({ id: 'p1', stream: 'positions' });
  await first.next('subscribed');
  await first.next('snapshot');
  await server.commit([aFix({ collarId, at: AT })]);
  const after = (await first.next('positions')).data.cursor;

  sluice.shut();
  first.subscribe({ id: 'p2', stream: 'positions' });
  expect((await first.next('error')).data).toMatchObject({ id: 'p2', code: 'unavailable' });
  first.subscribe({ id: 'p3', stream: 'positions', after });
  expect((await first.next('error')).data).toMatchObject({ id: 'p3', code: 'unavailable' });

  sluice.open();
  first.subscribe({ id: 'p2', stream: 'positions', after });
  await first.until(() => first.cursorOf('p2') !== undefined, 'subscribed again');
  await server.commit([aFix({ collarId, at: AT + 1_000 })]);
  await first.until(() => first.frames.filter(({ event }) => event === 'positions').length === 3, 'told twice');
  const told = first.frames.filter(({ event, data }) => event === 'positions' && data.cursor !== after);
  expect(told.map(({ data }) => [data.id, data.positions[0]?.at])).toEqual([
    ['p1', new Date(AT + 1_000).toISOString()],
    ['p2', new Date(AT + 1_000).toISOString()],
  ]);
  await first.cut();
}, 60_000);
