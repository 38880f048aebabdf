import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import type { EpochMs, Position } from '../../domain/fix.ts';
import { prepareBoundary } from '../../domain/geo/boundary.ts';
import { bounds, type Bounds } from '../../domain/geo/bounds.ts';
import { shortWay } from '../../domain/geo/ellipsoid.ts';
import { DAY_MS, ZoneClock } from '../../domain/movement/zone-clock.ts';
import type { Registry } from '../../registry/registry.ts';
import { staminaOf } from '../../registry/stamina.ts';
import type { StoredAnimal, StoredDeployment, StoredFarm } from '../../registry/stored.ts';
import { AtEase } from '../summaries/at-ease.ts';
import { TrackReader } from '../track-reader.ts';
import { ledgerOf, type PresenceLedger } from './ledger.ts';
import { type NightEvidence, NightWatch, type WatchedFarm } from './night-watch.ts';
import { monthOf, type Night, nightsOf } from './nights.ts';

/** A gap of a night is known by the fixes at its ends: they are looked for this long before the first night and after the last. */
const MARGIN_MS = 2 * DAY_MS;

/** Of which nights a ledger is asked for. */
export interface PresenceQuestion {
  readonly farm: StoredFarm;
  /** `2026-05` */
  readonly month: string;
  readonly zone: string;
  readonly animals: readonly StoredAnimal[];
  /** As it was known then, by receipt. Who wore what, and where the fence is, are as they are known today. */
  readonly asOf?: EpochMs | undefined;
}

/** Nights at a farm, from the fixes. */
@Injectable()
export class PresenceService {
  constructor(private readonly reader: TrackReader) {}

  /** Animals that wore a collar in the nights of a month at a farm. */
  collared(registry: Registry, { farm, month, zone }: Omit<PresenceQuestion, 'animals' | 'asOf'>): StoredAnimal[] {
    const clock = new ZoneClock(zone);
    const nights = nightsOf(month, clock, middleOf(bounds(farm.boundary)));
    const period = spanOf(nights) ?? monthOf(month, clock);
    const overlaps = ({ from, to }: StoredDeployment) => from < period.to && (to === null || to > period.from);
    return registry.animals().filter(({ id }) => registry.deploymentsOf(id).some(overlaps));
  }

  async ledger(grant: PositionGrant, registry: Registry, question: PresenceQuestion): Promise<PresenceLedger> {
    const { farm, month, zone } = question;
    const boundary = prepareBoundary(farm.boundary);
    const nights = nightsOf(month, new ZoneClock(zone), middleOf(bounds(farm.boundary)));
    const watched = { boundary, nearM: farm.nearM, closeM: farm.closeM };
    const ease = new AtEase();
    const animals: { id: string; name: string; evidence: NightEvidence[] }[] = [];
    for (const animal of question.animals) {
      const evidence = await this.watch(grant, registry, { animal, nights, farm: watched, asOf: question.asOf }, ease);
      animals.push({ id: animal.id, name: animal.name, evidence });
    }
    return ledgerOf({ farm, month, zone, nights, animals });
  }

  private async watch(
    grant: PositionGrant,
    registry: Registry,
    { animal, nights, farm, asOf }: Watching,
    ease: AtEase,
  ): Promise<NightEvidence[]> {
    const watch = new NightWatch(nights, farm, staminaOf(animal));
    const span = spanOf(nights);
    if (span) {
      const period = { from: span.from - MARGIN_MS, to: span.to + MARGIN_MS };
      for await (const block of this.reader.blocks(grant, registry, { animal: animal.id, ...period, asOf })) {
        watch.add(block);
        await ease.pause();
      }
    }
    return watch.end();
  }
}

interface Watching {
  readonly animal: StoredAnimal;
  readonly nights: readonly Night[];
  readonly farm: WatchedFarm;
  readonly asOf: EpochMs | undefined;
}

/** From the first night's beginning to the last one's end; null: there is no night. */
function spanOf(nights: readonly Night[]): { readonly from: EpochMs; readonly to: EpochMs } | null {
  const [first, last] = [nights[0], nights.at(-1)];
  return first && last ? { from: first.from, to: last.to } : null;
}

/** Where a farm's sun is looked at: the middle of the box around it. */
function middleOf({ west, south, east, north }: Bounds): Position {
  return { lon: shortWay(west + (east - west + (east < west ? 360 : 0)) / 2), lat: (south + north) / 2 };
}
