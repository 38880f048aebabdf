import type { EpochMs, Fix } from './fix.ts';

/**
 * A fix as it stands in a batch's body and in the one parameter of the statement that stores it. Names are short because
 * there are many; times are epoch milliseconds.
 */
interface Row {
  c: number;
  t: number;
  r: number;
  lo: number;
  la: number;
  d: number;
  l: boolean;
  sa?: number;
  al?: number;
  ac?: number;
  h?: number;
  sp?: number;
  he?: number;
  te?: number;
  ba?: number;
  av?: number;
  n?: number;
  x?: Readonly<Record<string, unknown>>;
}

/** Fixes as text, in their order. `decodeFixes` reads it, and so does the statement in fix.store.ts. */
export function encodeFixes(fixes: readonly Fix[]): string {
  return JSON.stringify(
    fixes.map((fix): Row => ({
      c: fix.collarId,
      t: fix.at,
      r: fix.receivedAt,
      lo: fix.lon,
      la: fix.lat,
      d: fix.doubts,
      l: fix.late,
      // JSON.stringify leaves out what is undefined.
      sa: fix.satellites,
      al: fix.altM,
      ac: fix.accuracyM,
      h: fix.hdop,
      sp: fix.speedMps,
      he: fix.headingDeg,
      te: fix.temperatureC,
      ba: fix.batteryV,
      av: fix.activity,
      n: fix.seq,
      x: fix.extra,
    })),
  );
}

/** @throws SyntaxError on text that `encodeFixes` did not write */
export function decodeFixes(body: string): Fix[] {
  return (JSON.parse(body) as Row[]).map((row) => ({
    collarId: row.c,
    at: row.t,
    receivedAt: row.r,
    lon: row.lo,
    lat: row.la,
    doubts: row.d,
    late: row.l,
    satellites: row.sa,
    altM: row.al,
    accuracyM: row.ac,
    hdop: row.h,
    speedMps: row.sp,
    headingDeg: row.he,
    temperatureC: row.te,
    batteryV: row.ba,
    activity: row.av,
    seq: row.n,
    extra: row.x,
  }));
}

/** A stored fix whose doubts are now others. */
export interface DoubtChange {
  readonly collarId: number;
  readonly at: number;
  readonly doubts: number;
}

/** Changed doubts as text: `[collarId, at, doubts]` each. */
export function encodeDoubts(changes: readonly DoubtChange[]): string {
  return JSON.stringify(changes.map(({ collarId, at, doubts }) => [collarId, at, doubts]));
}

export function decodeDoubts(body: string): DoubtChange[] {
  return (JSON.parse(body) as [number, number, number][]).map(([collarId, at, doubts]) => ({ collarId, at, doubts }));
}

/** An entry of the log of batches: what one transaction committed. */
export type Batch = { readonly seq: number; readonly committedAt: EpochMs } & (
  | { readonly kind: 'fixes'; readonly fixes: readonly Fix[] }
  | { readonly kind: 'doubts'; readonly doubts: readonly DoubtChange[] }
);
