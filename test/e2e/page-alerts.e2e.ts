import type { Browser, Page } from 'playwright-core';
import type { Publisher } from '../../simulator/publisher.ts';
import { aFarm, aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { describeWithBrowser, openPage, picture, startBrowser, type WatchedPage } from '../support/browser.ts';
import { createBareDatabase } from '../support/database.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../support/server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Collars by animal. Narva's alone says how often it should be heard: the silence of the others is not judged. */
const COLLARS = { sofia: '30211', narva: '30212', leo: '30213', ussuri: '30214' };
/** Seconds: it is silent when it has not been heard for three times as long. */
const INTERVAL_S = 3;
const HEADLINE = 'h3';

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;
let browser: Browser;
let gateway: Publisher;

async function signIn(token: string, options = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, server.http, options);
  await watched.page.getByLabel('Your token').fill(token);
  await watched.page.getByRole('button', { name: 'Sign in' }).click();
  await watched.page.locator('#state[data-state="live"]').waitFor({ timeout: 20_000 });
  return watched;
}

/** A fix of an animal so many hours ago, so many metres north of the farm's fence. */
const walk = (animal: keyof typeof COLLARS, hoursAgo: number, metres: number) =>
  publishFix(gateway, COLLARS[animal], { ...northOfFarm(metres), at: Date.now() - hoursAgo * HOUR, accuracyM: 10 });
async function tokenOf(farm: string): Promise<string> {
  const made = await server.api('POST', '/tokens', { name: `Farmer of ${farm}`, role: 'farmer', farms: [farm] });
  return made.json.token as string;
}
const card = (page: Page, list: string, text: string | RegExp) =>
  page.locator(`#${list}-alerts article`).filter({ has: page.locator(HEADLINE, { hasText: text }) });

describeWithBrowser('alerts on the page', () => {
  beforeAll(async () => {
    database = await createBareDatabase();
    server = await startServer({ DATABASE_URL: database.url, LIVE_HEARTBEAT_S: '1' });
    const from = '2020-01-01T00:00:00Z';
    const answer = await server.api('PUT', '/reserve', {
      ...aReserve(),
      farms: {
        type: 'FeatureCollection',
        features: [
          { ...aFarm(), properties: { name: 'Olenevod', nearM: 2_000, closeM: 500 } },
          aFarm('far-away', { lon: 10, lat: 50 }),
        ],
      },
      animals: Object.keys(COLLARS).map((id) => ({ id, name: id.charAt(0).toUpperCase() + id.slice(1) })),
      collars: Object.values(COLLARS).map((serial) => ({
        ...{ serial, format: 'json-v1' },
        ...(serial === COLLARS.narva && { fixIntervalS: INTERVAL_S }),
      })),
      deployments: Object.entries(COLLARS).map(([animal, collar]) => ({ animal, collar, from, to: null })),
    });
    expect(answer.status).toBe(200);
    gateway = await connectCollar({ url: server.mqtt!, username: 'iridium', password: SECRET });
    browser = await startBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
    await server?.kill('SIGTERM');
    await database?.drop();
  });

  it('tell of silence where the animal could be by when, and show its last place as old', async () => {
    const { page, troubles, close } = await signIn(ADMIN_TOKEN);
    await walk('narva', 4.5, 12_500);
    await walk('narva', 4, 12_000);
    const silence = card(page, 'open', /^Narva: position unknown since .*; could be at the fence of Olenevod by /);
    await silence.waitFor();
    expect(await silence.textContent()).toContain('does not mean that it is far away');
    expect(await silence.locator('.level').textContent()).toBe('silent');
    const row = page.locator('[data-animal="narva"].silent');
    await row.filter({ hasText: 'was about 12 km north of Olenevod' }).filter({ hasText: 'last known: 43.' }).waitFor();

    // Whose fence it could be at is warned, and nobody else is.
    const listed = async (farm: string) =>
      (await server.api('GET', '/alerts?state=open', undefined, await tokenOf(farm))).json.items as object[];
    expect(await listed('olenevod')).toMatchObject([{ kind: 'silence', couldReach: { farm: 'olenevod' } }]);
    expect(await listed('far-away')).toEqual([]);
    const farmer = await signIn(await tokenOf('olenevod'), { viewport: { width: 390, height: 800 } });
    await card(farmer.page, 'open', /^Narva: position unknown since .* at the fence of Olenevod by /).waitFor();
    await picture(farmer.page, 'farmer-silence');
    expect(farmer.troubles).toEqual([]);
    await farmer.close();

    // Heard again: the silence is over, and the place is a place.
    await walk('narva', 0, 14_000);
    await card(page, 'past', /^Narva: position was unknown from /).waitFor();
    await page.locator('[data-animal="narva"]:not(.silent)').filter({ hasText: 'about 14 km north' }).waitFor();
    expect(await silence.count()).toBe(0);
    expect(troubles).toEqual([]);
    await close();
  }, 60_000);

  it('that were of the past when they were learned say so, apart and quietly', async () => {
    const { page, troubles, close } = await signIn(ADMIN_TOKEN);
    for (const [hours, metres] of [9_000, 1_500, 300, 3_000, 3_100].entries()) await walk('sofia', 20 - hours, metres);
    await card(page, 'late', /^Sofia was 300 m from the fence of Olenevod at .*, learned /).waitFor();
    expect(await card(page, 'open', 'Sofia').count()).toBe(0);
    expect(await page.locator('#news').textContent()).not.toContain('Sofia');
    expect(troubles).toEqual([]);
    await close();
  }, 60_000);

  it('that late fixes correct say what they said before', async () => {
    const { page, troubles, close } = await signIn(ADMIN_TOKEN);
    await walk('leo', 3, 1_500);
    await walk('leo', 1, 1_400);
    const visit = card(page, 'open', /^Leo is/);
    await visit.filter({ hasText: 'Nearest: 1.4 km' }).waitFor();
    await walk('leo', 2, 300);
    await visit.filter({ hasText: 'Nearest: 300 m' }).waitFor();
    await visit
      .filter({ hasText: /Corrected at .*: fixes that came late showed otherwise\. Before, it said: near/ })
      .waitFor();
    expect(await visit.count()).toBe(1);
    await visit.getByText('What happened').click();
    await visit
      .locator('li')
      .filter({ hasText: /corrected: fixes that came late .*before: near/ })
      .waitFor();
    await picture(page, 'corrected');

    // Who comes later reads it from the life of the alert.
    await page.reload();
    await visit.getByText('What happened').click();
    await visit.filter({ hasText: 'Before, it said: near' }).waitFor();
    expect(troubles).toEqual([]);
    await close();
  }, 60_000);

  it('that late fixes withdraw are struck out, with the reason', async () => {
    const { page, troubles, close } = await signIn(ADMIN_TOKEN);
    await walk('ussuri', 5, 17_000);
    await walk('ussuri', 3, 1_000);
    await walk('ussuri', 1, 15_500);
    await card(page, 'open', 'Ussuri is near Olenevod.').waitFor();
    // It stood elsewhere ten minutes before and after: no leopard is that fast.
    await walk('ussuri', 3 + 1 / 6, 17_000);
    await walk('ussuri', 3 - 1 / 6, 17_000);
    const withdrawn = card(page, 'past', 'Ussuri was near Olenevod.');
    await withdrawn.filter({ hasText: 'Withdrawn: fixes that came late showed otherwise.' }).waitFor();
    expect(await withdrawn.locator('.level').textContent()).toBe('withdrawn');
    const struck = await page.evaluate(
      `getComputedStyle(document.querySelector('#past-alerts [data-state="retracted"] h3')).textDecorationLine`,
    );
    expect(struck).toBe('line-through');
    expect(await card(page, 'open', 'Ussuri').count()).toBe(0);
    await picture(page, 'every-state');
    // Somebody who signs in later finds it too.
    await page.reload();
    await withdrawn.waitFor();
    expect(troubles).toEqual([]);
    await close();
  }, 60_000);
});
