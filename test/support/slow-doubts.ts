import { geodesicMetres } from '../../src/domain/geo/ellipsoid.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A fix as a collar sends it. */
export interface SentFix {
  /** Epoch ms. */
  readonly at: number;
  /** Degrees. */
  readonly lon: number;
  readonly lat: number;
  /** Metres. */
  readonly accuracyM?: number;
  readonly hdop?: number;
  /** Epoch ms; absent: at its own time. */
  readonly receivedAt?: number;
}

/** How far an animal gets: kilometres an hour, and the kilometres that two fixes may lie apart whatever the time. */
export interface Pace {
  readonly kmh: number;
  readonly km: number;
}

export const LEOPARD: Pace = { kmh: 8, km: 1.5 };

/**
 * Rule 4 of the alert rules once more, as it is written and as slowly as that may be: of each of an animal's fixes in order of
 * time, its doubts. Every fix is asked for itself, and looks back to the beginning. It shares no line with the fold, only what
 * metres are.
 */
export function slowDoubts(fixes: readonly SentFix[], pace = LEOPARD): string[][] {
  const own = fixes.map(ownDoubts);
  const rest = [...fixes.keys()].filter((index) => own[index]!.length === 0);
  const implausible = (from: number, to: number) => {
    const [a, b] = [fixes[from]!, fixes[to]!];
    return geodesicMetres(a, b) / 1_000 > (pace.kmh * (b.at - a.at)) / HOUR + pace.km;
  };
  const known = new Map<number, string[]>();
  /** The doubts of the fix at a place in `rest`. */
  const doubtsAt = (place: number): string[] => {
    let doubts = known.get(place);
    if (doubts === undefined) known.set(place, (doubts = ask(place)));
    return doubts;
  };
  const ask = (place: number): string[] => {
    const index = rest[place]!;
    let before = place - 1;
    while (before >= 0 && doubtsAt(before).length > 0) before--;
    if (before < 0 || !implausible(rest[before]!, index)) return [];
    const next = rest[place + 1];
    if (next === undefined) return ['unconfirmed'];
    return implausible(index, next) ? ['impossible-speed'] : [];
  };
  // From the first on, so that no look back goes deeper than one.
  const neighbour = new Map(rest.map((index, place) => [index, doubtsAt(place)]));
  return own.map((doubts, index) => neighbour.get(index) ?? doubts);
}

/** How far the true position may be from a fix, metres, uncapped: rule 2 has it. */
export function errorOf({ accuracyM, hdop }: SentFix): number {
  if (accuracyM !== undefined) return accuracyM;
  return hdop === undefined ? 30 : 5 * hdop;
}

function ownDoubts(fix: SentFix): string[] {
  const ahead = fix.at - (fix.receivedAt ?? fix.at);
  const offRollover = Math.abs(Math.abs(ahead) - 1_024 * 7 * DAY);
  return [
    ...(ahead > 10 * MINUTE ? ['future-time'] : []),
    ...(offRollover <= 2 * DAY ? ['week-rollover'] : []),
    ...(fix.lon === 0 && fix.lat === 0 ? ['null-island'] : []),
    ...(errorOf(fix) > 500 ? ['poor-accuracy'] : []),
  ];
}
