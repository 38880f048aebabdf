import pg from 'pg';
import { RegistryModule } from '../../../src/registry/registry.module.ts';
import { RegistryStore } from '../../../src/registry/registry.store.ts';
import { aFarm } from '../../factories/reserve.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

/** A row of `rejudging`: what of it is not null. */
type Stale = Record<string, string>;

const anArea = (watch = 'leaves', lon = 131.7) => ({
  ...aFarm('land', { lon, lat: 43.3 }),
  properties: { name: 'land', watch },
});
const collection = (...features: unknown[]) => ({ type: 'FeatureCollection', features });
const JANUARY = '2026-01-01T00:00:00.000Z';
const FEBRUARY = '2026-02-01T00:00:00.000Z';
const MARCH = '2026-03-01T00:00:00.123Z';
const ofSofia = { animal: 'sofia', collar: '30211', from: JANUARY, to: MARCH };
const reserve = {
  farms: collection(aFarm()),
  areas: collection(anArea()),
  animals: ['sofia', 'leo'].map((id) => ({ id, name: id, maxSpeedKmh: 9 })),
  collars: ['30211', '30212'].map((serial) => ({ serial })),
  deployments: [ofSofia],
};
const wearer = (animal: string, since: string): Stale => ({ animal, since, reason: 'deployment-edited' });

describe('what an edit of the registry leaves to be judged anew', () => {
  let rest: RestApp;
  /** Edits by hand, as a person at a prompt does. */
  let client: pg.Client;
  beforeEach(async () => {
    rest = await startRestApp();
    client = new pg.Client({ connectionString: rest.test.url });
    await client.connect();
    expect((await put(reserve)).status).toBe(200);
  });
  afterEach(async () => {
    await client.end();
    await rest.close();
  });

  const ask = (method: string, path: string, body?: unknown) => rest.ask(method, `/api/v1${path}`, { body });
  const put = (part: object) => ask('PUT', '/reserve', part);
  const deploymentOf = async (animal: string) =>
    `/deployments/${((await ask('GET', `/deployments?animal=${animal}`)).json as { items: [{ id: number }] }).items[0].id}`;

  /** The rows since the last call, which takes them away as judging does. Each has to name the version at hand. */
  async function written(): Promise<Stale[]> {
    const taken = await client.query<{ stale: Stale; current: boolean }>(
      `WITH taken AS (DELETE FROM rejudging RETURNING *)
       SELECT jsonb_strip_nulls(jsonb_build_object('animal', animal_id, 'farm', farm_id, 'area', area_id, 'reason', reason,
           'since', to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) AS stale,
         taken.registry_version = version AS current
       FROM taken, registry_version ORDER BY animal_id, id`,
    );
    expect(taken.rows.filter(({ current }) => !current)).toEqual([]);
    return taken.rows.map(({ stale }) => stale);
  }

  /** Makes an edit two times: the first leaves these rows, the second changes nothing and leaves none. */
  async function twice(edit: () => Promise<{ status: number }>, expected: readonly Stale[]): Promise<void> {
    await written();
    expect((await edit()).status).toBe(200);
    expect(await written()).toEqual(expected);
    expect((await edit()).status).toBe(200);
    expect(await written()).toEqual([]);
  }

  it('is the animal whose collar is new, and nothing for what else is new', async () => {
    expect(await written()).toEqual([wearer('sofia', JANUARY)]);
  });

  it('is nothing when the same is put again, or what no judgement depends on is changed', async () => {
    await written();
    expect((await put((await ask('GET', '/reserve')).json as object)).status).toBe(200);
    expect((await put(reserve)).status).toBe(200);
    await put({
      animals: [
        { id: 'sofia', name: 'Sofia', maxSpeedKmh: 9, species: 'Panthera pardus orientalis', group: 'females' },
      ],
      areas: collection({ ...anArea(), properties: { name: 'Land of the Leopard', since: 2012 } }),
      collars: [{ serial: '30211', fixIntervalS: 3600 }],
      gateways: [{ id: 'iridium', collars: '*' }],
    });
    await ask('PATCH', '/farms/olenevod', { name: 'Olenevod', nearM: 2000, owner: 'another' });
    await client.query('UPDATE deployment SET starts_at = starts_at, ends_at = ends_at, animal_id = animal_id');
    await client.query('UPDATE farm SET near_m = near_m, boundary = boundary');
    expect(await written()).toEqual([]);
  });

  it('is an animal from the first moment at which another one, or none, wears its collar now', async () => {
    await written();
    await ask('PATCH', await deploymentOf('sofia'), { to: FEBRUARY });
    expect(await written()).toEqual([wearer('sofia', FEBRUARY)]);
    await ask('PATCH', await deploymentOf('sofia'), { to: null });
    expect(await written()).toEqual([wearer('sofia', FEBRUARY)]);
    await ask('PATCH', await deploymentOf('sofia'), { to: MARCH });
    expect(await written()).toEqual([wearer('sofia', MARCH)]);
    await ask('POST', '/deployments', { animal: 'leo', collar: '30211', from: MARCH });
    expect(await written()).toEqual([wearer('leo', MARCH)]);
    await ask('DELETE', await deploymentOf('leo'));
    expect(await written()).toEqual([wearer('leo', MARCH)]);
    await put({
      deployments: [
        { ...ofSofia, to: FEBRUARY },
        { ...ofSofia, animal: 'leo', from: FEBRUARY },
      ],
    });
    expect(await written()).toEqual([wearer('leo', FEBRUARY), wearer('sofia', FEBRUARY)]);
  });

  it.each([
    ['moved to another animal', `animal_id = 'leo'`, [wearer('leo', JANUARY), wearer('sofia', JANUARY)]],
    ['of another collar', `collar_id = (SELECT id FROM collar WHERE serial = '30212')`, [wearer('sofia', JANUARY)]],
    ['begun later', `starts_at = '${FEBRUARY}'`, [wearer('sofia', JANUARY)]],
    ['begun earlier', `starts_at = '2025-06-01Z', ends_at = NULL`, [wearer('sofia', '2025-06-01T00:00:00.000Z')]],
    [
      'moved and shifted',
      `animal_id = 'leo', starts_at = '${FEBRUARY}', ends_at = NULL`,
      [wearer('leo', JANUARY), wearer('sofia', JANUARY)],
    ],
  ])('is whoever a deployment concerns that a person by hand has made %s', async (_, change, expected) => {
    await written();
    await client.query(`UPDATE deployment SET ${change}`);
    expect(await written()).toEqual(expected);
  });

  it.each([
    ['nearM', { nearM: 2001 }],
    ['closeM', { closeM: 499 }],
    ['the fence', { geometry: aFarm('olenevod', { lon: 131.8, lat: 43.3 }).geometry }],
  ])('is a farm with another %s, once', async (_, change) => {
    await twice(() => ask('PATCH', '/farms/olenevod', change), [{ farm: 'olenevod', reason: 'farm-edited' }]);
  });

  it.each([
    ['watch', anArea('enters')],
    ['border', anArea('leaves', 131.8)],
  ])('is an area with another %s, once', async (_, changed) => {
    await twice(() => ask('PUT', '/areas/land', changed), [{ area: 'land', reason: 'area-edited' }]);
  });

  it('is a farm or an area that is gone, or has another id', async () => {
    await written();
    await client.query(`UPDATE farm SET id = 'renamed'; UPDATE area SET id = 'renamed'`);
    expect(await written()).toEqual([
      { farm: 'olenevod', reason: 'farm-removed' },
      { area: 'land', reason: 'area-removed' },
    ]);
    await ask('DELETE', '/farms/renamed');
    expect(await written()).toEqual([{ farm: 'renamed', reason: 'farm-removed' }]);
    await ask('DELETE', '/areas/renamed');
    expect(await written()).toEqual([{ area: 'renamed', reason: 'area-removed' }]);
  });

  it.each([
    ['another speed', { maxSpeedKmh: 60 }],
    ['a leopard’s speed again', {}],
    ['a slack of its own', { maxSpeedKmh: 9, speedSlackM: 300 }],
  ])('is all the past of an animal with %s', async (_, fields) => {
    const edit = () => ask('PUT', '/animals/sofia', { name: 'Sofia', ...fields });
    await twice(edit, [{ animal: 'sofia', reason: 'animal-edited' }]);
  });

  it('is nothing of an edit that was refused or rolled back', async () => {
    await written();
    const before = (await ask('GET', '/reserve')).json as unknown;
    const refused = { farms: collection(aFarm('olenevod', { lon: 131.8, lat: 43.3 })), deployments: [ofSofia] };
    const overlapping = { ...ofSofia, collar: '30212', from: FEBRUARY };
    expect((await put({ ...refused, deployments: [overlapping] })).status).toBe(409);
    const edit = rest.app
      .select(RegistryModule)
      .get(RegistryStore)
      .edit(async (work) => {
        expect([await work.removeFarm('olenevod'), await work.removeArea('land')]).toEqual([true, true]);
        await work.putAnimals([{ id: 'sofia', name: 'Sofia', details: {} }]);
        throw new Error('thought better of it');
      });
    await expect(edit).rejects.toThrow('thought better of it');
    expect(await written()).toEqual([]);
    expect((await ask('GET', '/reserve')).json).toEqual(before);
  });

  it('keeps every row of many edits made at the same time', async () => {
    await written();
    const speeds = Array.from({ length: 12 }, (_, i) => 10 + i);
    const answers = await Promise.all(
      speeds.map((maxSpeedKmh) => ask('PUT', '/animals/leo', { name: 'Leo', maxSpeedKmh })),
    );
    expect(answers.map(({ status }) => status)).toEqual(speeds.map(() => 200));
    const { rows } = await client.query<{ version: string }>(
      'DELETE FROM rejudging RETURNING registry_version AS version',
    );
    expect(new Set(rows.map(({ version }) => version)).size).toBe(speeds.length);
  });
});
