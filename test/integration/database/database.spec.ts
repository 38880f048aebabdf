import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

describe('a test database', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.drop());

  it('is reachable, safe and has the tables', async () => {
    expect(await test.database.isReachable()).toBe(true);
    expect(test.database.durability.unsafe).toEqual([]);
    expect(await test.database.client.animal.count()).toBe(0);
  });

  it('does all of a transaction or nothing', async () => {
    const { database } = test;
    const refused = database.transaction(async (sql) => {
      await sql.$executeRaw`INSERT INTO cursor (name, seq) VALUES ('alerting', 7)`;
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    await database.transaction((sql) => sql.$executeRaw`INSERT INTO cursor (name, seq) VALUES ('streams', 8)`);
    expect(await database.client.cursor.findMany()).toEqual([{ name: 'streams', seq: 8n, turn: 0n }]);
  });
});
