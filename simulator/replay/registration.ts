import { randomBytes } from 'node:crypto';
import type { Wearing } from './census.ts';
import { idOf } from './census.ts';

export interface Gateway {
  readonly id: string;
  readonly secret: string;
}

const TIMEOUT_MS = 30_000;

/**
 * What `PUT /api/v1/reserve` takes: the animals of a file, their collars, who wore which from its first row to its last, and a
 * gateway that may publish for these collars. Secrets are new; the collars' are known to nobody afterwards.
 *
 * @throws Error naming the animals when one wore two collars at once, or one collar was worn by two
 */
export function reserveOf(wearings: readonly Wearing[], gateway: Gateway): object {
  refuseOverlaps(wearings, 'animal');
  refuseOverlaps(wearings, 'serial');
  const animals = new Map(
    wearings.map(({ animal, name, taxon }) => [
      animal,
      { id: animal, name, ...(taxon !== undefined && { species: taxon }) },
    ]),
  );
  const serials = [...new Set(wearings.map(({ serial }) => serial))];
  return {
    animals: [...animals.values()],
    collars: serials.map((serial) => ({ serial, format: 'json-v1', secret: newSecret() })),
    deployments: wearings.map(({ animal, serial, first, last }) => ({
      animal,
      collar: serial,
      from: new Date(first).toISOString(),
      to: new Date(last + 1).toISOString(), // half open: the last row is in it
    })),
    gateways: [{ ...gateway, collars: serials }],
  };
}

/** A gateway for one file: the same name each time, a new secret each time. */
export function gatewayOf(fileName: string): Gateway {
  return { id: `replay-${idOf(fileName.replace(/\.csv(\.gz)?$/i, ''))}`.slice(0, 63), secret: newSecret() };
}

/**
 * Registers over REST.
 *
 * @throws Error with what the server said
 */
export async function register(base: string, token: string, reserve: object, stop: AbortSignal): Promise<void> {
  const response = await fetch(new URL('/api/v1/reserve', base), {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(reserve),
    signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: Error) => {
    const { message } = (error.cause as Error | undefined) ?? error; // fetch hides the reason in its cause
    throw new Error(`register at ${base}: ${message}`);
  });
  if (!response.ok) throw new Error(`register at ${base}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  await response.arrayBuffer();
}

function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

function refuseOverlaps(wearings: readonly Wearing[], by: 'animal' | 'serial'): void {
  const sorted = wearings.toSorted((a, b) => a[by].localeCompare(b[by]) || a.first - b.first);
  for (const [i, next] of sorted.entries()) {
    const previous = sorted[i - 1];
    if (previous === undefined || previous[by] !== next[by] || next.first > previous.last) continue;
    const [one, other] = [previous, next].map(({ animal, serial }) => `${animal} in ${serial}`);
    throw new Error(`--register: ${one ?? ''} overlaps ${other ?? ''}: register these deployments by hand`);
  }
}
