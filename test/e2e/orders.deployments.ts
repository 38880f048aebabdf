import type { Station } from './orders.station.ts';

/** Who wore what when, epoch ms; `to` null: still. */
export interface Worn {
  readonly animal: string;
  readonly collar: string;
  readonly from: number;
  readonly to: number | null;
}

/** Ways in which two animals wear two collars. */
export const PLANS = [
  'each its own',
  'the first alone',
  'the collar moved on',
  'two collars in turn',
  'the collar ended',
  'exchanged',
  'with a gap',
] as const;
export type Plan = (typeof PLANS)[number];

const BEGINNING = Date.UTC(2020, 0, 1);
const GAP_MS = 5 * 3_600_000;

/** @param cut when something changes, in those plans in which it does */
export function planOf(plan: Plan, [a, b]: readonly string[], [one, two]: readonly string[], cut: number): Worn[] {
  const worn = (animal = '', collar = '', from = BEGINNING, to: number | null = null) => ({ animal, collar, from, to });
  switch (plan) {
    case 'each its own':
      return [worn(a, one), worn(b, two)];
    case 'the first alone':
      return [worn(a, one)];
    case 'the collar moved on':
      return [worn(a, one, BEGINNING, cut), worn(b, one, cut)];
    case 'two collars in turn':
      return [worn(a, one, BEGINNING, cut), worn(a, two, cut)];
    case 'the collar ended':
      return [worn(a, one, BEGINNING, cut)];
    case 'exchanged':
      return [worn(a, one, BEGINNING, cut), worn(a, two, cut), worn(b, two, BEGINNING, cut), worn(b, one, cut)];
    case 'with a gap':
      return [worn(a, one, BEGINNING, cut), worn(a, one, cut + GAP_MS)];
  }
}

/** When the last of an animal's deployments ended; null: it has not, or there is none. */
export function ends(worn: readonly Worn[]): number | null {
  const ended = worn.map(({ to }) => to);
  return ended.length === 0 || ended.includes(null) ? null : Math.max(...(ended as number[]));
}

interface Known extends Worn {
  readonly id: number;
}

/** Edits a station's deployments of some animals one by one until they are as wanted. */
export async function rewear(station: Station, wanted: readonly Worn[], animals: readonly string[]): Promise<void> {
  const known = await deploymentsOf(station, animals);
  const same = (x: Worn) => (y: Worn) => x.animal === y.animal && x.collar === y.collar && x.from === y.from;
  const lasting = known.filter((one) => wanted.some(same(one)));
  // What ends makes room for what begins.
  for (const one of known.filter((other) => !wanted.some(same(other))))
    await station.ask('DELETE', `/deployments/${one.id}`);
  const endings = lasting.map((one) => ({ id: one.id, was: one.to, to: wanted.find(same(one))!.to }));
  const changed = endings.filter(({ was, to }) => was !== to);
  for (const { id, to } of changed.sort((x, y) => Number(x.to === null) - Number(y.to === null)))
    await station.ask('PATCH', `/deployments/${id}`, { to: time(to) });
  for (const one of wanted.filter((other) => !known.some(same(other))))
    await station.ask('POST', '/deployments', { ...one, from: time(one.from), to: time(one.to) });
}

async function deploymentsOf(station: Station, animals: readonly string[]): Promise<Known[]> {
  const found = await Promise.all(animals.map((animal) => station.ask('GET', `/deployments?animal=${animal}`)));
  return (found as { items: { id: number; animal: string; collar: string; from: string; to: string | null }[] }[])
    .flatMap(({ items }) => items)
    .map((item) => ({ ...item, from: Date.parse(item.from), to: item.to === null ? null : Date.parse(item.to) }));
}

const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
