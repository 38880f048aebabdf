import type { Publisher } from '../publisher.ts';
import { sleep } from '../pace.ts';
import { Latency } from './latency.ts';
import type { FleetCollar } from './walkers.ts';

/** A connection and the collars that speak through it, each always through the same, so that its fixes stay in order. */
export interface Lane {
  readonly publisher: Publisher;
  readonly collars: readonly FleetCollar[];
}

export interface LoadOptions {
  /** Messages a second over all lanes; Infinity: as fast as acknowledged. */
  readonly rate: number;
  /** Ends after so many messages or so much time, whichever is first. */
  readonly messages: number;
  readonly ms: number;
  /** Fixes in one message. */
  readonly array: number;
}

/** How often a paced load catches up with its schedule, and how often one without a pace looks whether it is over. */
const TICK_MS = { paced: 2, unpaced: 10 } as const;

/** Publishes through lanes in turn, and measures the time from handing a message in to its PUBACK. */
export class Load {
  readonly latency = new Latency();
  sent = 0;
  acknowledged = 0;
  private readonly turns: number[];
  private endsAt = 0;
  private ended = false;

  constructor(
    private readonly lanes: readonly Lane[],
    private readonly options: LoadOptions,
  ) {
    this.turns = lanes.map(() => 0);
  }

  /** Resolves when the load is sent and acknowledged, or at once when stopped. */
  async run(stop: AbortSignal): Promise<void> {
    const start = performance.now();
    this.endsAt = start + this.options.ms;
    const tickMs = this.options.rate === Infinity ? TICK_MS.unpaced : TICK_MS.paced;
    if (this.options.rate === Infinity) this.lanes.forEach((_, lane) => this.fill(lane));
    for (let tick = 0; !this.over() && !stop.aborted; tick += 1) {
      if (this.options.rate !== Infinity) this.catchUp(start, tick);
      await sleep(tickMs, stop);
    }
    this.ended = true;
    while (this.acknowledged < this.sent && !stop.aborted) await sleep(tickMs, stop);
  }

  private over(): boolean {
    return this.ended || this.sent >= this.options.messages || performance.now() >= this.endsAt;
  }

  /** Sends what is due by now, through lanes that have room, beginning with another lane at each tick. */
  private catchUp(start: number, tick: number): void {
    const due = Math.min(this.options.messages, ((performance.now() - start) / 1000) * this.options.rate);
    let full = 0;
    for (let turn = tick; this.sent < due && full < this.lanes.length; turn += 1) {
      const lane = turn % this.lanes.length;
      if (this.lanes[lane]?.publisher.hasRoom) {
        this.send(lane);
        full = 0;
      } else full += 1;
    }
  }

  private fill(lane: number): void {
    while (this.lanes[lane]?.publisher.hasRoom && !this.over()) this.send(lane);
  }

  private send(lane: number): void {
    const { publisher, collars } = this.lanes[lane] ?? {};
    const turn = this.turns[lane] ?? 0;
    this.turns[lane] = turn + 1;
    const collar = collars?.[turn % collars.length];
    if (publisher === undefined || collar === undefined) return;
    this.sent += 1;
    const sentAt = performance.now();
    publisher.send(collar.topic, collar.message(this.options.array), (error) => {
      if (error !== undefined) return;
      this.acknowledged += 1;
      this.latency.add(performance.now() - sentAt);
      if (this.options.rate === Infinity) this.fill(lane);
    });
  }
}
