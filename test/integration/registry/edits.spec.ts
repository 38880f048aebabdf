import { startRestApp, type RestApp } from '../../support/rest-app.ts';

const ring = [
  [131.2, 42.6],
  [131.3, 42.6],
  [131.3, 42.7],
  [131.2, 42.6],
];
const olenevod = {
  type: 'Feature',
  geometry: { type: 'Polygon', coordinates: [ring] },
  properties: { name: 'Olenevod', owner: 'kept' },
};

describe('edits of the registry', () => {
  let rest: RestApp;
  beforeEach(async () => {
    rest = await startRestApp();
  });
  afterEach(() => rest.close());
  const ask = (method: string, path: string, body?: unknown) => rest.ask(method, `/api/v1${path}`, { body });

  it('adds, reads, changes and removes a farm', async () => {
    expect((await ask('GET', '/farms/olenevod')).status).toBe(404);
    expect((await ask('GET', '/farms')).json).toEqual({ type: 'FeatureCollection', features: [] });
    const put = await ask('PUT', '/farms/olenevod', olenevod);
    expect(put.json).toEqual({
      ...olenevod,
      id: 'olenevod',
      properties: { ...olenevod.properties, nearM: 2000, closeM: 500 },
    });
    expect((await ask('GET', '/farms/olenevod')).json).toEqual(put.json);
    const changed = await ask('PATCH', '/farms/olenevod', { nearM: 3000 });
    expect(changed.json.properties).toEqual({ name: 'Olenevod', owner: 'kept', nearM: 3000, closeM: 500 });
    expect((await ask('PATCH', '/farms/olenevod', { closeM: 4000 })).json.errors).toEqual([
      { field: 'properties.closeM', expected: 'at most nearM' },
    ]);
    expect((await ask('PATCH', '/farms/olenevod', {})).status).toBe(422);
    expect((await ask('PATCH', '/farms/nowhere', { nearM: 1000 })).status).toBe(404);
    expect((await ask('PUT', '/farms/other', { ...olenevod, id: 'olenevod' })).json.errors).toEqual([
      { field: 'id', expected: 'other, as in the address' },
    ]);
    expect((await ask('PUT', '/farms/UPPER', olenevod)).status).toBe(400);
    expect((await ask('GET', '/farms')).json.features).toHaveLength(1);
    expect((await ask('DELETE', '/farms/olenevod')).status).toBe(204);
    expect((await ask('DELETE', '/farms/olenevod')).status).toBe(404);
  });

  it('adds, reads, changes and removes an area', async () => {
    const land = { ...olenevod, properties: { name: 'Land of the Leopard', since: 2012 } };
    expect((await ask('GET', '/areas/land')).status).toBe(404);
    expect((await ask('GET', '/areas')).json).toEqual({ type: 'FeatureCollection', features: [] });
    const put = await ask('PUT', '/areas/land', { ...land, bbox: [0, 0, 1, 1] });
    expect(put.json).toEqual({ ...land, id: 'land', properties: { ...land.properties, watch: 'leaves' } });
    const border = { ...land, properties: { name: 'Border', watch: 'enters' } };
    expect((await ask('PUT', '/areas/land', border)).json).toEqual({ ...border, id: 'land' });
    expect((await ask('GET', '/areas/land')).json).toEqual({ ...border, id: 'land' });
    expect((await ask('PUT', '/areas/other', { ...land, id: 'land' })).json.errors).toEqual([
      { field: 'id', expected: 'other, as in the address' },
    ]);
    const wrong = { ...land, geometry: { type: 'Point', coordinates: [131, 42] }, properties: { name: 'x', watch: 1 } };
    expect((await ask('PUT', '/areas/land', wrong)).json).toMatchObject({
      status: 422,
      errors: [
        { field: 'geometry.type', expected: 'a Polygon or a MultiPolygon' },
        { field: 'properties.watch', expected: '"leaves" or "enters"' },
      ],
    });
    expect((await ask('PUT', '/areas/UPPER', land)).status).toBe(400);
    expect((await ask('GET', '/areas')).json.features).toHaveLength(1);
    expect((await ask('DELETE', '/areas/land')).status).toBe(204);
    expect((await ask('DELETE', '/areas/land')).status).toBe(404);
  });

  it('lets an area and a farm have the same id, and shows a farmer neither', async () => {
    await ask('PUT', '/farms/olenevod', olenevod);
    await ask('PUT', '/areas/olenevod', olenevod);
    expect((await ask('DELETE', '/areas/olenevod')).status).toBe(204);
    expect((await ask('GET', '/farms/olenevod')).status).toBe(200);
    const token = await rest.tokenFor('farmer', ['olenevod']);
    expect((await rest.ask('GET', '/api/v1/areas', { token })).status).toBe(403);
  });

  it('takes a farm as application/geo+json too', async () => {
    const answer = await rest.ask('PUT', '/api/v1/farms/olenevod', {
      body: olenevod,
      headers: { 'content-type': 'application/geo+json' },
    });
    expect(answer.status).toBe(200);
  });

  it('keeps the box of a farm with its boundary, and not one that was given', async () => {
    await ask('PUT', '/farms/olenevod', { ...olenevod, bbox: [0, 0, 1, 1] });
    const [row] = await rest.test.database.client.$queryRaw<[object]>`SELECT west, south, east, north FROM farm`;
    expect(row).toEqual({ west: 131.2, south: 42.6, east: 131.3, north: 42.7 });
    expect((await ask('GET', '/farms/olenevod')).json.bbox).toBeUndefined();
  });

  it('puts a collar on an animal, takes it off, and puts it on another', async () => {
    await ask('PUT', '/animals/sofia', { name: 'Sofia', sex: 'female' });
    await ask('PUT', '/animals/leo', { name: 'Leo' });
    await ask('PUT', '/collars/30211', { fixIntervalS: 7200 });
    const on = await ask('POST', '/deployments', { animal: 'sofia', collar: '30211', from: '2026-01-01T00:00:00Z' });
    expect(on.status).toBe(201);
    expect(on.json).toEqual({
      id: on.json.id,
      animal: 'sofia',
      collar: '30211',
      from: '2026-01-01T00:00:00.000Z',
      to: null,
    });
    const again = { animal: 'leo', collar: '30211', from: '2026-03-01T00:00:00Z' };
    expect((await ask('POST', '/deployments', again)).json).toMatchObject({
      status: 409,
      type: '/problems/deployments-overlap',
    });
    const path = `/deployments/${on.json.id}`;
    expect((await ask('PATCH', path, { to: '2025-01-01T00:00:00Z' })).status).toBe(422);
    expect((await ask('PATCH', path, { to: '2026-02-01T00:00:00+03:00' })).json.to).toBe('2026-01-31T21:00:00.000Z');
    const other = await ask('POST', '/deployments', again);
    expect(other.status).toBe(201);
    expect((await ask('PATCH', path, { to: null })).status).toBe(409);
    expect((await ask('GET', '/deployments?collar=30211')).json.items).toHaveLength(2);
    expect((await ask('GET', '/deployments?animal=leo')).json.items).toEqual([other.json]);
    expect((await ask('GET', '/deployments?colar=30211')).json.errors).toEqual([
      { field: 'colar', expected: 'no such field' },
    ]);
    expect((await ask('DELETE', '/animals/leo')).json).toMatchObject({ status: 409, type: '/problems/animal-in-use' });
    expect((await ask('DELETE', '/collars/30211')).json).toMatchObject({
      status: 409,
      type: '/problems/collar-in-use',
    });
    expect((await ask('DELETE', `/deployments/${other.json.id}`)).status).toBe(204);
    expect((await ask('DELETE', '/animals/leo')).status).toBe(204);
    expect((await ask('PATCH', '/deployments/999', { to: null })).status).toBe(404);
    expect(
      (await ask('POST', '/deployments', { animal: 'nemo', collar: '30211', from: '2027-01-01T00:00:00Z' })).json
        .errors,
    ).toEqual([{ field: 'animal', expected: 'a known animal; there is no nemo' }]);
  });

  it('gives a gateway its collars, and never its secret away', async () => {
    const put = await ask('PUT', '/gateways/iridium', { secret: 'a secret', collars: ['30211', '30211', '30212'] });
    expect(put.json).toEqual({ id: 'iridium', collars: ['30211', '30212'] });
    expect((await ask('PUT', '/gateways/iridium', { collars: '*' })).json).toEqual({ id: 'iridium', collars: '*' });
    const [row] = await rest.test.database.client.$queryRaw<
      [{ hash: string }]
    >`SELECT secret_hash AS hash FROM gateway`;
    expect(row.hash).toMatch(/^scrypt/);
    expect((await ask('GET', '/gateways')).json.items).toHaveLength(1);
    expect((await ask('DELETE', '/gateways/iridium')).status).toBe(204);
    expect((await ask('GET', '/gateways/iridium')).status).toBe(404);
  });

  it('lists what it has', async () => {
    await ask('PUT', '/animals/sofia', { name: 'Sofia' });
    await ask('PUT', '/collars/30211', { secret: 'a secret', maker: 'kept' });
    expect((await ask('GET', '/animals')).json).toEqual({ items: [{ id: 'sofia', name: 'Sofia' }] });
    expect((await ask('GET', '/animals/sofia')).json).toEqual({ id: 'sofia', name: 'Sofia' });
    expect((await ask('GET', '/collars')).json).toEqual({
      items: [{ serial: '30211', format: 'json-v1', maker: 'kept' }],
    });
    expect((await ask('GET', '/collars/nothing')).status).toBe(404);
    expect((await ask('DELETE', '/collars/30211')).status).toBe(204);
  });

  it('loses none of many edits made at the same time', async () => {
    await ask('PUT', '/farms/olenevod', olenevod);
    const fields = Array.from({ length: 20 }, (_, i) => `field${i}`);
    const answers = await Promise.all(fields.map((field) => ask('PATCH', '/farms/olenevod', { [field]: 1 })));
    expect(answers.map(({ status }) => status)).toEqual(fields.map(() => 200));
    expect(Object.keys((await ask('GET', '/farms/olenevod')).json.properties)).toEqual(expect.arrayContaining(fields));
  });
});
