/** Buckets for each doubling: a quantile is right to about 2 %. */
const PER_DOUBLING = 32;
const DOUBLINGS = 40;

/** Times in constant memory: counts in buckets that grow with the logarithm, from 1 µs. */
export class Latency {
  private readonly buckets = new Uint32Array(PER_DOUBLING * DOUBLINGS);
  private total = 0;

  add(ms: number): void {
    const bucket = Math.floor(Math.log2(Math.max(1, ms * 1000)) * PER_DOUBLING);
    const index = Math.min(bucket, this.buckets.length - 1);
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
    this.total += 1;
  }

  /** Milliseconds below which a share of the times lies; NaN when there are none. */
  quantile(share: number): number {
    let seen = 0;
    for (const [index, count] of this.buckets.entries()) {
      seen += count;
      if (seen > 0 && seen >= share * this.total) return 2 ** ((index + 0.5) / PER_DOUBLING) / 1000;
    }
    return NaN;
  }
}
