import type { Position as Coordinates } from 'geojson';
import type { EqualArea } from '../../../domain/movement/equal-area.ts';
import type { HomeRange, Outline } from '../../../domain/movement/home-range.ts';
import type { StoredFarm } from '../../../registry/stored.ts';
import { printable } from './farm-distance-chart.ts';
import { type Canvas, empty, framed, MARGIN, numbers, round, topOf } from './frame.ts';
import type { ChartOption } from './painter.ts';

/** Dots that are drawn at most: more would be one blot, and a picture of megabytes. */
const MOST_DOTS = 2_500;
/** Farms that are drawn at most. */
const MOST_SHAPES = 20;
/** Part of the plot that stays free around what is drawn. */
const AROUND = 0.06;

type Corner = readonly [x: number, y: number];

/** A map of where the animal lives: kernel and convex outlines, fixes and farms, in kilometres, the same to both sides. */
export function homeRangeChart(
  canvas: Canvas,
  range: HomeRange | null,
  outlines: readonly Outline[],
  farms: readonly StoredFarm[],
): ChartOption {
  const { colours, words } = canvas;
  if (!range) return empty(canvas, words.tooFew);
  const dots = dotsOf(range.points);
  const shapes = outlines.map((outline) => ({
    outline,
    polygons: outline.polygons.map((rings) => rings.map((ring) => corners(ring))),
  }));
  const legend = [...outlines.map((outline) => outlineName(canvas, outline)), words.fix, words.farms];
  const view = viewOf(canvas, topOf(canvas, legend), [...dots, ...shapes.flatMap(({ polygons }) => polygons.flat(2))]);
  const inView = farmsInView(farms, range.projection, view);
  const series: object[] = [
    ...shapes.map(({ outline, polygons }) => outlineSeries(canvas, outline, polygons)),
    {
      type: 'scatter',
      name: words.fix,
      silent: true,
      symbolSize: dots.length > 800 ? 2.5 : 4,
      itemStyle: { color: colours.text, opacity: dots.length > 800 ? 0.35 : 0.55 },
      data: dots,
      z: 4,
    },
    ...inView.map(({ polygons }) => farmSeries(canvas, polygons)),
    ...(inView.length > 0 ? [farmNames(canvas, inView)] : []),
  ];
  return framed(canvas, inView.length > 0 ? legend : legend.slice(0, -1), { ...axes(canvas, view), series });
}

interface View {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
  /** Kilometres between two lines of the net. */
  readonly step: number;
}

/** What is to be seen, at the same scale to both sides. */
function viewOf({ width, height }: Canvas, top: number, points: readonly Corner[]): View {
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  }
  const [plotWidth, plotHeight] = [width - MARGIN.left - MARGIN.right, height - top - MARGIN.bottom];
  const most = Math.max((east - west) / plotWidth, (north - south) / plotHeight, 1e-6);
  const scale = most * (1 + 2 * AROUND);
  const [x, y] = [(west + east) / 2, (south + north) / 2];
  const [halfWidth, halfHeight] = [(scale * plotWidth) / 2, (scale * plotHeight) / 2];
  return {
    west: x - halfWidth,
    east: x + halfWidth,
    south: y - halfHeight,
    north: y + halfHeight,
    step: niceStep((scale * Math.min(plotWidth, plotHeight)) / 5),
  };
}

function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= atLeast) ?? 10);
}

function axes(canvas: Canvas, { west, east, south, north, step }: View): ChartOption {
  const { colours, words } = canvas;
  const axis = (name: string, min: number, max: number): ChartOption => {
    const base = numbers(canvas, name, 'left', { min, max });
    const from = Math.ceil(min / step);
    const customValues = Array.from({ length: Math.floor(max / step) - from + 1 }, (_, i) =>
      round((from + i) * step, 6),
    );
    return {
      ...base,
      axisLabel: { ...(base['axisLabel'] as object), customValues },
      axisTick: { show: false, customValues },
      splitLine: { ...(base['splitLine'] as object), customValues },
      axisLine: { show: true, onZero: false, lineStyle: { color: colours.faint } },
    };
  };
  return {
    xAxis: { ...axis(words.eastKm, west, east), position: 'bottom', nameRotate: 0, nameGap: 30 },
    yAxis: axis(words.northKm, south, north),
  };
}

function outlineName({ words }: Canvas, { method, percent, km2 }: Outline): string {
  return `${words[method](percent)}: ${areaText(km2)} ${words.km2}`;
}

function outlineSeries(canvas: Canvas, outline: Outline, polygons: Corner[][][]): object {
  const { colours } = canvas;
  const { method, percent } = outline;
  const name = outlineName(canvas, outline);
  const isKernel = method === 'kde';
  const color = isKernel ? (percent <= 50 ? colours.main : colours.pale) : percent < 100 ? colours.night : colours.mark;
  const style = isKernel
    ? { fill: color, opacity: percent <= 50 ? 0.75 : 0.6, stroke: colours.main, lineWidth: 1 }
    : { fill: 'none', stroke: color, lineWidth: 1.75, lineDash: percent < 100 ? [7, 4] : null };
  return polygonSeries(name, color, polygons, style, isKernel ? 1 : 3);
}

function farmSeries({ colours, words }: Canvas, polygons: readonly (readonly Corner[])[][]): object {
  const style = { fill: colours.danger, fillOpacity: 0.35, stroke: colours.danger, lineWidth: 1.5 };
  return polygonSeries(words.farms, colours.danger, polygons, style, 5);
}

function polygonSeries(
  name: string,
  color: string,
  polygons: readonly (readonly (readonly Corner[])[])[],
  style: object,
  z: number,
): object {
  return {
    type: 'custom',
    renderItem: 'polygons',
    name,
    silent: true,
    clip: true,
    z,
    itemStyle: { color },
    itemPayload: { polygons, style },
    data: [[0, 0]],
  };
}

interface FarmShape {
  readonly name: string;
  readonly polygons: Corner[][][];
  readonly middle: Corner;
}

function farmsInView(farms: readonly StoredFarm[], projection: EqualArea, view: View): FarmShape[] {
  const shapes: FarmShape[] = [];
  // A degree of latitude is more than 110 km, and no farm is wider than one.
  const reach = Math.max(Math.abs(view.south), Math.abs(view.north)) / 110 + 1;
  for (const { name, boundary } of farms) {
    const shell = boundary.type === 'Polygon' ? boundary.coordinates[0] : boundary.coordinates[0]?.[0];
    if (Math.abs((shell?.[0]?.[1] ?? NaN) - projection.centre.lat) > reach) continue;
    const polygons = (boundary.type === 'Polygon' ? [boundary.coordinates] : boundary.coordinates).map((rings) =>
      rings.map((ring) => projectedRing(ring, projection)),
    );
    const corners = polygons.flatMap(([outer]) => outer ?? []);
    if (!corners.some(([x, y]) => x > view.west && x < view.east && y > view.south && y < view.north)) continue;
    const mean = (axis: 0 | 1) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length;
    shapes.push({ name: printable(name, 24), polygons, middle: [round(mean(0), 3), round(mean(1), 3)] });
    if (shapes.length === MOST_SHAPES) break;
  }
  return shapes;
}

function farmNames({ colours, words }: Canvas, farms: readonly FarmShape[]): object {
  return {
    type: 'scatter',
    name: words.farms,
    silent: true,
    symbolSize: 1,
    itemStyle: { color: colours.danger },
    label: { show: true, position: 'top', formatter: '{b}', color: colours.text, fontSize: 12, fontWeight: 'bold' },
    data: farms.map(({ name, middle }) => ({ name, value: middle })),
    z: 6,
  };
}

function projectedRing(ring: readonly Coordinates[], projection: EqualArea): Corner[] {
  const into = new Float64Array(2 * ring.length);
  ring.forEach(([lon = NaN, lat = NaN], i) => projection.project(lon, lat, into, 2 * i));
  return corners(into);
}

/** Metres x, y, x, y … as kilometres. */
function corners(ring: Float64Array): Corner[] {
  return Array.from({ length: ring.length / 2 }, (_, i): Corner => [
    round(ring[2 * i]! / 1_000, 4),
    round(ring[2 * i + 1]! / 1_000, 4),
  ]);
}

function dotsOf(points: Float64Array): Corner[] {
  const every = Math.ceil(points.length / 2 / MOST_DOTS);
  const dots: Corner[] = [];
  for (let i = 0; i < points.length; i += 2 * every)
    dots.push([round(points[i]! / 1_000, 3), round(points[i + 1]! / 1_000, 3)]);
  return dots;
}

function areaText(km2: number): string {
  return km2 >= 100 ? km2.toFixed(0) : km2 >= 1 ? km2.toFixed(1) : km2.toFixed(3);
}
