import { createHash } from 'node:crypto';
import { type Ring, RINGS } from '../../domain/farm.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { StoredFarm } from '../../registry/stored.ts';
import type { NightEvidence, Presence } from './night-watch.ts';
import type { Night } from './nights.ts';

/** Nights by what can be said of them. */
export type Count = Readonly<Record<Presence, number>>;
export type Totals = Readonly<Record<Ring, Count>>;

export interface LedgerNight extends Readonly<Record<Ring, Presence>> {
  readonly date: string;
  readonly fixes: number;
  readonly longestGapS: number;
  /** As alerts tell it. null: not within `near`. */
  readonly closest: { readonly m: number; readonly at: string; readonly between: boolean } | null;
}

export interface LedgerAnimal {
  readonly id: string;
  readonly name: string;
  readonly nights: readonly LedgerNight[];
  readonly totals: Totals;
}

/** A month of nights at a farm. No position is in it, and nothing that tells when it was made. */
export interface PresenceLedger {
  readonly format: 'collarwatch-presence-1';
  readonly farm: {
    readonly id: string;
    readonly name: string;
    readonly nearM: number;
    readonly closeM: number;
    /** Tells whether two ledgers were measured to the same fence. */
    readonly fenceSha256: string;
  };
  readonly month: string;
  readonly zone: string;
  readonly nights: readonly { readonly date: string; readonly from: string; readonly to: string }[];
  /** By id. */
  readonly animals: readonly LedgerAnimal[];
  /** Present: one animal at least was; absent: all were; unknown: the rest. */
  readonly totals: Totals;
}

/** What a ledger is made of. */
export interface LedgerParts {
  readonly farm: StoredFarm;
  readonly month: string;
  readonly zone: string;
  readonly nights: readonly Night[];
  readonly animals: readonly {
    readonly id: string;
    readonly name: string;
    readonly evidence: readonly NightEvidence[];
  }[];
}

const iso = (at: EpochMs): string => new Date(at).toISOString();

export function ledgerOf({ farm, month, zone, nights, animals }: LedgerParts): PresenceLedger {
  const rows = [...animals]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, name, evidence }): LedgerAnimal => ({
      id,
      name,
      nights: evidence.map((night, index) => nightOf(nights[index]!, night)),
      totals: totalsOf(evidence.map(({ rings }) => rings)),
    }));
  return {
    format: 'collarwatch-presence-1',
    farm: {
      id: farm.id,
      name: farm.name,
      nearM: farm.nearM,
      closeM: farm.closeM,
      fenceSha256: sha256(canonical(farm.boundary)),
    },
    month,
    zone,
    nights: nights.map(({ date, from, to }) => ({ date, from: iso(from), to: iso(to) })),
    animals: rows,
    totals: totalsOf(nights.map((_, index) => anyOf(animals.map(({ evidence }) => evidence[index]!.rings)))),
  };
}

function nightOf({ date }: Night, { rings, fixes, longestGapMs, closest }: NightEvidence): LedgerNight {
  return {
    date,
    ...rings,
    fixes,
    longestGapS: Math.round(longestGapMs / 1_000),
    closest: closest && { m: Math.round(closest.m * 10) / 10, at: iso(closest.at), between: closest.between },
  };
}

type Rings = Readonly<Record<Ring, Presence>>;

/** What can be said of a night and any of some animals; of no animal nothing. */
function anyOf(animals: readonly Rings[]): Rings {
  const of = (ring: Ring): Presence => {
    if (animals.some((rings) => rings[ring] === 'present')) return 'present';
    return animals.length > 0 && animals.every((rings) => rings[ring] === 'absent') ? 'absent' : 'unknown';
  };
  return { near: of('near'), close: of('close'), inside: of('inside') };
}

function totalsOf(nights: readonly Rings[]): Totals {
  const count = (ring: Ring, presence: Presence) => nights.filter((rings) => rings[ring] === presence).length;
  const of = (ring: Ring): Count => ({
    present: count(ring, 'present'),
    absent: count(ring, 'absent'),
    unknown: count(ring, 'unknown'),
  });
  return Object.fromEntries(RINGS.map((ring) => [ring, of(ring)])) as unknown as Totals;
}

/** JSON with the members of each object sorted by name and nothing between: RFC 8785, for which ECMAScript writes numbers and text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** In hex, of UTF-8. Of a ledger's canonical form it is the ledger's digest. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
