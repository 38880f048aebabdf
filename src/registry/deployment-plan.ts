import type { EpochMs } from '../domain/fix.ts';
import { Problem } from '../domain/problem.ts';
import type { DeploymentRow } from './registry-edit.store.ts';
import type { DeploymentDocument } from './reserve.ts';
import type { StoredDeployment } from './stored.ts';

/** What is stored when deployments are planned. */
export interface Known {
  readonly deployments: readonly StoredDeployment[];
  readonly animals: ReadonlySet<string>;
  /** Collars' numbers by serial. */
  readonly collars: ReadonlyMap<string, number>;
}

/**
 * What to write so that the wanted deployments stand: a known one (same animal, collar and `from`) gets its new end, others are
 * new. Pure.
 *
 * @param field where the documents stand in the caller's own, for its errors
 * @throws Problem 422 naming an unknown animal or collar, 409 naming both of two that overlap
 */
export function planDeployments(wanted: readonly DeploymentDocument[], known: Known, field: string): DeploymentRow[] {
  demandKnown(wanted, known, field);
  const key = (animal: string, collarId: number, from: EpochMs) => `${animal} ${collarId} ${from}`;
  const stored = new Map(known.deployments.map((one) => [key(one.animal, one.collarId, one.from), one]));
  const rows = wanted.map(({ animal, collar, from, to }): DeploymentRow => {
    const collarId = known.collars.get(collar)!;
    const same = stored.get(key(animal, collarId, from));
    return { ...same, animal, collarId, from, to: to === undefined ? (same?.to ?? null) : to };
  });
  demandApart(rows, known);
  return rows;
}

function demandKnown(wanted: readonly DeploymentDocument[], { animals, collars }: Known, field: string): void {
  const errors = wanted.flatMap(({ animal, collar }, index) => {
    const place = field && `${field}[${index}].`;
    const unknown = [];
    if (!animals.has(animal))
      unknown.push({ field: `${place}animal`, expected: `a known animal; there is no ${animal}` });
    if (!collars.has(collar))
      unknown.push({ field: `${place}collar`, expected: `a known collar; there is no ${collar}` });
    return unknown;
  });
  const [first] = errors;
  if (!first) return;
  const code = first.field.endsWith('animal') ? 'unknown-animal' : 'unknown-collar';
  throw new Problem(422, code, `${first.field}: expected ${first.expected}.`, errors.slice(0, 20));
}

/** @throws Problem 409 when, with these rows written, an animal or a collar were in two deployments at once */
function demandApart(rows: readonly DeploymentRow[], known: Known): void {
  const written = new Set(rows.map(({ id }) => id));
  const all = [...known.deployments.filter(({ id }) => !written.has(id)), ...rows];
  const clash = overlapOf(all, ({ animal }) => animal) ?? overlapOf(all, ({ collarId }) => String(collarId));
  if (!clash) return;
  const serials = new Map([...known.collars].map(([serial, id]) => [id, serial]));
  const name = ({ animal, collarId, from, to }: DeploymentRow) =>
    `${animal} with collar ${serials.get(collarId)} from ${iso(from)} to ${to === null ? 'now' : iso(to)}`;
  const [one, other] = clash;
  throw new Problem(409, 'deployments-overlap', `Two deployments overlap: ${name(one)}, and ${name(other)}.`);
}

/** Two deployments of one key at once, in the order of time; null: none are. */
function overlapOf(
  deployments: readonly DeploymentRow[],
  keyOf: (deployment: DeploymentRow) => string,
): [DeploymentRow, DeploymentRow] | null {
  const last = new Map<string, DeploymentRow>();
  for (const one of [...deployments].sort((a, b) => a.from - b.from)) {
    const before = last.get(keyOf(one));
    if (before && (before.to === null || one.from < before.to)) return [before, one];
    last.set(keyOf(one), one);
  }
  return null;
}

const iso = (at: EpochMs): string => new Date(at).toISOString();
