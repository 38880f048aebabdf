import { doubtBit } from '../../../src/domain/quality/doubt.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

interface Sent {
  readonly at: string;
  readonly received: string;
  readonly lat: number;
  readonly doubts?: number;
  readonly reconsidered?: string;
}

/** Minutes north of 43° that a leopard cannot go in an hour, and what it can. */
const FAR = 0.5;
const NEAR = 0.01;

const day = (hour: string) => `2026-03-31T${hour}.000Z`;

describe('the fixes of an animal', () => {
  let rest: RestApp;
  let ranger: string;
  beforeAll(async () => {
    rest = await startRestApp();
    ranger = await rest.tokenFor('ranger');
    const put = await rest.ask('PUT', '/api/v1/reserve', {
      body: {
        animals: [
          { id: 'sofia', name: 'Sofia' },
          { id: 'leo', name: 'Leo' },
        ],
        collars: [{ serial: 'one' }, { serial: 'two' }],
        deployments: [
          { animal: 'sofia', collar: 'one', from: '2026-01-01T00:00:00Z' },
          { animal: 'leo', collar: 'two', from: '2026-01-01T00:00:00Z' },
        ],
      },
    });
    expect(put.status).toBe(200);
    // 12:00 looked wrong until 13:00 came, hours late; 20:00 waits for the next; 11:00 is still a mistake.
    await store('one', [
      { at: day('10:00:00'), received: day('10:00:05'), lat: 43 },
      { at: day('11:00:00'), received: day('11:00:05'), lat: 43 + 2 * FAR, doubts: doubtBit('impossible-speed') },
      { at: day('12:00:00'), received: day('12:00:05'), lat: 43 + FAR, reconsidered: day('18:00:06') },
      { at: day('13:00:00'), received: day('18:00:05'), lat: 43 + FAR + NEAR },
      { at: day('14:00:00'), received: day('14:00:05'), lat: 43 + FAR + 2 * NEAR },
      { at: day('15:00:00'), received: day('18:00:05'), lat: 43 + FAR + 3 * NEAR },
      { at: day('20:00:00'), received: day('20:00:05'), lat: 46, doubts: doubtBit('unconfirmed') },
    ]);
    await rest.test.database.client.$executeRaw`
      INSERT INTO failed_attempt (collar_id, at, received_at, extra)
      SELECT id, at::timestamptz, at::timestamptz + interval '5 s', '{"tries":3}'::jsonb
      FROM collar, unnest(${[day('12:00:00'), day('16:00:00')]}::text[]) AS at WHERE serial = 'one'`;
  });
  afterAll(() => rest.close());

  async function store(collar: string, fixes: readonly Sent[]): Promise<void> {
    const { database } = rest.test;
    await database.ensureMonths(fixes.map(({ at }) => Date.parse(at)));
    for (const { at, received, lat, doubts = 0, reconsidered = null } of fixes)
      await database.client.$executeRaw`
        INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late, reconsidered_at, extra)
        SELECT ${at}::timestamptz, ${received}::timestamptz, 131.5, ${lat}, id, ${doubts}, false, ${reconsidered}::timestamptz,
          '{"mode":"3D"}' FROM collar WHERE serial = ${collar}`;
  }

  const ask = (path: string, headers: Record<string, string> = {}) =>
    rest.ask('GET', `/api/v1${path}`, { token: ranger, headers });
  const hours = (items: { at: string; doubts?: string[]; failed?: boolean }[]) =>
    items.map(({ at, doubts, failed }) =>
      [at.slice(11, 13), ...(failed ? ['failed'] : []), ...(doubts ?? [])].join(' '),
    );
  const fixes = async (query: string) => hours((await ask(`/animals/sofia/fixes?${query}`)).json.items);

  it('are told as they were known', async () => {
    expect(await fixes(`asOf=${day('11:30:00')}`)).toEqual(['10', '11 unconfirmed']);
    expect(await fixes(`asOf=${day('12:30:00')}`)).toEqual(['10', '11 impossible-speed', '12 unconfirmed']);
    expect(await fixes(`asOf=${day('14:30:00')}&doubts=without`)).toEqual(['10', '12', '14']);
    expect(await fixes(`asOf=${day('14:30:00')}&to=${day('12:00:00.001').replace('.000', '')}`)).toEqual([
      '10',
      '11 impossible-speed',
      '12',
    ]);
    expect(await fixes(`asOf=${day('09:00:00')}`)).toEqual([]);
  });

  it('are the same as of now as they are', async () => {
    const present = (await ask('/animals/sofia/fixes')).json;
    expect((await ask(`/animals/sofia/fixes?asOf=${new Date().toISOString()}`)).json).toEqual(present);
    expect(hours(present.items)).toEqual(['10', '11 impossible-speed', '12', '13', '14', '15', '20 unconfirmed']);
    expect(present.items[0].extra).toEqual({ mode: '3D' });
  });

  it('come page by page as they were known', async () => {
    const whole = (await ask(`/animals/sofia/fixes?asOf=${day('14:30:00')}`)).json.items;
    for (const limit of [1, 2, 3]) {
      const items: unknown[] = [];
      for (let next: string | null = ''; next !== null;) {
        const page = (
          await ask(`/animals/sofia/fixes?asOf=${day('14:30:00')}&limit=${limit}${next && `&after=${next}`}`)
        ).json;
        items.push(...page.items);
        next = page.next as string | null;
      }
      expect(items).toEqual(whole);
    }
  });

  it('answer positions as they were known', async () => {
    const at = async (query: string) =>
      ((await ask(`/positions${query}`)).json.features as { id: string; properties: { at: string } }[]).map(
        ({ id, properties }) => `${id} ${properties.at.slice(11, 13)}`,
      );
    expect(await at(`?asOf=${day('11:30:00')}`)).toEqual(['sofia 10']);
    expect(await at(`?asOf=${day('14:30:00')}`)).toEqual(['sofia 14']);
    expect(await at('')).toEqual(['sofia 15']);
    expect(await at(`?asOf=${day('09:00:00')}`)).toEqual([]);
    const now = (await ask(`/positions?asOf=${new Date().toISOString()}`)).json;
    expect(now).toEqual((await ask('/positions')).json);
  });

  it('come with the attempts that got no position, in the order of time, page by page', async () => {
    const all = ['10', '11 impossible-speed', '12', '12 failed', '13', '14', '15', '16 failed', '20 unconfirmed'];
    expect(await fixes('attempts=with')).toEqual(all);
    for (const limit of [1, 2, 3, 4]) {
      const items: { at: string }[] = [];
      for (let next: string | null = ''; next !== null;) {
        const page = (await ask(`/animals/sofia/fixes?attempts=with&limit=${limit}${next && `&after=${next}`}`)).json;
        items.push(...page.items);
        next = page.next as string | null;
      }
      expect(hours(items)).toEqual(all);
    }
    const { items } = (await ask(`/animals/sofia/fixes?attempts=with&from=${day('16:00:00')}&limit=1`)).json;
    expect(items).toEqual([
      { at: day('16:00:00'), failed: true, collar: 'one', receivedAt: day('16:00:05'), extra: { tries: 3 } },
    ]);
  });

  it('are pulled by what changed: late ones, and those whose doubts are others now', async () => {
    const pull = (await ask(`/animals/sofia/fixes?updatedAfter=${day('17:00:00')}`)).json;
    expect(hours(pull.items)).toEqual(['12', '13', '15', '20 unconfirmed']);
    expect((pull.items as { updatedAt: string }[]).map(({ updatedAt }) => updatedAt.slice(11, 19))).toEqual([
      '18:00:06',
      '18:00:05',
      '18:00:05',
      '20:00:05',
    ]);
    const ago = Date.now() - Date.parse(pull.upTo);
    expect(ago).toBeGreaterThan(100_000);
    expect(ago).toBeLessThan(150_000);
    expect((await ask(`/animals/sofia/fixes?updatedAfter=${pull.upTo}`)).json.items).toEqual([]);
    const first = (await ask(`/animals/sofia/fixes?updatedAfter=${day('17:00:00')}&limit=2`)).json;
    const second = (await ask(`/animals/sofia/fixes?updatedAfter=${day('17:00:00')}&after=${first.next}`)).json;
    expect([...first.items, ...second.items]).toEqual(pull.items);
    expect(second.upTo).toBe(first.upTo);
    expect(await fixes(`updatedAfter=${day('15:00:00')}&attempts=with&doubts=without`)).toEqual([
      '12',
      '13',
      '15',
      '16 failed',
    ]);
  });

  it('come as lines, all of them', async () => {
    await rest.test.database.ensureMonths([Date.UTC(2026, 1, 1)]);
    await rest.test.database.client.$executeRaw`
      INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
      SELECT '2026-02-01'::timestamptz + n * interval '1 min', now(), 131, 43, id, 0, false FROM collar, generate_series(1, 12001) n
      WHERE serial = 'two'`;
    for (const answer of [
      await ask('/animals/leo/fixes?format=ndjson'),
      await ask('/animals/leo/fixes', { accept: 'application/x-ndjson' }),
    ]) {
      expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
      const lines = answer.text.split('\n');
      expect(lines.pop()).toBe('');
      const times = lines.map((line) => (JSON.parse(line) as { at: string }).at);
      expect(new Set(times).size).toBe(12_001);
      expect([...times].sort()).toEqual(times);
    }
    expect((await ask(`/animals/leo/fixes?format=ndjson&from=2027-01-01T00:00:00Z`)).text).toBe('');
  });

  it('can be asked for from the beginning to the end of all times', async () => {
    for (const asOf of ['', '&asOf=9999-12-31T23:59:59-23:59'])
      expect(await fixes(`from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59-23:59${asOf}`)).toHaveLength(7);
    expect(await fixes('asOf=0000-01-01T00:00:00Z')).toEqual([]);
  });

  it.each([
    `asOf=${day('10:00:00')}&updatedAfter=${day('10:00:00')}`,
    `asOf=${day('10:00:00')}&attempts=with`,
    'asOf=2026-03-31T10:00:00',
    'doubts=some',
    'format=xml',
  ])('refuse %s', async (query) => {
    expect((await ask(`/animals/sofia/fixes?${query}`)).json).toMatchObject({
      status: 400,
      type: '/problems/invalid-input',
    });
  });
});
