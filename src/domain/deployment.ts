import type { EpochMs } from './fix.ts';

/** Which animal wore which collar. Half open: the fix at `from` belongs to it, the fix at `to` does not. */
export interface Deployment {
  readonly animal: string;
  readonly collarId: number;
  readonly from: EpochMs;
  /** null: still worn. */
  readonly to: EpochMs | null;
}

/** The deployment that covers a moment, of deployments of one collar (or one animal), which never overlap. */
export function deploymentAt(deployments: readonly Deployment[], at: EpochMs): Deployment | undefined {
  return deployments.find((deployment) => deployment.from <= at && (deployment.to === null || at < deployment.to));
}
