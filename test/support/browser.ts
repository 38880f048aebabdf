import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const PLACES = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const program = PLACES.find((place) => place !== '' && existsSync(place));

/** Tests that need a browser. Without Chromium they are skipped, and the report says so; where CI_REQUIRE_ALL=1 they fail instead. */
export function describeWithBrowser(name: string, tests: () => void): void {
  if (program !== undefined) return describe(name, tests);
  if (process.env['CI_REQUIRE_ALL'] === '1') {
    return describe(name, () => {
      it('has Chromium', () => {
        throw new Error('Chromium is not installed, and CI_REQUIRE_ALL=1');
      });
    });
  }
  describe.skip(`${name} (skipped: Chromium is not installed; CHROMIUM names its program)`, tests);
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: program!,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page of a browser of its own, and everything about it that no user should have to see. */
export interface WatchedPage {
  readonly page: Page;
  /** What it said in its console, threw, or asked of another host. */
  readonly troubles: string[];
  readonly close: () => Promise<void>;
}

export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Asia/Vladivostok', ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => {
    // That a server is away is told by the browser itself; the page tells its user.
    const isOfNetwork = /ERR_CONNECTION_REFUSED|Failed to load resource|WebSocket connection/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isOfNetwork) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).host !== new URL(address).host) troubles.push(`asked ${request.url()}`);
  });
  await page.goto(address);
  return { page, troubles, close: () => context.close() };
}

/** Keeps a picture where SCREENSHOTS names a folder, for whoever works on the look. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}
