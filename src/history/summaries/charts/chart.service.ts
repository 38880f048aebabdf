import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../../../access/visibility.ts';
import type { Visible } from '../../../access/visible.ts';
import type { Outline } from '../../../domain/movement/home-range.ts';
import { dateText, ZoneClock } from '../../../domain/movement/zone-clock.ts';
import type { Registry } from '../../../registry/registry.ts';
import { AtEase } from '../at-ease.ts';
import { type Movement, type MovementQuestion, MovementService, type Part } from '../movement.service.ts';
import type { NamedAnimal } from '../summary.service.ts';
import { activityChart, dailyDistanceChart, fixSuccessChart } from './bar-charts.ts';
import { farmDistanceChart, printable } from './farm-distance-chart.ts';
import { type Canvas, COLOURS, type Theme } from './frame.ts';
import { homeRangeChart } from './home-range-chart.ts';
import { type ChartOption, Painter } from './painter.ts';
import { type Language, WORDS } from './words.ts';

/** Charts by name, and what of movement each shows. */
export const CHARTS = {
  'daily-distance': 'distance',
  activity: 'activity',
  'home-range': 'homeRange',
  'farm-distance': 'farms',
  'fix-success': 'fixSuccess',
} as const satisfies Record<string, Part>;
export type ChartName = keyof typeof CHARTS;

/** How a chart is to look. */
export interface ChartLook {
  readonly width: number;
  readonly height: number;
  readonly lang: Language;
  readonly theme: Theme;
  readonly format: 'svg' | 'png';
}

const LONGEST_NAME = 80;

/** Charts of an animal's movement, as pictures. */
@Injectable()
export class ChartService {
  constructor(
    private readonly movements: MovementService,
    private readonly painter: Painter,
  ) {}

  /** @throws Problem 503 when too many are being drawn */
  async chart(
    grant: PositionGrant,
    registry: Registry,
    animal: NamedAnimal,
    question: MovementQuestion,
    chart: ChartName,
    look: ChartLook,
  ): Promise<Visible<Uint8Array>> {
    const ease = new AtEase();
    const movement = await this.movements.movement(grant, registry, question, [CHARTS[chart]], ease);
    const canvas = canvasOf(animal, question, movement, chart, look);
    const outlines = await outlinesOf(movement, ease);
    const option = optionOf(canvas, movement, outlines, registry);
    const { width, height, format } = look;
    return viewGranted(grant, await this.painter.paint({ option, width, height, format }));
  }
}

async function outlinesOf({ homeRange }: Movement, ease: AtEase): Promise<Outline[]> {
  if (!homeRange) return [];
  const outlines: Outline[] = [];
  for (const [method, percent] of [
    ['kde', 95],
    ['kde', 50],
    ['mcp', 100],
    ['mcp', 95],
  ] as const)
    outlines.push(await ease.finish(homeRange.outline(method, percent)));
  return outlines;
}

function canvasOf(
  animal: NamedAnimal,
  { zone, from, to }: MovementQuestion,
  { fixes, first, last, homeRange }: Movement,
  chart: ChartName,
  { width, height, lang, theme }: ChartLook,
): Canvas {
  const words = WORDS[lang];
  const clock = new ZoneClock(zone);
  const [begin, end] = [from ?? first, to === undefined ? last : to - 1];
  const date = (at: number | null) => (at === null ? '…' : dateText(clock.dayOf(at)));
  const span = begin === null && end === null ? [] : [`${date(begin)} – ${date(end)}`];
  const bandwidth = homeRange ? [words.bandwidth(homeRange.bandwidth().toFixed(0))] : [];
  const parts = [words.charts[chart], ...span, zone, `${fixes} ${words.fixes}`, ...bandwidth];
  return {
    width,
    height,
    colours: COLOURS[theme],
    words,
    name: printable(animal.name, LONGEST_NAME),
    subtitle: parts.join(' · '),
  };
}

function optionOf(canvas: Canvas, movement: Movement, outlines: readonly Outline[], registry: Registry): ChartOption {
  if (movement.distance) return dailyDistanceChart(canvas, movement.distance);
  if (movement.activity) return activityChart(canvas, movement.activity);
  if (movement.farms) return farmDistanceChart(canvas, movement.farms.farms);
  if (movement.fixSuccess) return fixSuccessChart(canvas, movement.fixSuccess);
  return homeRangeChart(canvas, movement.homeRange ?? null, outlines, registry.farms());
}
