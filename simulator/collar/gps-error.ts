import type { Random } from '../random.ts';

/** Standard normal quantile of 95 %. */
const Z95 = 1.6449;
/** "Error of 3D fixes: median 8 m, 95 % 30 m": metres, as a lognormal. */
export const ERROR_3D_M = { median: 8, p95: 30 } as const;
/** "8 % are 2D with median 80 m, 95 % 130 m". */
export const SHARE_2D = 0.08;
export const ERROR_2D_M = { median: 80, p95: 130 } as const;
/** "HDOP of 3D 1.0–1.7–4.6 (5–50–95 %)": a lognormal with one spread below the median and another above. */
export const HDOP_3D = { p5: 1, median: 1.7, p95: 4.6 } as const;
/** HDOP of 2D fixes: ours, worse than most of 3D. */
const HDOP_2D = { median: 4, spread: 0.4 } as const;
/** How far a poor geometry goes with a large error: correlation of the two in the normal scores. Ours. */
const HDOP_WITH_ERROR = 0.6;
/** What a receiver believes of its error: metres for one unit of HDOP, and for a 2D fix. Ours. */
const ACCURACY_PER_HDOP_M = 5;
const ACCURACY_2D_M = 100;

/** What a receiver reports of one position, and how far from the truth it is. */
export interface GpsError {
  readonly dimension: '2D' | '3D';
  readonly eastM: number;
  readonly northM: number;
  readonly hdop: number;
  readonly satellites: number;
  readonly accuracyM: number;
}

/** What `--errors off` reports: a receiver that is right. */
export const NO_ERROR: GpsError = { dimension: '3D', eastM: 0, northM: 0, hdop: 1, satellites: 10, accuracyM: 3 };

export function sampleGpsError(random: Random): GpsError {
  const is2D = random.chance(SHARE_2D);
  const scores = [random.normal(), random.normal()] as const;
  const doubtful = random.logNormal(1, 0.2);
  const direction = random.between(-Math.PI, Math.PI);
  const errorScore = HDOP_WITH_ERROR * scores[0] + Math.sqrt(1 - HDOP_WITH_ERROR ** 2) * scores[1];
  const { median, p95 } = is2D ? ERROR_2D_M : ERROR_3D_M;
  const metres = median * Math.exp((Math.log(p95 / median) / Z95) * errorScore);
  const hdop = is2D ? HDOP_2D.median * Math.exp(HDOP_2D.spread * scores[0]) : hdop3D(scores[0]);
  return {
    dimension: is2D ? '2D' : '3D',
    eastM: metres * Math.cos(direction),
    northM: metres * Math.sin(direction),
    hdop: round(Math.max(0.6, hdop), 1),
    satellites: is2D ? 3 : Math.min(12, Math.max(4, Math.round(10 - 3.4 * Math.log(hdop) + random.normal()))),
    accuracyM: Math.max(1, Math.round((is2D ? ACCURACY_2D_M : ACCURACY_PER_HDOP_M * hdop) * doubtful)),
  };
}

function hdop3D(score: number): number {
  const { p5, median, p95 } = HDOP_3D;
  const spread = (score < 0 ? Math.log(median / p5) : Math.log(p95 / median)) / Z95;
  return median * Math.exp(spread * score);
}

export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
