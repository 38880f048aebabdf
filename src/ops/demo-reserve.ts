import type { EpochMs } from '../domain/fix.ts';

/** An animal of the demo, as `simulate walk --herd` takes it. */
export interface HerdMember {
  readonly serial: string;
  readonly secret: string;
  readonly seed: string;
  /** Longitude and latitude of the centre of its range. */
  readonly home: readonly [number, number];
  /** Visits farms. */
  readonly sofia?: boolean;
}

export const HISTORY_DAYS = 30;
const DAY_MS = 86_400_000;

/** Three animals that never were. Sofia has her name from the leopardess whose story began this; her way is invented too. */
export const HERD: readonly Omit<HerdMember, 'secret'>[] = [
  { serial: 'demo-sofia', seed: 'sofia', home: [131.645, 43.315], sofia: true },
  { serial: 'demo-borisych', seed: 'borisych', home: [131.13, 42.8] },
  { serial: 'demo-luna', seed: 'luna', home: [131.42, 43.05] },
];
const NAMES: Readonly<Record<string, { name: string; sex: string }>> = {
  'demo-sofia': { name: 'Sofia', sex: 'female' },
  'demo-borisych': { name: 'Borisych', sex: 'male' },
  'demo-luna': { name: 'Luna', sex: 'female' },
};

/** The demo's registry as `PUT /reserve` takes it. Its farms are drawn, and say so in their names. */
export function reserveOf(herd: readonly HerdMember[], farms: unknown, now: EpochMs): unknown {
  const from = new Date(now - (HISTORY_DAYS + 2) * DAY_MS).toISOString();
  const idOf = (serial: string) => serial.replace(/^demo-/, '');
  return {
    farms,
    animals: herd.map(({ serial }) => ({
      id: idOf(serial),
      species: 'Panthera pardus orientalis',
      ...NAMES[serial],
      note: 'invented for the demo',
    })),
    collars: herd.map(({ serial, secret }) => ({ serial, format: 'json-v1', secret, fixIntervalS: 600 })),
    deployments: herd.map(({ serial }) => ({ animal: idOf(serial), collar: serial, from, to: null })),
    gateways: [],
  };
}
