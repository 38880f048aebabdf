import { seeded } from './measure.ts';
import { METRES_PER_DEGREE, PRIMORYE } from './reserve-under-bench.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The beat of the herd: the first animal's collar reports at every one, the others' at every sixth. */
const TICK_MS = 10 * MINUTE;
const TICKS_AN_HOUR = HOUR / TICK_MS;
/** No fix: an attempt that failed, or a collar that was silent for days. */
const FAILED = 0.03;
const SILENCE_BEGINS = 1 / 2_000;
const SILENCE_MOST_H = 200;
/** Delivered later than newer ones, by up to three days. */
const LATE = 0.01;
const LATE_MOST_H = 72;
const DOUBTED = 0.002;
const IMPOSSIBLE_SPEED = 1 << 4;

/** Columns of `fix`, in the order of a row here. */
export const COPY_COLUMNS =
  'at, received_at, lon, lat, collar_id, doubts, late, satellites, alt_m, accuracy_m, hdop, battery_v, activity, device_seq';
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);
const CHUNK_BYTES = 1 << 20;
/** Postgres counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

interface Animal {
  readonly collarId: number;
  readonly phase: number;
  readonly every: number;
  readonly offsetMs: number;
  readonly homeLon: number;
  readonly homeLat: number;
  lon: number;
  lat: number;
  seq: number;
  silentUntil: number;
  /** Time of the newest fix that was delivered. */
  newest: number;
}

interface Fix {
  readonly animal: Animal;
  readonly at: number;
  readonly lon: number;
  readonly lat: number;
  readonly seq: number;
}

/** Which fixes are made. Times are epoch milliseconds. */
export interface HerdOrder {
  /** Ids in the database; the first is that of the animal with a fix every ten minutes. */
  readonly collarIds: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly seed: number;
}

/**
 * The fixes of a herd as live traffic brings them, in the binary form of COPY and the order of receipt: animals in turn, an hour between
 * two fixes of one (ten minutes of the first), some attempts failed, collars silent for days, one fix in a hundred late.
 */
export class HerdFixes {
  made = 0;
  private readonly random: () => number;
  private readonly animals: Animal[];
  private readonly waiting = new Map<number, Fix[]>();
  private chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  private used = 0;

  constructor(private readonly order: HerdOrder) {
    const random = seeded(order.seed);
    this.random = random;
    this.animals = order.collarIds.map((collarId, place): Animal => {
      const homeLon = PRIMORYE.west + random() * (PRIMORYE.east - PRIMORYE.west);
      const homeLat = PRIMORYE.south + random() * (PRIMORYE.north - PRIMORYE.south);
      const own = { collarId, homeLon, homeLat, lon: homeLon, lat: homeLat, seq: 0, silentUntil: 0, newest: 0 };
      const offsetMs = Math.floor(random() * TICK_MS);
      return place === 0
        ? { ...own, phase: 0, every: 1, offsetMs }
        : { ...own, phase: place % TICKS_AN_HOUR, every: TICKS_AN_HOUR, offsetMs };
    });
  }

  /** Chunks of some megabyte. */
  *chunks(): Generator<Buffer> {
    yield HEADER;
    const ticks = Math.floor((this.order.to - this.order.from) / TICK_MS);
    for (let tick = 0; tick < ticks; tick++) {
      for (const animal of this.animals) if (tick % animal.every === animal.phase) this.step(animal, tick);
      for (const fix of this.waiting.get(tick) ?? []) this.write(fix, tick);
      this.waiting.delete(tick);
      if (this.used > CHUNK_BYTES / 2) yield this.taken();
    }
    yield this.taken();
    yield TRAILER;
  }

  private taken(): Buffer {
    const full = this.chunk.subarray(0, this.used);
    this.chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    this.used = 0;
    return full;
  }

  private step(animal: Animal, tick: number): void {
    const { random } = this;
    const stepM = (300 * animal.every) / TICKS_AN_HOUR;
    // Home draws, so that five years stay in one range of some kilometres.
    animal.lat += ((random() - 0.5) * 2 * stepM) / METRES_PER_DEGREE + (animal.homeLat - animal.lat) * 0.001;
    animal.lon +=
      ((random() - 0.5) * 2 * stepM) / (METRES_PER_DEGREE * Math.cos((animal.lat * Math.PI) / 180)) +
      (animal.homeLon - animal.lon) * 0.001;
    if (tick < animal.silentUntil) return;
    if (animal.every > 1 && random() < SILENCE_BEGINS)
      animal.silentUntil = tick + Math.ceil(random() * SILENCE_MOST_H * TICKS_AN_HOUR);
    if (random() < FAILED) return;
    animal.seq += 1;
    const at = this.order.from + tick * TICK_MS + animal.offsetMs;
    const fix = { animal, at, lon: round6(animal.lon), lat: round6(animal.lat), seq: animal.seq };
    if (random() >= LATE) return this.write(fix, tick);
    const due = tick + Math.ceil(random() * LATE_MOST_H * TICKS_AN_HOUR);
    const others = this.waiting.get(due);
    if (others) others.push(fix);
    else this.waiting.set(due, [fix]);
  }

  private write({ animal, at, lon, lat, seq }: Fix, tick: number): void {
    const { chunk } = this;
    let place = chunk.writeInt16BE(14, this.used);
    const receivedAt = Math.max(at, this.order.from + tick * TICK_MS) + 2_000 + Math.floor(this.random() * 8_000);
    const late = at < animal.newest;
    if (!late) animal.newest = at;
    const float8 = (value: number) => (place = chunk.writeDoubleBE(value, chunk.writeInt32BE(8, place)));
    const float4 = (value: number) => (place = chunk.writeFloatBE(value, chunk.writeInt32BE(4, place)));
    const int2 = (value: number) => (place = chunk.writeInt16BE(value, chunk.writeInt32BE(2, place)));
    place = int8(chunk, (at - POSTGRES_EPOCH_MS) * 1_000, place);
    place = int8(chunk, (receivedAt - POSTGRES_EPOCH_MS) * 1_000, place);
    float8(lon);
    float8(lat);
    place = chunk.writeInt32BE(animal.collarId, chunk.writeInt32BE(4, place));
    int2(this.random() < DOUBTED ? IMPOSSIBLE_SPEED : 0);
    place = chunk.writeUInt8(late ? 1 : 0, chunk.writeInt32BE(1, place));
    int2(4 + (seq % 8));
    float4(200 + (seq % 90));
    float4(5 + (seq % 25));
    float4(1 + (seq % 14) / 10);
    float4(3.58);
    float4(seq % 100);
    this.used = int8(chunk, seq, place);
    this.made += 1;
  }
}

/** Below 2^53 exact. */
function int8(chunk: Buffer, value: number, place: number): number {
  const high = Math.floor(value / 4_294_967_296);
  const after = chunk.writeInt32BE(high, chunk.writeInt32BE(8, place));
  return chunk.writeUInt32BE(value - high * 4_294_967_296, after);
}

const round6 = (degrees: number) => Math.round(degrees * 1e6) / 1e6;
