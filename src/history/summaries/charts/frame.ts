import type { ChartOption } from './painter.ts';
import type { Words } from './words.ts';

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Colours of one theme; those of data are told apart by the colour-blind too (M. Okabe and K. Ito 2008), and by lightness in print. */
export interface Colours {
  readonly ground: string;
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly main: string;
  readonly pale: string;
  readonly mark: string;
  readonly day: string;
  readonly twilight: string;
  readonly night: string;
  readonly danger: string;
  readonly series: readonly string[];
}

const SERIES_LIGHT = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#7a5c00',
  '#56b4e9',
  '#7b3294',
  '#6b716c',
  '#a6761d',
  '#1b5e20',
];
const SERIES_DARK = [
  '#56b4e9',
  '#ff9e5c',
  '#3ccfa0',
  '#e6a3c6',
  '#f0e442',
  '#8fb8ff',
  '#c79be0',
  '#b9beb8',
  '#e0b060',
  '#7cc49b',
];

export const COLOURS: Readonly<Record<Theme, Colours>> = {
  light: {
    ground: '#ffffff',
    text: '#1f2420',
    faint: '#5c645d',
    line: '#d9d6cd',
    main: '#2f6b4f',
    pale: '#a9c9b8',
    mark: '#b4541a',
    day: '#e9b949',
    twilight: '#c97b5a',
    night: '#2c4a78',
    danger: '#b3261e',
    series: SERIES_LIGHT,
  },
  dark: {
    ground: '#12150f',
    text: '#e6e8e1',
    faint: '#a2aa9f',
    line: '#363c33',
    main: '#7cc49b',
    pale: '#3d6350',
    mark: '#ffab73',
    day: '#f0cf6b',
    twilight: '#d9906f',
    night: '#6f93cc',
    danger: '#ff8a80',
    series: SERIES_DARK,
  },
};

/** What every chart is drawn with. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly colours: Colours;
  readonly words: Words;
  /** The animal's name. */
  readonly name: string;
  /** What the chart shows, of when, and from how many fixes. */
  readonly subtitle: string;
}

/** Pixels around the plot, beside the title and the legend: room for the names of axes. */
export const MARGIN = { left: 74, right: 70, bottom: 58 } as const;
const LEGEND_TOP = 62;
const LEGEND_ROW = 24;
/** Pixels of a letter of the legend, and of what is around its words. */
const LETTER = 7.6;
const AROUND_WORDS = 40;
const FONT = 'DejaVu Sans, sans-serif';

/** Pixels above the plot: the title, and as many rows as the legend needs. */
export function topOf({ width }: Canvas, legend: readonly string[]): number {
  let [rows, used] = [1, 0];
  for (const words of new Set(legend)) {
    const wide = words.length * LETTER + AROUND_WORDS;
    if (used > 0 && used + wide > width - 36) [rows, used] = [rows + 1, 0];
    used += wide;
  }
  return LEGEND_TOP + LEGEND_ROW * rows + 18;
}

/** Title, legend and frame around series. */
export function framed(canvas: Canvas, legend: readonly string[], rest: ChartOption): ChartOption {
  const { colours, name, subtitle, width } = canvas;
  return {
    animation: false,
    backgroundColor: colours.ground,
    textStyle: { fontFamily: FONT, color: colours.text },
    title: {
      text: name,
      subtext: subtitle,
      left: 18,
      top: 12,
      itemGap: 6,
      textStyle: {
        fontFamily: FONT,
        fontSize: 17,
        fontWeight: 'bold',
        color: colours.text,
        width: width - 36,
        overflow: 'truncate',
      },
      subtextStyle: { fontFamily: FONT, fontSize: 12, color: colours.faint, width: width - 36, overflow: 'truncate' },
    },
    legend: {
      data: legend,
      left: 18,
      top: LEGEND_TOP,
      width: width - 36,
      itemWidth: 16,
      itemHeight: 10,
      itemGap: 16,
      textStyle: { fontFamily: FONT, fontSize: 12, color: colours.text },
    },
    grid: { ...MARGIN, top: topOf(canvas, legend), containLabel: false },
    ...rest,
  };
}

/** An axis of numbers with its name beside it. */
export function numbers(
  { colours }: Canvas,
  name: string,
  side: 'left' | 'right' = 'left',
  more: ChartOption = {},
): ChartOption {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameRotate: 90,
    nameGap: 48,
    position: side,
    nameTextStyle: { fontFamily: FONT, fontSize: 12, color: colours.faint },
    axisLabel: { fontFamily: FONT, fontSize: 12, color: colours.faint },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: side === 'left', lineStyle: { color: colours.line } },
    ...more,
  };
}

/** An axis of names, so many of which are written that they do not touch. */
export function names({ colours, width }: Canvas, data: readonly string[], name = ''): ChartOption {
  const longest = data.reduce((most, text) => Math.max(most, text.length), 1);
  const room = Math.max(1, Math.floor((width - MARGIN.left - MARGIN.right) / (longest * 8 + 14)));
  return {
    type: 'category',
    data,
    name,
    nameLocation: 'middle',
    nameGap: 32,
    nameTextStyle: { fontFamily: FONT, fontSize: 12, color: colours.faint },
    axisLabel: { fontFamily: FONT, fontSize: 12, color: colours.faint, interval: Math.ceil(data.length / room) - 1 },
    axisLine: { lineStyle: { color: colours.faint } },
    axisTick: { show: false },
  };
}

/** A chart that has nothing to show says so. */
export function empty(canvas: Canvas, why: string): ChartOption {
  const { colours, width, height } = canvas;
  const frame = framed(canvas, [], {});
  const title = {
    text: why,
    left: width / 2,
    top: height / 2 - 10,
    textAlign: 'center',
    textStyle: { fontFamily: FONT, fontSize: 15, fontWeight: 'normal', color: colours.faint },
  };
  return { ...frame, title: [frame['title'], title] };
}

/** Days in groups, so that no chart has more than a year of columns. */
export const MOST_COLUMNS = 366;

export function grouped<T>(list: readonly T[]): { readonly size: number; readonly groups: readonly (readonly T[])[] } {
  const size = Math.max(1, Math.ceil(list.length / MOST_COLUMNS));
  const groups = Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
  return { size, groups };
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
