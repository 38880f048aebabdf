import { waitMs } from './backoff.js';

/** The server says something every 20 s, if nobody set it otherwise. Who has heard nothing for this long has lost it, whatever the socket says. */
const SILENCE_MS = 50_000;
const LONGEST_SILENCE_MS = 600_000;
/** A connection that is not made by then will not be. */
const CONNECT_MS = 15_000;
const LOOK_MS = 2_000;
/** The session has ended; connecting again would not help. */
const CREDENTIAL_ENDED = 4401;

/**
 * A connection to /live that comes back by itself and goes on where it was: each subscription keeps the cursor of the last frame it
 * got. docs/live.md says what the frames mean.
 */
export class Live {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, object>} */
  #requests = new Map();
  /** @type {Map<string, string>} */
  #cursors = new Map();
  #confirmed = new Set();
  #attempt = 0;
  #timer = 0;
  #watch = 0;
  #isStopped = true;
  #begun = 0;
  #silenceMs = SILENCE_MS;
  /** When the server was last heard, by this machine's clock; 0: never. */
  lastHeard = 0;

  /**
   * @param {object} to
   * @param {(event: string, data: any) => void} to.onFrame
   * @param {(state: 'connecting' | 'live' | 'waiting' | 'ended') => void} to.onState
   * @param {() => Promise<boolean>} to.isWelcome asked when a connection could not be made: whether there is a session still
   */
  constructor(to) {
    this.to = to;
  }

  /**
   * @param {string} id
   * @param {object} request as in docs/live.md, without id and after
   */
  subscribe(id, request) {
    this.#requests.set(id, request);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#ask(id);
  }

  start() {
    this.#isStopped = false;
    this.#watch = setInterval(() => this.look(), LOOK_MS);
    this.#connect();
  }

  stop() {
    this.#isStopped = true;
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Something may have changed: the machine woke up, or has a network again. */
  look() {
    if (!this.#socket) return;
    const now = Date.now();
    const isOpen = this.#socket.readyState === WebSocket.OPEN;
    if (isOpen ? now - this.lastHeard <= this.#silenceMs : now - this.#begun <= CONNECT_MS) return;
    // A server that is set to say less is given more time the next time.
    if (isOpen) this.#silenceMs = Math.min(LONGEST_SILENCE_MS, this.#silenceMs * 2);
    this.#lost(isOpen);
  }

  /** Connects at once where it was waiting to. */
  hurry() {
    this.look();
    if (this.#socket || this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect() {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/live`);
    this.#socket = socket;
    this.#begun = Date.now();
    this.#confirmed.clear();
    this.to.onState('connecting');
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.lastHeard = Date.now();
      for (const id of this.#requests.keys()) this.#ask(id);
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if (code === CREDENTIAL_ENDED) return this.#end();
      this.#lost(opened);
    };
  }

  /** @param {string} id */
  #ask(id) {
    const after = this.#cursors.get(id);
    const data = { id, ...this.#requests.get(id), ...(after === undefined ? {} : { after }) };
    this.#socket?.send(JSON.stringify({ event: 'subscribe', data }));
  }

  /** @param {{ event: string, data: any }} frame */
  #receive({ event, data }) {
    const now = Date.now();
    if (event === 'heartbeat') this.#silenceMs = Math.max(SILENCE_MS, 2.5 * (now - this.lastHeard));
    this.lastHeard = now;
    if (event === 'resync') this.#cursors.delete(data.id);
    this.to.onFrame(event, data);
    // Kept only when the frame has been shown: what is shown twice is the lesser evil.
    if (data.cursor !== undefined) this.#cursors.set(data.id, data.cursor);
    if (event === 'resync') this.#ask(data.id);
    if (event === 'error' && data.code === 'unavailable') setTimeout(() => this.#ask(data.id), 2_000);
    if (event === 'subscribed') this.#confirm(data.id);
  }

  /** @param {string} id */
  #confirm(id) {
    this.#confirmed.add(id);
    if (this.#confirmed.size < this.#requests.size) return;
    this.#attempt = 0;
    this.to.onState('live');
  }

  async #lost(wasOpen) {
    this.#drop();
    this.to.onState('waiting');
    this.#timer = setTimeout(() => this.#connect(), waitMs(this.#attempt++, Math.random()));
    if (wasOpen) return;
    // A browser does not say why a websocket was refused.
    const isWelcome = await this.to.isWelcome().catch(() => true);
    if (!isWelcome) this.#end();
  }

  #end() {
    this.stop();
    this.to.onState('ended');
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
