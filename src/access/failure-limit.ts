import type { EpochMs } from '../domain/fix.ts';

/** What is left to an address, as it stood at a moment. */
interface Allowance {
  left: number;
  at: EpochMs;
}

const MINUTE_MS = 60_000;
/** Addresses remembered at most. When there are more, the one that tried longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;

/** Counts failed attempts of each address: `perMinute` at once, and as many a minute after that. Pure but for its memory. */
export class FailureLimit {
  private readonly allowances = new Map<string, Allowance>();
  constructor(private readonly perMinute: number) {}

  /**
   * Takes one attempt from an address, before it is made: attempts made side by side count like any others.
   *
   * @returns false: nothing is left, the attempt is not to be made
   */
  take(address: string, now: EpochMs): boolean {
    const network = networkOf(address);
    const left = this.left(network, now);
    if (left < 1) return false;
    this.set(network, { left: left - 1, at: now });
    return true;
  }

  /** Gives an attempt back that did not fail. */
  giveBack(address: string, now: EpochMs): void {
    const network = networkOf(address);
    const left = Math.min(this.perMinute, this.left(network, now) + 1);
    if (left === this.perMinute) this.allowances.delete(network);
    else this.set(network, { left, at: now });
  }

  /** Set anew, so that the map is in order of the last attempt. */
  private set(network: string, allowance: Allowance): void {
    this.allowances.delete(network);
    this.allowances.set(network, allowance);
    if (this.allowances.size <= MAX_ADDRESSES) return;
    const [oldest] = this.allowances.keys();
    if (oldest !== undefined) this.allowances.delete(oldest);
  }

  private left(network: string, now: EpochMs): number {
    const known = this.allowances.get(network);
    if (!known) return this.perMinute;
    const regained = (Math.max(0, now - known.at) / MINUTE_MS) * this.perMinute;
    return Math.min(this.perMinute, known.left + regained);
  }
}

/** An IPv6 address counts as its /64: who has one address of it has them all. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = '', tail = ''] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
