/** A moment as epoch milliseconds, UTC. Pure rooms take it as an argument and never ask a clock for it. */
export type EpochMs = number;

/** Degrees WGS84. */
export interface Position {
  readonly lon: number;
  readonly lat: number;
}

/** What a collar may report beside its position. Absent means not reported; zero means zero. */
export interface Sensors {
  readonly altM?: number;
  readonly accuracyM?: number;
  readonly hdop?: number;
  readonly satellites?: number;
  readonly speedMps?: number;
  readonly headingDeg?: number;
  readonly temperatureC?: number;
  readonly batteryV?: number;
  /** The maker's own unit; only comparable within one model of collar. */
  readonly activity?: number;
  /** The collar's own message counter. */
  readonly seq?: number;
}

/** A collar's position at one moment, as it was decoded: nothing about it has been judged yet. */
export interface Reading extends Position, Sensors {
  readonly at: EpochMs;
  /** Fields of the payload that we have no name for, kept as they came. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** An attempt of a collar that got no position: kept and counted, not a fix. */
export interface FailedAttempt {
  readonly at: EpochMs;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** One position of one collar at one moment, with what we think of it. */
export interface Fix extends Reading {
  readonly collarId: number;
  readonly receivedAt: EpochMs;
  /** Set of doubts as bits; see quality/doubt.ts. 0: trusted. */
  readonly doubts: number;
  /** A newer fix of its animal was already stored when this one came. */
  readonly late: boolean;
}

/** Error assumed for a fix that reports neither accuracy nor HDOP, metres. DESIGN of the alert rules, rule 2. */
const DEFAULT_ERROR_M = 30;
/** Metres of error for one unit of HDOP. */
const ERROR_M_PER_HDOP = 5;

/** How far the true position may be from the reported one, metres: `accuracyM`, else 5 m × `hdop`, else 30 m. Uncapped. */
export function errorMetres(fix: Pick<Sensors, 'accuracyM' | 'hdop'>): number {
  return fix.accuracyM ?? (fix.hdop === undefined ? DEFAULT_ERROR_M : fix.hdop * ERROR_M_PER_HDOP);
}
