import type { Browser, Page } from 'playwright-core';
import type { Publisher } from '../../simulator/publisher.ts';
import { aFarm, aReserve, FARM_AT, northOfFarm, SECRET } from '../factories/reserve.ts';
import { describeWithBrowser, openPage, picture, startBrowser, type WatchedPage } from '../support/browser.ts';
import { createBareDatabase } from '../support/database.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../support/server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A name as somebody would write who wants to run a script in a ranger's browser. */
const NASTY = '<img src=x onerror="document.title=1">';

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;
let browser: Browser;
let gateway: Publisher;

const settings = () => ({ DATABASE_URL: database.url, LIVE_HEARTBEAT_S: '1' });

async function signIn(token: string, options = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, server.http, options);
  await watched.page.getByLabel('Your token').fill(token);
  await watched.page.getByRole('button', { name: 'Sign in' }).click();
  await stateIs(watched.page, 'live');
  return watched;
}
const stateIs = (page: Page, state: string) =>
  page.locator(`#state[data-state="${state}"]`).waitFor({ timeout: 20_000 });
const animal = (page: Page, id: string) => page.locator(`[data-animal="${id}"]`);
const openAlerts = (page: Page) => page.locator('#open-alerts article');

/** A fix of Sofia so many metres north of the farm's fence. */
const walk = (metres: number, at: number, more = {}) =>
  publishFix(gateway, '30211', { ...northOfFarm(metres), at, accuracyM: 10, ...more });

describeWithBrowser('the page', () => {
  beforeAll(async () => {
    database = await createBareDatabase();
    server = await startServer(settings());
    const reserve = aReserve();
    const answer = await server.api('PUT', '/reserve', {
      ...reserve,
      farms: {
        type: 'FeatureCollection',
        features: [
          { ...aFarm(), properties: { name: 'Olenevod', nearM: 2_000, closeM: 500 } },
          {
            ...aFarm('sika', { lon: 131.2, lat: 42.6 }),
            properties: { name: 'Sika Valley', nearM: 2_000, closeM: 500 },
          },
        ],
      },
      animals: [...reserve.animals, { id: 'narva', name: 'Narva' }, { id: 'nasty', name: NASTY }],
      collars: [
        ...reserve.collars,
        { serial: '30212', format: 'json-v1', fixIntervalS: 7_200 },
        { serial: '30213', format: 'json-v1' },
      ],
      deployments: [
        ...reserve.deployments,
        { animal: 'narva', collar: '30212', from: '2020-01-01T00:00:00Z', to: null },
        { animal: 'nasty', collar: '30213', from: '2020-01-01T00:00:00Z', to: null },
      ],
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

  it('is closed to whoever is not signed in, and says why a token is not good', async () => {
    const { page, troubles, close } = await openPage(browser, server.http);
    await page.getByLabel('Your token').fill('not-a-token-of-this-server');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'unknown' }).waitFor();
    expect(await page.locator('#watch').isVisible()).toBe(false);
    await picture(page, 'sign-in');
    expect(troubles).toEqual([]);
    await close();
  });

  it('lets nobody else write on it: a strict policy, no script in the text', async () => {
    const answer = await fetch(server.http);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).not.toMatch(/<script>|<style|style=|\son\w+=/);
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/.env', '/web/page.js'])
      expect((await fetch(server.http + path)).status).toBe(404);
  });

  it('shows an approach as it happens, and who took care of it', async () => {
    const { page, troubles, close } = await signIn(ADMIN_TOKEN);
    expect(await page.locator('#no-alerts').isVisible()).toBe(true);
    const now = Date.now();
    await walk(9_000, now - 11.4 * HOUR);
    await animal(page, 'sofia').filter({ hasText: 'Sofia' }).filter({ hasText: '11 h 24 min old' }).waitFor();
    expect(await animal(page, 'sofia').textContent()).toMatch(/about 9\.0 km north of Olenevod/);

    await walk(1_500, now - 10.5 * HOUR);
    const card = openAlerts(page);
    await card.filter({ hasText: 'Sofia is near Olenevod.' }).waitFor();
    expect(await page.locator('#news').textContent()).toBe('Sofia is near Olenevod.');
    // Nearer, in the same ring: that is no change, and yet it is shown.
    await walk(1_200, now - 10 * HOUR);
    await card.filter({ hasText: 'Nearest: 1.2 km from the fence' }).waitFor();
    await walk(300, now - 9.5 * HOUR);
    await card.filter({ hasText: 'Sofia is close to Olenevod.' }).waitFor();
    await walk(-200, now - 8.5 * HOUR);
    await card.filter({ hasText: 'Sofia is inside Olenevod.' }).waitFor();
    expect(await card.count()).toBe(1);
    expect(await page.title()).toBe('(1) Collarwatch');
    // Still inside, and nothing has changed that people need to hear of; how fresh the news is has.
    await walk(-250, now - 8 * HOUR);
    await card.filter({ hasText: 'Last news of it' }).filter({ hasText: '8 h ago' }).waitFor();
    await picture(page, 'inside');

    // By the keyboard alone.
    await card.getByLabel('Note, for those who read it later').focus();
    await page.keyboard.type(`on my way ${NASTY}`);
    await page.keyboard.press('Enter');
    await card.filter({ hasText: 'took care of it' }).waitFor();
    expect(await card.textContent()).toContain(`on my way ${NASTY}`);
    expect(await page.title()).toBe('Collarwatch');
    await card.getByText('What happened').click();
    await card.getByText('acknowledged').waitFor();

    await walk(3_000, now - 7.5 * HOUR);
    await walk(3_100, now - 7 * HOUR);
    await page.locator('#past-alerts').getByText('Sofia was inside Olenevod, and has left.').waitFor();
    expect(await card.count()).toBe(0);
    expect(troubles).toEqual([]);
    await close();
  }, 60_000);

  it('reads names and notes as text', async () => {
    const { page, troubles, close } = await signIn(ADMIN_TOKEN);
    await publishFix(gateway, '30213', { lat: 43.2, lon: 131.5, at: Date.now() - 5 * MINUTE });
    await animal(page, 'nasty').filter({ hasText: NASTY }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(troubles).toEqual([]);
    await close();
  });

  it('tells what is doubted, what is late and who is silent', async () => {
    const { page, troubles, close } = await signIn(ADMIN_TOKEN);
    const now = Date.now();
    const narva = (at: number, lat: number) => publishFix(gateway, '30212', { lat, lon: 131.3, at });
    await narva(now - 30 * HOUR, 42.7);
    await narva(now - 29 * HOUR, 42.71);
    await animal(page, 'narva').filter({ hasText: '1 day 5 h old' }).filter({ hasText: 'Silent' }).waitFor();
    await narva(now - 28 * HOUR, 44.7);
    await animal(page, 'narva').filter({ hasText: 'is doubted: it is far off; the next fix will tell' }).waitFor();
    await narva(now - 29.5 * HOUR, 42.705);
    await animal(page, 'narva').filter({ hasText: 'came late' }).waitFor();
    await narva(now - 20 * MINUTE, 42.72);
    await animal(page, 'narva').filter({ hasText: '20 min old' }).waitFor();
    expect(await animal(page, 'narva').textContent()).not.toMatch(/Silent|doubted|late/);
    await picture(page, 'animals');
    expect(troubles).toEqual([]);
    await close();
  }, 60_000);

  it('comes back by itself when the server was away, with what it missed, and is never loaded again', async () => {
    const { page, troubles, close } = await signIn(ADMIN_TOKEN);
    await page.evaluate('window.loadedOnce = true');
    const port = new URL(server.http).port;
    await server.kill('SIGKILL');
    await stateIs(page, 'waiting');
    await page
      .locator('#state')
      .filter({ hasText: /^reconnecting, last data/ })
      .waitFor();
    await picture(page, 'reconnecting');
    await gateway.close();
    server = await startServer({ ...settings(), HTTP_PORT: port });
    gateway = await connectCollar({ url: server.mqtt!, username: 'iridium', password: SECRET });
    await walk(4_000, Date.now() - 6.5 * HOUR);
    await stateIs(page, 'live');
    await animal(page, 'sofia').filter({ hasText: 'about 4.0 km north of Olenevod' }).waitFor();
    await walk(5_000, Date.now() - 6 * HOUR);
    await animal(page, 'sofia').filter({ hasText: 'about 5.0 km' }).waitFor();
    expect(await page.evaluate('window.loadedOnce')).toBe(true);
    expect(troubles).toEqual([]);
    await close();
  }, 60_000);

  it('shows a farmer the own alerts, and no place of any animal', async () => {
    const made = await server.api('POST', '/tokens', { name: 'Zinaida', role: 'farmer', farms: ['olenevod'] });
    const frames: string[] = [];
    const { page, troubles, close } = await openPage(browser, server.http, {
      viewport: { width: 390, height: 800 },
      colorScheme: 'dark',
    });
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
    await page.getByLabel('Your token').fill(made.json.token as string);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await stateIs(page, 'live');
    await walk(400, Date.now() - 4.5 * HOUR);
    await openAlerts(page).filter({ hasText: 'Sofia is close to Olenevod.' }).waitFor();
    await walk(300, Date.now() - 4 * HOUR);
    await picture(page, 'farmer-phone-dark');
    expect(await page.locator('#animals').isVisible()).toBe(false);
    const place = new RegExp(`${FARM_AT.lat.toString().slice(0, 4)}|${FARM_AT.lon.toString().slice(0, 5)}|"lat"|"lon"`);
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) expect(frame).not.toMatch(place);
    expect(await page.content()).not.toMatch(place);
    expect(troubles).toEqual([]);

    // The token ends, and with it the session and what the page can show.
    await server.api('DELETE', `/tokens/${made.json.id}`);
    await page.getByText('The session has ended.').waitFor();
    expect(await page.content()).not.toMatch(/Sofia|Olenevod/);
    await close();
  }, 60_000);

  it('can be read by a screen reader and on a phone', async () => {
    const { page, close } = await signIn(ADMIN_TOKEN, { viewport: { width: 360, height: 740 } });
    await openAlerts(page).first().waitFor();
    await picture(page, 'phone');
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(360);
    expect(await page.locator('body').ariaSnapshot()).toMatch(
      /heading "Collarwatch" \[level=1\][\s\S]*status: live[\s\S]*heading "Alerts" \[level=2\]/,
    );
    expect(await page.getByRole('article').first().getAttribute('aria-labelledby')).toMatch(/^alert-/);
    await close();
  });
});

describeWithBrowser('the link of the first start', () => {
  it('signs in once, and leaves nothing in the address', async () => {
    const empty = await createBareDatabase();
    const fresh = await startServer({ DATABASE_URL: empty.url, ADMIN_TOKEN: undefined });
    const chrome = await startBrowser();
    const link = /http:\S+#sign-in=\S+/.exec(fresh.output())![0];
    const first = await openPage(chrome, link);
    await stateIs(first.page, 'live');
    expect(first.page.url()).toBe(`${fresh.http}/`);
    expect(await first.page.locator('#name').textContent()).toBe('administrator, admin');
    await first.page.getByRole('button', { name: 'Sign out' }).click();
    await first.page.getByLabel('Your token').waitFor();
    const second = await openPage(chrome, link);
    await second.page.getByRole('alert').filter({ hasText: 'unknown' }).waitFor();
    await chrome.close();
    await fresh.kill('SIGTERM');
    await empty.drop();
  }, 60_000);
});
