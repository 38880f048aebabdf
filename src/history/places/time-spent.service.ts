import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { Registry } from '../../registry/registry.ts';
import { TrackReader } from '../track-reader.ts';
import { pacer } from './pace.ts';
import { writeAnimalCursor } from './place-cursor.ts';
import type { StayQuestion } from './stays.service.ts';
import { LONGEST_GAP_MS } from './stays.ts';
import { TimeInside, type TimeSpent } from './time-spent.ts';

/** A time spent as callers see it; seconds to the millisecond. */
export type TimeSpentItem = Omit<TimeSpent, 'from' | 'to'> & {
  readonly animal: string;
  readonly from: string | null;
  readonly to: string | null;
};

/** How long animals were in a shape. */
@Injectable()
export class TimeSpentIn {
  constructor(private readonly tracks: TrackReader) {}

  async one(
    grant: PositionGrant,
    registry: Registry,
    question: StayQuestion,
    animal: string,
  ): Promise<Visible<TimeSpentItem>> {
    return viewGranted(grant, await this.spent(grant, registry, question, animal));
  }

  /** Those that have a fix in the period, in the order of their ids. */
  async page(grant: PositionGrant, registry: Registry, question: StayQuestion, limit: number) {
    const { after } = question;
    const all = [...(question.animals ?? registry.animals().map(({ id }) => id))].sort();
    const items: TimeSpentItem[] = [];
    for (const animal of all.filter((id) => after === undefined || id > after.animal)) {
      const item = await this.spent(grant, registry, question, animal);
      if (item.fixes === 0) continue;
      if (items.length === limit) {
        const next = writeAnimalCursor({ animal: items[limit - 1]!.animal, entered: null });
        return viewGranted(grant, { items, next });
      }
      items.push(item);
    }
    return viewGranted(grant, { items, next: null });
  }

  private async spent(
    grant: PositionGrant,
    registry: Registry,
    { shape, from, to, asOf }: StayQuestion,
    animal: string,
  ): Promise<TimeSpentItem> {
    const time = new TimeInside(shape, from, to);
    const pace = pacer(shape.corners);
    const track = {
      animal,
      from: from === undefined ? from : from - LONGEST_GAP_MS,
      to: to === undefined ? to : to + LONGEST_GAP_MS,
      asOf,
    };
    for await (const block of this.tracks.blocks(grant, registry, track)) {
      for (let place = 0; place < block.length; place++) {
        time.next(block.at[place]!, block.lon[place]!, block.lat[place]!);
        if (pace.isTime()) await pace.breath();
      }
    }
    const spent = time.end();
    return { animal, ...spent, from: isoOrNull(spent.from), to: isoOrNull(spent.to) };
  }
}

function isoOrNull(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
