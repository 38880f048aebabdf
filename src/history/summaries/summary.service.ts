import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import type { EpochMs } from '../../domain/fix.ts';
import { FARM_REACH_M } from '../../domain/movement/farm-distance.ts';
import { type HomeRange, LEAST_FIXES, type Method } from '../../domain/movement/home-range.ts';
import { outlineGeometry } from '../../domain/movement/outline-geojson.ts';
import type { Registry } from '../../registry/registry.ts';
import { AtEase } from './at-ease.ts';
import { type Movement, type MovementQuestion, MovementService, PARTS } from './movement.service.ts';

export const PROJECTION = 'Lambert azimuthal equal-area on WGS84, centred on the fixes';
const MCP_PERCENTS = [50, 95, 100] as const;
const KDE_PERCENTS = [50, 95] as const;

const NOTES = {
  distance:
    'Straight from fix to fix along WGS84: the least it can have gone, and the fewer fixes the less. Steps over midnight are ' +
    'shared by time; steps of more than 24 h belong to no day and are told as gaps.',
  activity:
    'Steps of at most 6 h, cut at quarters of the hour. Day: the sun above −0.833°; twilight: to −6°; night: below. ' +
    'Activity is the mean of what collars reported, in their own unit.',
  farms:
    `Least distance to the fence by fix and by straight path between fixes at most 6 h apart, on days within ` +
    `${FARM_REACH_M / 1_000} km of it; the nearest farms.`,
  fixSuccess:
    'By local hour. Success: fixes, doubted ones too, of all reported attempts. Expected: by the interval of the collar worn, from ' +
    'the first report to the last; yield: trusted fixes of those.',
} as const;

/** Who an animal is, in an answer. */
export interface NamedAnimal {
  readonly id: string;
  readonly name: string;
}

const iso = (at: EpochMs | null | undefined): string | null =>
  at === null || at === undefined ? null : new Date(at).toISOString();

/** Summaries of an animal's movement. */
@Injectable()
export class SummaryService {
  constructor(private readonly movements: MovementService) {}

  /** Everything that is told of an animal's movement, as JSON. */
  async summary(
    grant: PositionGrant,
    registry: Registry,
    animal: NamedAnimal,
    question: MovementQuestion,
  ): Promise<Visible<object>> {
    const ease = new AtEase();
    const movement = await this.movements.movement(grant, registry, question, PARTS, ease);
    const { distance, activity, farms, homeRange, fixSuccess } = movement;
    return viewGranted(
      grant,
      rounded({
        ...asked(animal, question),
        fixes: fixesOf(movement),
        distance: { ...distance, note: NOTES.distance },
        activity: { ...activity, note: NOTES.activity },
        farms: {
          withinM: FARM_REACH_M,
          ...farms,
          farms: farms?.farms.map(({ nearest, days, ...farm }) => ({
            ...farm,
            nearest: { ...nearest, at: iso(nearest.at) },
            days: days.map((day) => ({ ...day, at: iso(day.at) })),
          })),
          note: NOTES.farms,
        },
        homeRange: await homeRangeView(homeRange ?? null, movement.fixes, ease),
        fixSuccess: { byHour: fixSuccess, note: NOTES.fixSuccess },
      }),
    );
  }

  /** The outline of an animal's home range, as a GeoJSON feature. Its geometry is null where there are too few fixes. */
  async outline(
    grant: PositionGrant,
    registry: Registry,
    animal: NamedAnimal,
    question: MovementQuestion,
    { method, percent }: { readonly method: Method; readonly percent: number },
  ): Promise<Visible<object>> {
    const ease = new AtEase();
    const movement = await this.movements.movement(grant, registry, question, ['homeRange'], ease);
    const range = movement.homeRange ?? null;
    const outline = range && (await ease.finish(range.outline(method, percent)));
    return viewGranted(grant, {
      type: 'Feature',
      id: `${animal.id}-${method}-${percent}`,
      geometry: range && outline && outlineGeometry(outline.polygons, range.projection),
      properties: rounded({
        ...asked(animal, question),
        fixes: fixesOf(movement),
        method,
        percent,
        km2: outline?.km2 ?? null,
        ...(range ? groundOf(range) : { reason: tooFew(movement.fixes) }),
        ...(range && method === 'kde' && kernelOf(range)),
      }),
    });
  }
}

function asked({ id, name }: NamedAnimal, { zone, from, to, asOf }: MovementQuestion) {
  return { animal: id, name, zone, from: iso(from), to: iso(to), asOf: iso(asOf) };
}

function fixesOf({ fixes, doubted, first, last }: Movement) {
  return { trusted: fixes, doubted, first: iso(first), last: iso(last) };
}

async function homeRangeView(range: HomeRange | null, fixes: number, ease: AtEase): Promise<object> {
  if (!range) return { reason: tooFew(fixes) };
  const areas = async (method: Method, percents: readonly number[]) => {
    const told: { percent: number; km2: number }[] = [];
    for (const percent of percents) {
      const { km2 } = await ease.finish(range.outline(method, percent));
      told.push({ percent, km2 });
    }
    return told;
  };
  const mcp = await areas('mcp', MCP_PERCENTS);
  const kde = await areas('kde', KDE_PERCENTS);
  return { ...groundOf(range), mcp, kde: { ...kernelOf(range), isopleths: kde } };
}

function groundOf({ projection, sampledEvery }: HomeRange) {
  const { lon, lat } = projection.centre;
  return { projection: PROJECTION, centre: [Number(lon.toFixed(6)), Number(lat.toFixed(6))], sampledEvery };
}

function kernelOf(range: HomeRange) {
  return {
    kernel: 'bivariate normal',
    bandwidth: 'reference: h = σ n^(-1/6), σ² = ½ (var x + var y)',
    hM: range.bandwidth(),
    cellM: range.cellM,
  };
}

function tooFew(fixes: number): string {
  return fixes < LEAST_FIXES ? `fewer than ${LEAST_FIXES} trusted fixes` : 'around a pole';
}

/** Keeps numbers to what they mean: a tenth of a metre, a ten-thousandth of a share or a square kilometre; `centre` as it is. */
function rounded(value: object): object {
  return JSON.parse(
    JSON.stringify(value, (name, part: unknown) =>
      typeof part === 'number' && name !== '0' && name !== '1'
        ? Number(part.toFixed(/^(m|metres|gapMetres|metresPerHour|hM|cellM)$/.test(name) ? 1 : 4))
        : part,
    ),
  ) as object;
}
