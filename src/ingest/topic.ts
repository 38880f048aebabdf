const TOPIC = /^collars\/([A-Za-z0-9._-]{1,64})\/fixes$/;

/** What the broker door subscribes to. */
export const ALL_FIXES = 'collars/+/fixes';

/** The serial in `collars/{serial}/fixes`; null: another topic. */
export function serialOf(topic: string): string | null {
  return TOPIC.exec(topic)?.[1] ?? null;
}
