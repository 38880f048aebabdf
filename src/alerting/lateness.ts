import type { EpochMs } from '../domain/fix.ts';
import type { ChangeDraft, RuleMemory } from './draft.ts';
import type { ActiveRule } from './rule-book.ts';

/** What came of the subject of a change by the newest fix that is known. */
export interface Outcome {
  readonly active: ActiveRule;
  /** null: its rule is at rest. */
  readonly memory: RuleMemory | null;
}

/**
 * Whether a change no longer described the present when it was learned: because it was learned too long after it happened, or
 * because a newer fix, known by then, was already out of what it tells.
 *
 * @param lateAfterMs how long after it happened a change may be learned and still be of the present
 */
export function isLate(
  { change, at, learnedAt, alertId, episode }: Pick<ChangeDraft, 'change' | 'at' | 'learnedAt' | 'alertId' | 'episode'>,
  { active, memory }: Outcome,
  lateAfterMs: EpochMs,
): boolean {
  if (learnedAt - at > lateAfterMs) return true;
  const isOpen = memory !== null && memory.alertId === alertId;
  if (change === 'closed') return memory !== null && !isOpen;
  // What is amended or retracted and over is of the past. What stands, or turns out not to stand, is of the present.
  if (change === 'retracted') return episode.closedAt !== null;
  if (!isOpen) return true;
  const depth = (level: string) => active.rule.levels.indexOf(level);
  if (change === 'eased') return depth(memory.episode.level) > depth(episode.level);
  if (depth(memory.episode.level) < depth(episode.level)) return true;
  return active.rule.isLeaving?.(memory.state, episode.level) ?? false;
}
