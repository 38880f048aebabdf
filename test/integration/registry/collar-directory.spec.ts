import { RegistryModule } from '../../../src/registry/registry.module.ts';
import { CollarDirectory } from '../../../src/registry/collar-directory.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

describe('CollarDirectory', () => {
  let rest: RestApp;
  let replica: RestApp;
  let directory: CollarDirectory;
  beforeAll(async () => {
    rest = await startRestApp();
    replica = await startRestApp({}, [], rest.test);
    directory = rest.app.select(RegistryModule).get(CollarDirectory);
  });
  afterAll(async () => {
    await replica.close();
    await rest.close();
  });

  const until = async (condition: () => boolean, withinMs: number) => {
    const began = Date.now();
    while (!condition()) {
      if (Date.now() - began > withinMs) throw new Error(`not within ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('has an edit of its own process as soon as that is answered, and says so', async () => {
    let changes = 0;
    const end = directory.onChange(() => changes++);
    const before = directory.version;
    await rest.ask('PUT', '/api/v1/reserve', {
      body: {
        animals: [{ id: 'sofia', name: 'Sofia' }],
        collars: [{ serial: '30211', secret: 'a secret', fixIntervalS: 7200 }],
        deployments: [{ animal: 'sofia', collar: '30211', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' }],
      },
    });
    expect(directory.version).toBe(before + 1);
    expect(changes).toBe(1);
    const collar = directory.collar('30211');
    expect(collar).toMatchObject({ serial: '30211', format: 'json-v1', fixIntervalS: 7200 });
    expect(collar?.secretHash).toMatch(/^scrypt/);
    expect(directory.collarById(collar!.id)).toBe(collar);
    expect(directory.animalAt(collar!.id, Date.UTC(2026, 0, 1))).toBe('sofia');
    expect(directory.animalAt(collar!.id, Date.UTC(2026, 1, 1))).toBeNull();
    expect(directory.deploymentsOf('sofia')).toHaveLength(1);
    end();
    await rest.ask('PUT', '/api/v1/animals/leo', { body: { name: 'Leo' } });
    expect(changes).toBe(1);
    expect(directory.animals()).toHaveLength(2);
  });

  it('has an edit of another process within a second or so', async () => {
    await replica.ask('PUT', '/api/v1/gateways/iridium', { body: { collars: '*' } });
    await until(() => directory.gateway('iridium') !== undefined, 3_000);
    expect(directory.gateway('iridium')?.serials).toEqual(['*']);
  });

  it('answers REST with the newest, whichever process edited it', async () => {
    for (let i = 0; i < 5; i++) {
      const [one, other] = i % 2 ? [rest, replica] : [replica, rest];
      await one.ask('PUT', `/api/v1/animals/a-${i}`, { body: { name: 'x' } });
      expect((await other.ask('GET', `/api/v1/animals/a-${i}`)).status).toBe(200);
    }
  });

  it('answers a hundred thousand questions in a moment', () => {
    const id = directory.collar('30211')!.id;
    const began = performance.now();
    for (let i = 0; i < 100_000; i++) directory.animalAt(directory.collar('30211')!.id, 1.77e12 + i);
    expect(directory.animalAt(id, 1.7672e12 + 1e8)).toBe('sofia');
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
