import type { FarmDays } from '../../../domain/movement/farm-distance.ts';
import { DAY_MS, dateText } from '../../../domain/movement/zone-clock.ts';
import { line, nameOf } from './bar-charts.ts';
import { type Canvas, empty, framed, grouped, names, numbers, round } from './frame.ts';
import type { ChartOption } from './painter.ts';

/** Farms whose lines can be told apart. */
const MOST_LINES = 6;
const LONGEST_NAME = 32;

/** Kilometres to the nearest farms by local day; broken where the animal was beyond reach. Of more than a year the least of some days each. */
export function farmDistanceChart(canvas: Canvas, farms: readonly FarmDays[]): ChartOption {
  const { colours, words } = canvas;
  const told = farms.slice(0, MOST_LINES);
  const dates = daysBetween(told.flatMap(({ days }) => days.map(({ date }) => date)));
  if (dates.length === 0) return empty(canvas, words.noFarm);
  const { size, groups } = grouped(dates);
  const series = told.map(({ farm, name, days }, i) => {
    const byDate = new Map(days.map(({ date, m }) => [date, m]));
    const data = groups.map((group) => {
      const least = group.reduce((m, date) => Math.min(m, byDate.get(date) ?? Infinity), Infinity);
      return least === Infinity ? null : round(least / 1_000, 3);
    });
    const isTwice = told.some((other) => other.farm !== farm && other.name === name);
    const shown = printable(isTwice ? `${name} (${farm})` : name, LONGEST_NAME);
    return { ...line(shown, colours.series[i]!, data), showSymbol: groups.length <= 120, connectNulls: false };
  });
  const name = size === 1 ? words.toFence : `${words.toFence}; ${words.leastOf(size)}`;
  return framed(canvas, series.map(nameOf), {
    xAxis: names(
      canvas,
      groups.map(([first]) => first!),
    ),
    yAxis: numbers(canvas, name, 'left', { min: 0 }),
    series,
  });
}

/** Every date from the first to the last. */
function daysBetween(dates: readonly string[]): string[] {
  if (dates.length === 0) return [];
  const sorted = [...dates].sort();
  const [first, last] = [sorted[0]!, sorted.at(-1)!].map((date) => Date.parse(date) / DAY_MS);
  return Array.from({ length: last! - first! + 1 }, (_, i) => dateText(first! + i));
}

/** A name as it can stand in a picture: no control characters, no half characters, not too long. */
export function printable(name: string, most: number): string {
  const clean = name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\ufffe\uffff]/gu, ' ')
    .trim();
  const characters = [...clean];
  return characters.length <= most ? clean : `${characters.slice(0, most - 1).join('')}…`;
}
