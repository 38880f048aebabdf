import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { person } from '../../../src/access/principal.ts';
import { viewAlert, visibleFarms } from '../../../src/access/visibility.ts';
import { AlertStore } from '../../../src/alerting/alert.store.ts';
import type { ChangeDraft } from '../../../src/alerting/draft.ts';
import { TellingStore } from '../../../src/alerting/telling.store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const AT = Date.UTC(2026, 10, 21);
const farmer = person({ id: 'f', name: 'a farmer', role: 'farmer', farms: ['olenevod', 'second'], until: null });

let test: TestDatabase;
let store: AlertStore;
beforeAll(async () => {
  test = await createTestDatabase();
  store = new AlertStore(test.database);
});
afterAll(() => test.drop());

const details = fc.option(
  fc.oneof(
    fc.record({
      couldReach: fc.record({ farm: fc.constantFrom('olenevod', 'second', 'others'), at: fc.constant('x') }),
    }),
    fc.constantFrom({ couldReach: null }, { couldReach: 'olenevod' }, { farm: 'olenevod' }, {}),
  ),
  { nil: undefined },
);
const aDraft = fc
  .record({
    about: fc.constantFrom('farm', 'area', 'animal'),
    place: fc.constantFrom('olenevod', 'others'),
    details,
    late: fc.boolean(),
  })
  .map(({ about, place, details: told, late }): ChangeDraft => ({
    ...{ rule: 'some', animal: 'sofia', about, place: about === 'animal' ? '' : place, alertId: randomUUID() },
    ...{ change: 'opened', at: AT, learnedAt: AT, late, reason: null, settledAt: null, arrival: null },
    episode: {
      ...{ level: 'a', peak: 'a', openedAt: AT, closedAt: null, closest: null },
      ...(told && { details: told as never }),
    },
  }));

describe('the list of alerts', () => {
  it('asks the database for just what a farmer may see, and by area and lateness', async () => {
    const drafts = fc.sample(aDraft, { numRuns: 300, seed: 7 });
    await test.database.transaction((sql) => new TellingStore().append(sql, drafts, AT));
    const all = await store.list({ limit: 1_000, visibleFarms: null });
    expect(all).toHaveLength(300);
    const listed = await store.list({ limit: 1_000, visibleFarms: visibleFarms(farmer) });
    const seen = all.filter((alert) => viewAlert(farmer, alert) !== null);
    expect(listed).toEqual(seen);
    expect(seen.length).toBeGreaterThan(30);
    expect(seen.some(({ farm }) => farm === null)).toBe(true);

    const inArea = await store.list({ limit: 1_000, visibleFarms: null, area: 'olenevod', late: true });
    expect(inArea).toEqual(all.filter(({ area, late }) => area === 'olenevod' && late));
    expect(inArea.length).toBeGreaterThan(0);
    const onTime = await store.list({ limit: 1_000, visibleFarms: null, late: false });
    expect(onTime).toEqual(all.filter(({ late }) => !late));
    // A filter by farm is about that farm alone.
    const atFarm = await store.list({ limit: 1_000, visibleFarms: null, farm: 'olenevod' });
    expect(atFarm).toEqual(all.filter(({ farm }) => farm === 'olenevod'));
  });
});
