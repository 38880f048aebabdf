import { isDeepStrictEqual } from 'node:util';
import type { Episode } from '../domain/alert/episode.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Chapter } from './chronicle.ts';
import type { StoredAlert } from './track.store.ts';

/** Which alert tells of which chapter, now that the past has been told again. */
export interface Matched {
  readonly pairs: readonly { readonly chapter: Chapter; readonly alert: StoredAlert }[];
  /** Chapters that nobody has been told of. */
  readonly untold: readonly Chapter[];
  /** Alerts of what never was. */
  readonly untrue: readonly StoredAlert[];
}

/**
 * Finds for every chapter the alert that tells of it: one of the same rule and place whose time overlaps. Where several do, one
 * that somebody has acknowledged goes before others, then one that opened at the same time, then one that opened during the
 * chapter, then one that is open as the chapter is, then the one that overlaps most. An alert that was retracted is taken up
 * again where no other fits.
 */
export function matchChapters(chapters: readonly Chapter[], alerts: readonly StoredAlert[]): Matched {
  const candidates = chapters
    .flatMap((chapter) => alerts.map((alert) => ({ chapter, alert, fit: fitOf(chapter, alert) })))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit);
  const told = new Set<Chapter>();
  const taken = new Set<StoredAlert>();
  const pairs = candidates.filter(({ chapter, alert }) => {
    if (told.has(chapter) || taken.has(alert)) return false;
    told.add(chapter);
    taken.add(alert);
    return true;
  });
  return {
    pairs,
    untold: chapters.filter((chapter) => !told.has(chapter)),
    untrue: alerts.filter((alert) => !taken.has(alert) && alert.state !== 'retracted'),
  };
}

/** An episode as it stood last. */
export function lastOf({ moments }: Chapter): Episode {
  return moments.at(-1)!.episode;
}

/** Whether two episodes are told with the same words. */
export function sameEpisode(a: Episode, b: Episode): boolean {
  return (
    a.level === b.level &&
    a.peak === b.peak &&
    a.openedAt === b.openedAt &&
    a.closedAt === b.closedAt &&
    isDeepStrictEqual(a.closest, b.closest) &&
    isDeepStrictEqual(a.details ?? {}, b.details ?? {})
  );
}

/** How well an alert tells of a chapter; 0: not at all. */
function fitOf(chapter: Chapter, alert: StoredAlert): number {
  if (chapter.rule !== alert.rule || chapter.place !== alert.place) return 0;
  const episode = lastOf(chapter);
  const overlap = overlapOf(episode, alert.episode);
  if (overlap === 0) return 0;
  if (alert.state === 'retracted') return overlap / 10;
  const { openedAt, closedAt } = alert.episode;
  const acknowledged = alert.acknowledged ? 16 : 0;
  const sameOpening = episode.openedAt === openedAt ? 8 : 0;
  const hasOpening = episode.openedAt <= openedAt && openedAt <= (episode.closedAt ?? Infinity) ? 4 : 0;
  const bothOpen = episode.closedAt === null && closedAt === null ? 2 : 0;
  return overlap + acknowledged + sameOpening + hasOpening + bothOpen;
}

/** The share of the time of either that both have, more than 0 if they touch; 0: they do not. */
function overlapOf(a: Episode, b: Episode): number {
  const end = ({ closedAt }: Episode): EpochMs => closedAt ?? Number.MAX_SAFE_INTEGER;
  const both = Math.min(end(a), end(b)) - Math.max(a.openedAt, b.openedAt);
  if (both < 0) return 0;
  const either = Math.max(end(a), end(b)) - Math.min(a.openedAt, b.openedAt);
  return either === 0 ? 1 : Math.max(both / either, Number.EPSILON);
}
