import { z } from 'zod';
import type { Reach } from '../../src/domain/alert/episode.ts';
import farmProximity from '../../src/rules/farm-proximity.ts';
import type { Told } from '../support/memory-judge.ts';
import { clock, LEFT, metres, PANEL, paper, px, RIGHT, ROW, type Scale, scaleOf, text, TOP } from './paper.ts';
import type { Mark, SeenFix, Telling } from './telling.ts';

const MS_PER_H = 3_600_000;
const limits = z
  .object({ leaveMarginM: z.number(), leaveMarginShare: z.number(), pathMaxH: z.number() })
  .parse(farmProximity.settings.parse({}));
const AXIS = 26;
/** Shortest bar that can be seen, pixels. */
const LEAST_BAR = 3;
/** Of an open bar, pixels. */
const HEAD = 7;

/** Draws what the engine made of a story: above, the distance to the fence; below, the alert as people knew it, change by change. */
export function draw(telling: Telling): string {
  const { from, until, fixes, paths, changes, story } = telling;
  const farthestM = 1.08 * Math.max(...[...fixes, ...paths.flat()].map(({ m }) => m), telling.farm.nearM);
  const scale = scaleOf(from, until, farthestM);
  const rows = TOP + PANEL + AXIS + 10;
  const bottom = rows + Math.max(1, changes.length) * ROW;
  const parts = [
    ...rings(telling, scale),
    ...hours(telling, scale, bottom),
    ...reach(telling, scale),
    ...paths.map((path) => way(path, scale)),
    ...fixes.flatMap((fix) => drawnFix(fix, telling, scale)),
    ...told(telling, scale, rows),
    legend(telling, bottom + 16),
  ];
  return paper(story.title, describe(telling), bottom + 26, parts);
}

/** What a drawing shows, in words. */
function describe({ fixes, changes }: Telling): string {
  const inOrder = [...fixes].sort((a, b) => a.heard - b.heard || a.at - b.at);
  const heard = inOrder.map(({ at, heard: came, m, doubts }) => {
    const late = came > at ? `, heard at ${clock(came)}` : '';
    return `${clock(at)} ${metres(m)}${late}${doubts.length > 0 ? ` (${doubts.join(', ')})` : ''}`;
  });
  const names = namesOf(changes);
  const said = changes.map((change) => {
    const { learnedAt, at, episode } = change;
    const span = `from ${clock(episode.openedAt)} ${episode.closedAt === null ? 'on' : `to ${clock(episode.closedAt)}`}`;
    return `learned at ${clock(learnedAt)}: ${wordsOf(change, names)}, as of ${clock(at)}, ${span}`;
  });
  return `Fixes as they came, with their distance to the fence: ${heard.join('; ')}. Told: ${said.join('; ') || 'nothing'}.`;
}

function rings({ farm, fixes, story }: Telling, { y }: Scale): string[] {
  const bands = [
    { level: 'near', label: `near: ${metres(farm.nearM)}`, fromM: farm.nearM, toM: farm.closeM },
    { level: 'close', label: `close: ${metres(farm.closeM)}`, fromM: farm.closeM, toM: 0 },
  ].flatMap(({ level, label, fromM, toM }) => [
    `<rect class="ring ${level}" x="${LEFT}" y="${px(y(fromM))}" width="${RIGHT - LEFT}" height="${px(y(toM) - y(fromM))}"/>`,
    text(LEFT - 8, y(fromM) + 11, label, 'end'),
  ]);
  const fence = [
    `<rect class="ring inside" x="${LEFT}" y="${px(y(0))}" width="${RIGHT - LEFT}" height="8"/>`,
    text(LEFT - 8, y(0) + 8, 'inside', 'end'),
    text(8, TOP - 10, 'distance to the fence', 'soft'),
  ];
  if (!story.rules.includes(farmProximity.name)) return [...bands, ...fence];
  const errorM = Math.max(...fixes.map((fix) => fix.errorM));
  const outM = farm.nearM + Math.max(limits.leaveMarginM, limits.leaveMarginShare * farm.nearM) + errorM;
  const out = `<line class="out" x1="${LEFT}" x2="${RIGHT}" y1="${px(y(outM))}" y2="${px(y(outM))}"/>`;
  return [...bands, ...fence, out, text(LEFT - 8, y(outM) - 2, `out beyond ${metres(outM)}`, 'end soft')];
}

function hours({ from, until }: Telling, { x }: Scale, bottom: number): string[] {
  const marks: string[] = [];
  for (let at = Math.ceil(from / MS_PER_H) * MS_PER_H; at <= until; at += MS_PER_H) {
    marks.push(
      `<line class="line" x1="${px(x(at))}" x2="${px(x(at))}" y1="${TOP}" y2="${bottom}"/>`,
      text(x(at), TOP + PANEL + AXIS, clock(at), 'middle soft'),
    );
  }
  return marks;
}

/** The distances at which a silent animal may be: from its last fix to the first farm that it could come to. */
function reach({ fixes, changes }: Telling, { x, y }: Scale): string[] {
  return changes.flatMap(({ change, episode }): string[] => {
    const couldReach = episode.details?.['couldReach'] as Reach | null | undefined;
    const last = fixes.findLast(({ at }) => at <= episode.openedAt);
    if (change !== 'opened' || !couldReach || !last) return [];
    const at = Date.parse(couldReach.at);
    const edge = Array.from({ length: 25 }, (_, step) => {
      const done = step / 24;
      return `${px(x(last.at + done * (at - last.at)))},${px(y((last.m - last.errorM) * (1 - done)))}`;
    });
    const end = episode.closedAt ?? fixes.at(-1)!.at;
    const corners = [`${px(x(end))},${px(y(0))}`, `${px(x(end))},${TOP}`, `${px(x(last.at))},${TOP}`];
    return [
      `<polygon class="reach" points="${[...edge, ...corners].join(' ')}"/>`,
      text(x(last.at + 0.65 * (at - last.at)) + 12, y(0.45 * last.m), 'she may be anywhere here'),
      text(x(at) - 14, y(0) - 8, `at the fence by ${clock(at)}`, 'end'),
    ];
  });
}

function way(path: readonly Mark[], { x, y }: Scale): string {
  const [first, last] = [path[0]!, path.at(-1)!];
  const isKnown = last.at - first.at <= limits.pathMaxH * MS_PER_H;
  const points = (isKnown ? path : [first, last]).map(({ at, m }) => `${px(x(at))},${px(y(m))}`);
  return `<polyline class="${isKnown ? 'way' : 'gap'}" points="${points.join(' ')}"/>`;
}

function drawnFix(fix: SeenFix, { fixes }: Telling, { x, y }: Scale): string[] {
  const [cx, cy] = [x(fix.at), y(fix.m)];
  const isOrdered = fixes.every(({ isLate }) => !isLate);
  const order =
    1 + fixes.filter((other) => other.heard < fix.heard || (other.heard === fix.heard && other.at < fix.at)).length;
  const number = isOrdered ? [] : [text(cx + 7, cy - 6, String(order), 'tiny')];
  if (fix.doubts.length > 0) {
    const cross = `M${px(cx - 4)} ${px(cy - 4)}l8 8m0-8l-8 8`;
    return [
      `<path class="doubted" d="${cross}"/>`,
      ...number,
      text(cx - 9, cy + 4, fix.doubts.join(', '), 'end soft tiny'),
    ];
  }
  return [`<circle class="fix${fix.isLate ? ' late' : ''}" cx="${px(cx)}" cy="${px(cy)}" r="4"/>`, ...number];
}

/** A letter for each alert, in the order of their first change; none where there is one alert. */
function namesOf(changes: readonly Told[]): ReadonlyMap<string, string> {
  const ids = [...new Set(changes.map(({ alertId }) => alertId))];
  return new Map(ids.map((id, index) => [id, ids.length > 1 ? `${'ABCDEFGH'[index]!} ` : '']));
}

function wordsOf({ change, episode, alertId, late }: Told, names: ReadonlyMap<string, string>): string {
  const { level, peak, closedAt } = episode;
  const worst = peak === level ? '' : `, peak ${peak}`;
  const words = {
    opened: `opened, ${level}`,
    escalated: `escalated to ${level}`,
    eased: `eased to ${level}`,
    closed: 'closed',
    amended: `amended: ${closedAt === null ? 'open' : 'closed'}, ${level}${worst}`,
    retracted: 'retracted',
  }[change];
  return `${names.get(alertId) ?? ''}${words}${late ? ' · late' : ''}`;
}

/** The alert as it stood after each change: a bar from its opening to its end, or to as far as it was known. */
function told({ changes }: Telling, { x }: Scale, top: number): string[] {
  if (changes.length === 0) return [text(8, top + 16, 'nothing is told', 'soft')];
  const names = namesOf(changes);
  const rows = changes.flatMap((change, index) => {
    const { episode, learnedAt, alertId } = change;
    const y = top + index * ROW;
    // Of several steps that are learned at once, each but the last stands only until the next.
    const next = changes.slice(index + 1).find((later) => later.alertId === alertId && later.learnedAt === learnedAt);
    const start = x(episode.openedAt);
    const width = Math.max(LEAST_BAR, x(episode.closedAt ?? next?.at ?? learnedAt) - start);
    const looks = change.change === 'retracted' ? 'gone' : episode.level;
    const isOpen = episode.closedAt === null && change.change !== 'retracted';
    const head = isOpen ? `l${HEAD} 6l-${HEAD} 6` : 'v12';
    const end = start + width + (isOpen ? HEAD : 0);
    const seen = px(x(learnedAt));
    return [
      text(8, y + 16, clock(learnedAt)),
      text(50, y + 16, wordsOf(change, names)),
      `<path class="${looks}" d="M${px(start)} ${y + 6}h${px(width)}${head}H${px(start)}z"/>`,
      ...(x(learnedAt) > end
        ? [`<line class="wait" x1="${px(end)}" x2="${seen}" y1="${y + 12}" y2="${y + 12}"/>`]
        : []),
      `<line class="learned" x1="${seen}" x2="${seen}" y1="${y + 2}" y2="${y + 22}"/>`,
    ];
  });
  return [text(8, top - 8, 'learned at', 'soft'), ...rows];
}

function legend({ fixes, changes }: Telling, y: number): string {
  const words = ['● fix'];
  if (fixes.some(({ isLate }) => isLate)) words.push('○ came late (figures: the order in which fixes came)');
  if (fixes.some(({ doubts }) => doubts.length > 0)) words.push('× doubted');
  if (changes.length > 0) words.push('| when it was learned');
  return text(LEFT, y, words.join(' · '), 'soft tiny');
}
