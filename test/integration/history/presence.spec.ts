import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import type { PresenceLedger } from '../../../src/history/presence/ledger.ts';
import { aFarm, aReserve, northOfFarm } from '../../factories/reserve.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

const HOUR = 3_600_000;
const NAME = '=HYPERLINK("http://evil.example")<script>"Sofia"';

interface Told {
  readonly asOf: string | null;
  readonly digest: string;
  readonly ledger: PresenceLedger;
}

interface Fix {
  readonly at: number;
  readonly lat: number;
  readonly lon: number;
}

/** Evening of a date in Vladivostok, and so many hours after it. */
const evening = (date: string, hours = 0) => Date.parse(`${date}T12:00:00Z`) + hours * HOUR;
const north = (at: number, metres: number): Fix => ({ at, ...northOfFarm(metres) });

/**
 * May 2026, a fix every 4 hours 30 km north of the farm, at 0, 4, 8 … UTC, but: on the 3rd at 22 h local time 1,500 m from the fence; on the 7th
 * twice inside at night; on the 10th and 11th nothing at all; on the 20th inside, at noon.
 */
function may(): Fix[] {
  const fixes: Fix[] = [];
  for (let at = Date.parse('2026-04-29T00:00:00Z'); at < Date.parse('2026-06-03T00:00:00Z'); at += 4 * HOUR) {
    const date = new Date(at).toISOString().slice(0, 10);
    if (date === '2026-05-10' || date === '2026-05-11') continue;
    if (at === Date.parse('2026-05-03T12:00:00Z')) fixes.push(north(at, 1_500));
    else if (date === '2026-05-07' && [12, 16].includes(new Date(at).getUTCHours())) fixes.push(north(at, -500));
    else if (at === Date.parse('2026-05-20T04:00:00Z')) fixes.push(north(at, -500));
    else fixes.push(north(at, 30_000));
  }
  return fixes;
}

describe('the presence ledger', () => {
  let rest: RestApp;
  let ranger: string;
  let farmer: string;
  beforeAll(async () => {
    rest = await startRestApp();
    const reserve = aReserve();
    const put = await rest.ask('PUT', '/api/v1/reserve', {
      body: {
        ...reserve,
        farms: {
          ...reserve.farms,
          features: [aFarm(), aFarm('other', { lon: 10, lat: 50 }), aFarm('north', { lon: 25, lat: 70 })],
        },
        animals: [
          { id: 'sofia', name: NAME },
          { id: 'leo', name: 'Leo' },
          { id: 'wild', name: 'No collar' },
        ],
        collars: [...reserve.collars, { serial: 'second' }],
        deployments: [
          ...reserve.deployments,
          { animal: 'leo', collar: 'second', from: '2026-05-15T00:00:00Z', to: null },
        ],
      },
    });
    expect(put.status).toBe(200);
    ranger = await rest.tokenFor('ranger');
    farmer = await rest.tokenFor('farmer', ['olenevod']);
    await store('30211', may());
  });
  afterAll(() => rest.close());

  async function store(
    collar: string,
    fixes: readonly Fix[],
    receivedAt = (fix: Fix) => fix.at + 5_000,
  ): Promise<void> {
    const { database } = rest.test;
    await database.ensureMonths(fixes.map(({ at }) => at));
    const rows = fixes.map((fix) => ({ ...fix, at: iso(fix.at), received: iso(receivedAt(fix)) }));
    await database.client.$executeRaw`
      INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
      SELECT at, received, f.lon, f.lat, collar.id, 0, false
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS f(at timestamptz, received timestamptz, lon float8, lat float8), collar
      WHERE collar.serial = ${collar}`;
  }

  const iso = (at: number) => new Date(at).toISOString();
  const ask = (query: string, token = ranger, headers = {}, farm = 'olenevod') =>
    rest.ask('GET', `/api/v1/farms/${farm}/presence?${query}`, { token, headers });
  const MAY = 'month=2026-05&zone=Asia/Vladivostok';
  const told = async (query: string, farm?: string) => (await ask(query, ranger, {}, farm)).json as Told;
  const sofia = (query = '') => told(`${MAY}&animals=sofia${query}`);
  const idsOf = ({ animals }: PresenceLedger) => animals.map(({ id }) => id);

  it('tells each night of a month, as worked out by hand', async () => {
    const { ledger } = await sofia();
    expect(ledger).toMatchObject({ format: 'collarwatch-presence-1', month: '2026-05', zone: 'Asia/Vladivostok' });
    expect(ledger.farm).toMatchObject({ id: 'olenevod', nearM: 2_000, closeM: 500 });
    expect(ledger.nights).toHaveLength(31);
    const animal = ledger.animals[0]!;
    expect(animal.nights.map(({ near }) => near[0]).join('')).toBe(
      // Nights here begin and end on one date of UTC, so those of the 10th and the 11th have no fix at all.
      'aap' + 'aaa' + 'p' + 'aa' + 'uu' + 'a'.repeat(20),
    );
    const [third, seventh] = [animal.nights[2]!, animal.nights[6]!];
    // Nights begin after 10 h UTC and end at 20 h: of the fixes, those at 12 h and 16 h lie in them.
    expect(third).toMatchObject({ near: 'present', close: 'absent', inside: 'absent', longestGapS: 4 * 3_600 });
    expect(third.closest).toMatchObject({ at: iso(evening('2026-05-03')), between: false });
    expect(third.closest!.m).toBeGreaterThan(1_490);
    expect(third.closest!.m).toBeLessThan(1_510);
    expect(seventh).toMatchObject({ near: 'present', close: 'present', inside: 'present', fixes: 2 });
    expect(seventh.closest).toMatchObject({ m: 0, between: true });
    expect(animal.nights[19]).toMatchObject({ near: 'absent', closest: null });
    expect(animal.totals).toEqual({
      near: { present: 2, absent: 27, unknown: 2 },
      close: { present: 1, absent: 28, unknown: 2 },
      inside: { present: 1, absent: 28, unknown: 2 },
    });
  });

  it('is of all that wore a collar, unless animals are named; of any of them it knows as little as of the least known', async () => {
    const all = (await told(MAY)).ledger;
    expect(idsOf(all)).toEqual(['leo', 'sofia']);
    expect(all.totals.near).toEqual({ present: 2, absent: 0, unknown: 29 });
    const named = (await told(`${MAY}&animals=wild,sofia,wild`)).ledger;
    expect(idsOf(named)).toEqual(['sofia', 'wild']);
    expect(named.animals[1]!.totals.inside).toEqual({ present: 0, absent: 0, unknown: 31 });
    expect((await told('month=2025-12')).ledger.animals).toEqual([]);
  });

  it('has a digest that anybody can check, and no place in it', async () => {
    const { text, json } = await ask(MAY);
    const ledger = text.slice(text.indexOf('"ledger":') + '"ledger":'.length, text.lastIndexOf('}'));
    expect(json.digest).toBe(`sha256:${createHash('sha256').update(ledger).digest('hex')}`);
    expect(JSON.parse(ledger)).toEqual(json.ledger);
    expect(text).not.toMatch(/43[.,]3|131[.,]7|"(lat|lon|coordinates)"/);
  });

  it('is the same to the byte, whatever order the same fixes came in', async () => {
    const formats = ['json', 'csv', 'html'];
    const before = await Promise.all(formats.map((format) => ask(`${MAY}&format=${format}`)));
    await rest.test.database.client.$executeRaw`DELETE FROM fix`;
    const late = new Map(
      may().map(({ at }, index) => [at, Date.parse('2026-07-01T00:00:00Z') + ((index * 37) % 101) * 1_000]),
    );
    const shuffled = [...may()].sort((a, b) => late.get(a.at)! - late.get(b.at)!);
    for (let i = 0; i < shuffled.length; i += 50)
      await store('30211', shuffled.slice(i, i + 50), ({ at }) => late.get(at)!);
    const after = await Promise.all(formats.map((format) => ask(`${MAY}&format=${format}`)));
    expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
    await rest.test.database.client.$executeRaw`DELETE FROM fix`;
    await store('30211', may());
  });

  it('can be made again as it was known, after late fixes have come', async () => {
    const before = await sofia();
    const asOf = iso(Date.parse('2026-06-05T00:00:00Z'));
    await store('30211', [north(evening('2026-05-10', 1), 100), north(evening('2026-05-25', 1), 1_000)], () =>
      Date.parse('2026-06-06T00:00:00Z'),
    );
    const now = await sofia();
    expect(now.digest).not.toBe(before.digest);
    expect(now.ledger.animals[0]!.totals.near.present).toBe(4);
    const then = await sofia(`&asOf=${asOf}`);
    expect(then).toEqual({ ...before, asOf });
    await rest.test.database.client.$executeRaw`DELETE FROM fix WHERE received_at = '2026-06-06T00:00:00Z'`;
  });

  it('comes as CSV that runs nothing', async () => {
    const { headers, text } = await ask(MAY, ranger, { accept: 'text/csv' });
    expect(headers['content-type']).toContain('text/csv');
    const rows: Record<string, string>[] = parse(text, { columns: true });
    expect(rows).toHaveLength(31 * 2 + 3);
    const third = rows.find(({ animal, night }) => animal === 'sofia' && night === '2026-05-03');
    expect(third).toMatchObject({ name: `'${NAME}`, near: 'present', closest_by: 'fix', longest_gap_s: '14400' });
    expect(third!['digest']).toBe((await told(MAY)).digest);
    expect(rows.at(-1)).toMatchObject({ animal: '', night: 'total', near: '2 present, 0 absent, 29 unknown' });
  });

  it('comes as a page to print that runs nothing and loads nothing', async () => {
    const { headers, text } = await ask(MAY, ranger, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';/);
    const style = /<style>([^]*)<\/style>/.exec(text)![1]!;
    expect(headers['content-security-policy']).toContain(createHash('sha256').update(style).digest('base64'));
    expect(text).toContain('=HYPERLINK(&quot;http://evil.example&quot;)&lt;script&gt;&quot;Sofia&quot;');
    expect(text).not.toMatch(/<script|src=|href=/);
    expect(text).toContain((await told(MAY)).digest.replace('sha256:', ''));
    expect(text).toContain('2 present, 27 absent, 2 unknown');
    expect((await ask(`${MAY}&format=html&asOf=2026-06-05T00:00:00Z`)).text).toContain(
      'known at 2026-06-05T00:00:00.000Z',
    );
  });

  it('is open to a farmer for the own farm, and says nothing of others', async () => {
    const own = await ask(MAY, farmer);
    expect(own.status).toBe(200);
    expect(own.text).toBe((await ask(MAY)).text);
    const [other, absent] = [await ask(MAY, farmer, {}, 'other'), await ask(MAY, farmer, {}, 'absent')];
    expect([other.status, absent.status]).toEqual([404, 404]);
    expect(other.json.detail).toBe(absent.json.detail);
    expect((await ask(MAY, ranger, {}, 'absent')).status).toBe(404);
    expect((await ask(MAY, ranger, {}, 'other')).status).toBe(200);
  });

  it('tells that the sun does not set', async () => {
    const { ledger } = await told('month=2026-06&zone=Europe/Oslo', 'north');
    expect(ledger.nights).toEqual([]);
    expect(ledger.totals.near).toEqual({ present: 0, absent: 0, unknown: 0 });
    expect((await ask('month=2026-06&format=html', ranger, {}, 'north')).text).toContain('The sun did not set');
  });

  it.each([
    ['', 'month'],
    ['month=2026-13', 'month'],
    ['month=May', 'month'],
    ['month=2026-05&zone=Mars/Olympus', 'zone'],
    ['month=2026-05&animals=So%20fia', 'animals'],
    [`month=2026-05&animals=${Array.from({ length: 201 }, (_, i) => `a${i}`).join(',')}`, 'animals'],
    ['month=2026-05&asOf=yesterday', 'asOf'],
    ['month=2026-05&night=1', 'night'],
  ])('refuses what is wrong, and names the field: %#', async (query, field) => {
    const { status, json } = await ask(query);
    expect(status).toBe(400);
    expect(json.errors[0].field).toContain(field);
  });

  it('refuses formats and animals that there are not', async () => {
    expect((await ask(`${MAY}&format=xlsx`)).status).toBe(406);
    expect((await ask(MAY, ranger, { accept: 'image/png' })).status).toBe(406);
    expect((await ask(`${MAY}&animals=nobody`)).status).toBe(404);
  });
});
