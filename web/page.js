import { AlertsView } from './alerts-view.js';
import { AnimalsView } from './animals-view.js';
import { call, who } from './api.js';
import { byId, setText } from './element.js';
import { Live } from './live.js';
import { Registry } from './registry.js';
import { ago } from './words.js';

/** Ages are said anew this often; within a minute nobody notices. */
const CLOCK_MS = 5_000;
/** A visit comes nearer without a change that is told; while one is open, it is asked for this often. */
const NEARNESS_MS = 30_000;
/** Names are not asked for more often than this, however many unknown animals come in. */
const NAMES_MS = 30_000;
const POSITIONS = 'p1';
const ALERTS = 'a1';

/** Everything that is shown to somebody who is signed in. */
class Watch {
  #registry = new Registry();
  #animals = new AnimalsView(
    this.#registry,
    () => void this.#askPositions(),
    (animal) => this.#alerts.silentSince(animal),
  );
  #alerts = new AlertsView(this.#registry, (animal) => this.#animals.newestAt(animal));
  #state = 'connecting';
  #wasLive = false;
  #clock = 0;
  #alertsRead = 0;
  #namesRead = 0;

  /** @param {{ name: string, role: string }} identity */
  constructor(identity) {
    this.seesPositions = identity.role !== 'farmer';
    this.live = new Live({
      onFrame: (event, data) => this.#take(event, data),
      onState: (state) => this.#enter(state),
      isWelcome: async () => (await who()) !== null,
    });
  }

  async start() {
    byId('watch').hidden = false;
    byId('animals').hidden = !this.seesPositions;
    if (this.seesPositions) await this.#loadRegistry();
    this.live.subscribe(ALERTS, { stream: 'alerts' });
    if (this.seesPositions) this.live.subscribe(POSITIONS, { stream: 'positions' });
    this.live.start();
    this.#clock = setInterval(() => this.#tick(), CLOCK_MS);
    window.addEventListener('online', () => this.live.hurry());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.live.hurry();
    });
    await this.#loadPast();
  }

  #take(event, data) {
    if (event === 'snapshot' && data.positions) this.#animals.replace(data.positions);
    if (event === 'snapshot' && data.alerts) this.#alerts.replace(data.alerts);
    if (event === 'positions') this.#takePositions(data.positions);
    if (event === 'doubts') this.#animals.judge(data.changes);
    if (event === 'alerts') this.#alerts.add(data.changes);
    if (
      event === 'alerts' ||
      (event === 'positions' && data.positions.some(({ animal }) => this.#alerts.isAbout(animal)))
    )
      this.#alertsRead = 0;
  }

  #takePositions(positions) {
    this.#animals.add(positions);
    if (positions.some(({ animal }) => !this.#registry.knows(animal))) void this.#loadRegistry();
  }

  #enter(state) {
    this.#state = state;
    if (state === 'live') this.#wasLive = true;
    if (state === 'ended') this.#end();
    else this.#tick();
  }

  /** Nothing of what was shown is left in the page. */
  #end() {
    clearInterval(this.#clock);
    byId('watch').replaceChildren();
    document.title = 'Collarwatch';
    askToSignIn('The session has ended.');
  }

  #tick() {
    const now = Date.now();
    const { lastHeard } = this.live;
    const last = lastHeard > 0 ? `, last data ${ago(now - lastHeard)}` : '';
    const words = {
      connecting: this.#wasLive ? `reconnecting${last}` : 'connecting …',
      waiting: `reconnecting${last}`,
      live: 'live',
    };
    byId('state').dataset.state = this.#state;
    setText(byId('state'), words[this.#state]);
    this.#alerts.show(now);
    if (this.#alerts.hasOpen && now - this.#alertsRead > NEARNESS_MS) void this.#readOpen(now);
    if (this.seesPositions) this.#animals.show(now);
  }

  /** @param {number} now */
  async #readOpen(now) {
    this.#alertsRead = now;
    const answer = await call('GET', '/alerts?state=open&limit=1000').catch(() => null);
    if (answer) this.#alerts.refresh(answer.items, answer.next === null ? now : null);
  }

  /** Names are a comfort: without them the page goes on with ids. */
  async #loadRegistry() {
    if (Date.now() - this.#namesRead < NAMES_MS) return;
    this.#namesRead = Date.now();
    await this.#registry.load().catch(() => undefined);
    this.#tick();
  }

  async #loadPast() {
    const lists = await Promise.all(
      ['state=closed', 'state=retracted', 'late=true'].map((which) =>
        call('GET', `/alerts?${which}&limit=20`).catch(() => ({ items: [] })),
      ),
    );
    this.#alerts.remember(lists.flatMap(({ items }) => items));
  }

  async #askPositions() {
    const answer = await call('GET', '/positions').catch(() => null);
    if (!answer) return;
    this.#animals.correct(
      answer.features.map(({ geometry, properties }) => ({
        ...properties,
        lon: geometry.coordinates[0],
        lat: geometry.coordinates[1],
      })),
    );
  }
}

/** @param {{ name: string, role: string }} identity */
async function enter(identity) {
  byId('sign-in').hidden = true;
  byId('who').hidden = false;
  setText(byId('name'), `${identity.name}, ${identity.role}`);
  await new Watch(identity).start();
}

/** @param {string} why */
function askToSignIn(why) {
  byId('watch').hidden = true;
  byId('who').hidden = true;
  byId('sign-in').hidden = false;
  byId('state').dataset.state = 'ended';
  setText(byId('state'), 'signed out');
  setText(byId('sign-in-why'), why);
  byId('token').focus();
}

/** @param {{ code: string } | { token: string }} credential */
async function signIn(credential) {
  try {
    // Begun anew, so that nothing of another person is left in the page.
    await call('POST', '/session', credential);
    location.reload();
  } catch (error) {
    askToSignIn(error.message);
  }
}

async function begin() {
  const token = /** @type {HTMLInputElement} */ (byId('token'));
  byId('sign-in-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void signIn({ token: token.value.trim() });
  });
  byId('sign-out').addEventListener('click', async () => {
    await call('DELETE', '/session').catch(() => undefined);
    location.reload();
  });
  const code = /^#sign-in=(\S+)$/.exec(location.hash)?.[1];
  if (code) {
    // The code is good once; it has no business in the history.
    history.replaceState(null, '', location.pathname);
    return signIn({ code });
  }
  for (;;) {
    try {
      const identity = await who();
      return identity ? enter(identity) : askToSignIn('');
    } catch {
      byId('state').dataset.state = 'waiting';
      setText(byId('state'), 'the server cannot be reached; trying again');
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
  }
}

await begin();
