/** Numbers from 0 to 1 that are the same for the same seed (mulberry32 by T. Ettinger): a bench that cannot be repeated proves nothing. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Several runs of the same thing. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
  return { min: sorted[0] ?? NaN, median: median ?? NaN, max: sorted.at(-1) ?? NaN };
}

/** One side of a comparison: does the whole work once. @returns how much of it was done, in the unit of the row (fixes, frames …) */
export type Work = () => number | Promise<number>;

export interface Comparison {
  /** What is measured, as the row shall call it. */
  readonly name: string;
  readonly unit: string;
  readonly ours: Work;
  /** What it is held against in the same run: a peer, or the limit of the machine. */
  readonly peer?: { readonly name: string; readonly work: Work };
  /** What we want to reach, in units a second. */
  readonly goal?: number;
  /** Measured runs of each side, after one that is not counted. */
  readonly runs?: number;
}

export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly goal: number | null;
  /** Units a second. */
  readonly ours: Spread;
  readonly peer: ({ readonly name: string } & Spread) | null;
  /** Ours over the peer's, run by run. */
  readonly ratio: Spread | null;
  /** Processor time of this process for one unit of ours, microseconds: the figure that noise disturbs least. */
  readonly cpuMicros: Spread;
}

interface Run {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

async function once(work: Work): Promise<Run> {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const units = await work();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: units / seconds, cpuMicros: (user + system) / units };
}

/** Measures both sides in turn, A B A B, so that whatever disturbs the machine disturbs both. */
export async function compare({ name, unit, ours, peer, goal, runs = 5 }: Comparison): Promise<Measured> {
  const own: Run[] = [];
  const other: Run[] = [];
  for (let run = -1; run < runs; run++) {
    const mine = await once(ours);
    const theirs = peer && (await once(peer.work));
    if (run < 0) continue;
    own.push(mine);
    if (theirs) other.push(theirs);
  }
  const rate = (done: readonly Run[]) => spread(done.map(({ perSecond }) => perSecond));
  return {
    name,
    unit,
    goal: goal ?? null,
    ours: rate(own),
    peer: peer ? { name: peer.name, ...rate(other) } : null,
    ratio: peer ? spread(own.map(({ perSecond }, run) => perSecond / (other[run]?.perSecond ?? NaN))) : null,
    cpuMicros: spread(own.map(({ cpuMicros }) => cpuMicros)),
  };
}

export const TABLE_HEAD = [
  '| what | ours: median (min–max) | goal | held against | its median (min–max) | ours ÷ it | CPU µs each |',
  '|---|---|---|---|---|---|---|',
].join('\n');

/** The row of a table under TABLE_HEAD. */
export function markdownRow({ name, unit, goal, ours, peer, ratio, cpuMicros }: Measured): string {
  const cells = [
    name,
    `${range(ours)} ${unit}/s`,
    goal === null ? '–' : round(goal),
    peer?.name ?? '–',
    peer ? range(peer) : '–',
    ratio ? range(ratio) : '–',
    range(cpuMicros),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** A spread as tables have it. */
export function range({ min, median, max }: Spread): string {
  return `${round(median)} (${round(min)}–${round(max)})`;
}

/** Three figures that count: more would be noise. */
export function round(value: number): string {
  if (!Number.isFinite(value)) return '?';
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}
