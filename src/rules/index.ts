import { loadFolder } from '../folder.ts';
import type { Rule } from './rule.ts';

/** Every alert rule by name: the files of this folder that carry one. */
export function loadRules(): Promise<ReadonlyMap<string, Rule>> {
  return loadFolder<Rule>(new URL('./', import.meta.url), ['index', 'rule']);
}
