import type { DailyDistances } from '../../../domain/movement/daily-distance.ts';
import type { HourSuccess } from '../../../domain/movement/fix-success.ts';
import { PHASES } from '../../../domain/movement/sun.ts';
import type { SunActivities } from '../../../domain/movement/sun-activity.ts';
import { type Canvas, empty, framed, grouped, names, numbers, round } from './frame.ts';
import type { ChartOption } from './painter.ts';

/** A day with a longer gap is shown as one of which part is not known, seconds: as far as paths are drawn in the alert rules. */
const GAP_S = 6 * 3_600;
const WEEK = 7;

/** Kilometres by local day; of more than a year the mean of some days each. */
export function dailyDistanceChart(canvas: Canvas, { days }: DailyDistances): ChartOption {
  const { colours, words } = canvas;
  if (days.length === 0) return empty(canvas, words.nothing);
  const { size, groups } = grouped(days);
  const bars = groups.map((group) => {
    const known = group.flatMap(({ metres }) => (metres === null ? [] : [metres / 1_000]));
    const km = known.length === 0 ? null : round(known.reduce((sum, value) => sum + value, 0) / known.length, 3);
    return { km, date: group[0]!.date, isSparse: group.some(({ longestGapS }) => longestGapS > GAP_S) };
  });
  const weekly = bars.map((_, i) => {
    const week = bars.slice(Math.max(0, i - WEEK + 1), i + 1).flatMap(({ km }) => (km === null ? [] : [km]));
    return i < WEEK - 1 || week.length === 0 ? null : round(week.reduce((sum, km) => sum + km, 0) / week.length, 3);
  });
  const bar = (name: string, color: string, isSparse: boolean) => ({
    type: 'bar',
    stack: 'day',
    name,
    silent: true,
    barMaxWidth: 26,
    barCategoryGap: bars.length > 120 ? '10%' : '30%',
    itemStyle: { color },
    data: bars.map((day) => (day.isSparse === isSparse ? day.km : null)),
  });
  const series: object[] = [bar(words.wellCovered, colours.main, false), bar(words.gaps, colours.pale, true)];
  if (size === 1 && days.length > 2 * WEEK) series.push(line(words.weekly, colours.mark, weekly));
  const name = size === 1 ? words.kmADay : `${words.kmADay}; ${words.meanOf(size)}`;
  return framed(canvas, series.map(nameOf), {
    xAxis: names(
      canvas,
      bars.map(({ date }) => date),
    ),
    yAxis: numbers(canvas, name),
    series,
  });
}

/** Metres an hour by local hour, shared among day, twilight and night; and what collars reported as activity. */
export function activityChart(canvas: Canvas, { byHour }: SunActivities): ChartOption {
  const { colours, words } = canvas;
  if (byHour.every(({ metresPerHour, activity }) => metresPerHour === null && activity === null))
    return empty(canvas, words.nothing);
  const series: object[] = PHASES.map((phase) => ({
    type: 'bar',
    stack: 'sun',
    name: words[phase],
    silent: true,
    barCategoryGap: '18%',
    itemStyle: { color: colours[phase] },
    data: byHour.map(({ hours, metres }) => {
      const known = PHASES.reduce((sum, other) => sum + hours[other], 0);
      return known === 0 ? null : round(metres[phase] / known, 2);
    }),
  }));
  const isReported = byHour.some(({ activity }) => activity !== null);
  if (isReported) {
    const activity = byHour.map(({ activity }) => activity && round(activity, 3));
    series.push({ ...line(words.activity, colours.danger, activity), yAxisIndex: 1, showSymbol: true });
  }
  return framed(canvas, series.map(nameOf), {
    xAxis: names(
      canvas,
      byHour.map(({ hour }) => String(hour).padStart(2, '0')),
      words.hour,
    ),
    yAxis: [numbers(canvas, words.metresAnHour), ...(isReported ? [numbers(canvas, words.activity, 'right')] : [])],
    series,
  });
}

/** Attempts by local hour and what came of them. */
export function fixSuccessChart(canvas: Canvas, hours: readonly HourSuccess[]): ChartOption {
  const { colours, words } = canvas;
  if (hours.every(({ success }) => success === null)) return empty(canvas, words.nothing);
  const bar = (name: string, color: string, data: readonly number[]) => ({
    type: 'bar',
    stack: 'attempts',
    name,
    silent: true,
    barCategoryGap: '24%',
    itemStyle: { color },
    data,
  });
  const series: object[] = [
    bar(
      words.trusted,
      colours.main,
      hours.map(({ fixes }) => fixes),
    ),
    bar(
      words.doubted,
      colours.day,
      hours.map(({ doubted }) => doubted),
    ),
    bar(
      words.failed,
      colours.danger,
      hours.map(({ failed }) => failed),
    ),
  ];
  if (hours.some(({ expected }) => expected !== null)) {
    const expected = hours.map(({ expected }) => expected && round(expected, 1));
    series.push({
      ...line(words.expected, colours.faint, expected),
      step: 'middle',
      lineStyle: { type: 'dashed', width: 1.5 },
    });
  }
  const success = hours.map(({ success }) => (success === null ? null : round(success * 100, 1)));
  series.push({ ...line(words.success, colours.night, success), yAxisIndex: 1, showSymbol: true });
  return framed(canvas, series.map(nameOf), {
    xAxis: names(
      canvas,
      hours.map(({ hour }) => String(hour).padStart(2, '0')),
      words.hour,
    ),
    yAxis: [numbers(canvas, words.attempts), numbers(canvas, words.success, 'right', { min: 0, max: 100 })],
    series,
  });
}

export function line(name: string, color: string, data: readonly (number | null)[]): ChartOption {
  return {
    type: 'line',
    name,
    silent: true,
    showSymbol: false,
    symbol: 'circle',
    symbolSize: 5,
    lineStyle: { width: 2 },
    itemStyle: { color },
    color,
    z: 5,
    data,
  };
}

export function nameOf(series: object): string {
  return (series as { name: string }).name;
}
