import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import type { EpochMs, Position } from '../../domain/fix.ts';
import { padBounds } from '../../domain/geo/bounds.ts';
import { geodesicMetres } from '../../domain/geo/ellipsoid.ts';
import type { Registry } from '../../registry/registry.ts';
import { PlaceFixesStore } from './place-fixes.store.ts';
import { type FoundFix, PlaceReader } from './place-reader.ts';
import { boxShape } from './shape.ts';
import { shown } from './within.service.ts';

/** What is nearest to a point. */
export interface NearestQuestion {
  readonly point: Position;
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  readonly animals?: readonly string[] | undefined;
  /** `animals`: of each animal its nearest fix alone. */
  readonly of: 'fixes' | 'animals';
  /** Metres beyond which nothing is looked for. */
  readonly maxM: number;
  readonly limit: number;
}

interface Measured {
  readonly fix: FoundFix;
  readonly m: number;
}

/** Where the search begins, metres; it doubles until enough is found. */
const FIRST_LOOK_M = 500;
/** Boxes are in degrees and distances in metres: this share more keeps a fix on the last metre from falling between. */
const SPARE = 0.01;

/** The fixes nearest to a point. */
@Injectable()
export class Nearest {
  constructor(
    private readonly reader: PlaceReader,
    private readonly store: PlaceFixesStore,
  ) {}

  /** `{"items":[…]}` as text, the nearest first, each with `m`, metres along WGS84; of fixes as near, the earlier first. */
  async find(grant: PositionGrant, registry: Registry, question: NearestQuestion): Promise<Visible<string>> {
    const nearest = await this.look(grant, registry, question);
    const items = await this.store.texts(
      grant,
      nearest.map(({ fix, m }) => shown(registry, fix, `"m":${Math.round(m * 10) / 10},`)),
    );
    return viewGranted(grant, `{"items":[${items}]}`);
  }

  private async look(grant: PositionGrant, registry: Registry, question: NearestQuestion): Promise<Measured[]> {
    const { point, maxM, limit, from, to, animals } = question;
    const spot = { west: point.lon, south: point.lat, east: point.lon, north: point.lat };
    for (let radiusM = Math.min(FIRST_LOOK_M, maxM); ; radiusM = Math.min(maxM, radiusM * 2)) {
      const shape = boxShape(padBounds(spot, radiusM * (1 + SPARE)));
      const nearest = new NearestSoFar(limit, question.of);
      for await (const block of this.reader.blocks(grant, registry, { shape, from, to, animals })) {
        for (const fix of block) {
          const m = geodesicMetres(point, fix);
          // Whatever lies within this radius was in the box; of what is beyond, only a part.
          if (m <= radiusM) nearest.add({ fix, m });
        }
      }
      if (nearest.isFull || radiusM >= maxM) return nearest.items();
    }
  }
}

/** Keeps a few of many: what is farther than the last of a full list is let go now and then. */
class NearestSoFar {
  private kept: Measured[] = [];
  private readonly ofAnimals = new Map<string, Measured>();
  private farthestM = Infinity;

  constructor(
    private readonly limit: number,
    private readonly of: NearestQuestion['of'],
  ) {}

  get isFull(): boolean {
    return (this.of === 'animals' ? this.ofAnimals.size : this.kept.length) >= this.limit;
  }

  add(one: Measured): void {
    if (this.of === 'animals') {
      const { animal } = one.fix;
      const known = this.ofAnimals.get(animal);
      if (!known || nearerFirst(one, known) < 0) this.ofAnimals.set(animal, one);
      return;
    }
    if (one.m > this.farthestM) return;
    this.kept.push(one);
    if (this.kept.length >= this.limit * 2 + 1_000) this.trim();
  }

  items(): Measured[] {
    if (this.of === 'animals') return [...this.ofAnimals.values()].sort(nearerFirst).slice(0, this.limit);
    this.trim();
    return this.kept;
  }

  private trim(): void {
    this.kept = this.kept.sort(nearerFirst).slice(0, this.limit);
    if (this.kept.length === this.limit) this.farthestM = this.kept.at(-1)!.m;
  }
}

function nearerFirst(one: Measured, other: Measured): number {
  return one.m - other.m || one.fix.at - other.fix.at || one.fix.collarId - other.fix.collarId;
}
