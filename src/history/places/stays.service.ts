import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { Registry } from '../../registry/registry.ts';
import { TrackReader } from '../track-reader.ts';
import { pacer } from './pace.ts';
import { type AnimalMark, writeAnimalCursor } from './place-cursor.ts';
import { PlaceReader } from './place-reader.ts';
import type { Shape } from './shape.ts';
import { type Stay, Stays } from './stays.ts';

/** Who was in a shape, and when. */
export interface StayQuestion {
  readonly shape: Shape;
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  readonly animals?: readonly string[] | undefined;
  readonly asOf?: EpochMs | undefined;
  readonly after?: AnimalMark | undefined;
}

const iso = (at: EpochMs): string => new Date(at).toISOString();

/** A stay as callers see it. */
export interface StayItem {
  readonly animal: string;
  readonly entered: string;
  readonly left: string;
  readonly fixes: number;
  readonly ended: Stay['ended'];
}

/** All stays of an animal as one line. */
export interface PresenceItem {
  readonly animal: string;
  readonly name: string;
  readonly first: string;
  readonly last: string;
  readonly fixes: number;
  readonly visits: number;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/**
 * Stays in a shape, animal by animal. Which animals to look at, the index of cells tells; of those the whole track is read, for a fix
 * outside ends a stay as well.
 */
@Injectable()
export class StayPages {
  constructor(
    private readonly reader: PlaceReader,
    private readonly tracks: TrackReader,
  ) {}

  /** Stays in the order of animals, and of each in the order of time. */
  async visits(
    grant: PositionGrant,
    registry: Registry,
    question: StayQuestion,
    limit: number,
  ): Promise<Visible<Page<StayItem>>> {
    const items: StayItem[] = [];
    for (const animal of await this.candidates(grant, registry, question)) {
      const since = question.after?.animal === animal ? question.after.entered : null;
      for await (const stay of this.stays(grant, registry, question, animal)) {
        if (since !== null && stay.entered <= since) continue;
        if (items.length === limit) return viewGranted(grant, { items, next: afterStay(items[limit - 1]!) });
        const { entered, left, fixes, ended } = stay;
        items.push({ animal, entered: iso(entered), left: iso(left), fixes, ended });
      }
    }
    return viewGranted(grant, { items, next: null });
  }

  /** Of each animal that was there one item, in the order of animals. */
  async presence(
    grant: PositionGrant,
    registry: Registry,
    question: StayQuestion,
    limit: number,
  ): Promise<Visible<Page<PresenceItem>>> {
    const items: PresenceItem[] = [];
    for (const animal of await this.candidates(grant, registry, question)) {
      const presence = new Presence();
      for await (const stay of this.stays(grant, registry, question, animal)) presence.add(stay);
      const item = presence.item(animal, registry.animal(animal)?.name ?? '');
      if (item === null) continue;
      if (items.length === limit) {
        const next = writeAnimalCursor({ animal: items[limit - 1]!.animal, entered: null });
        return viewGranted(grant, { items, next });
      }
      items.push(item);
    }
    return viewGranted(grant, { items, next: null });
  }

  /** Without those that the pages before have told of. */
  private async candidates(grant: PositionGrant, registry: Registry, question: StayQuestion): Promise<string[]> {
    const { after, shape, from, to, asOf } = question;
    const all = question.animals ?? registry.animals().map(({ id }) => id);
    const left = all.filter(
      (id) => after === undefined || id > after.animal || (id === after.animal && after.entered !== null),
    );
    // What is doubted now may not have been then.
    return this.reader.candidates(grant, registry, { shape, from, to, animals: left, doubted: asOf !== undefined });
  }

  private async *stays(
    grant: PositionGrant,
    registry: Registry,
    { shape, from, to, asOf }: StayQuestion,
    animal: string,
  ): AsyncGenerator<Stay, void, void> {
    const stays = new Stays();
    const pace = pacer(shape.corners);
    for await (const block of this.tracks.blocks(grant, registry, { animal, from, to, asOf })) {
      for (let place = 0; place < block.length; place++) {
        const position = { lon: block.lon[place]!, lat: block.lat[place]! };
        const stay = stays.next(block.at[place]!, shape.contains(position));
        if (stay) yield stay;
        if (pace.isTime()) await pace.breath();
      }
    }
    const last = stays.end();
    if (last) yield last;
  }
}

/** The stays of an animal, counted. */
class Presence {
  private first: EpochMs | null = null;
  private last: EpochMs = NaN;
  private fixes = 0;
  private visits = 0;

  add({ entered, left, fixes }: Stay): void {
    this.first ??= entered;
    this.last = left;
    this.fixes += fixes;
    this.visits++;
  }

  item(animal: string, name: string): PresenceItem | null {
    if (this.first === null) return null;
    return { animal, name, first: iso(this.first), last: iso(this.last), fixes: this.fixes, visits: this.visits };
  }
}

function afterStay({ animal, entered }: StayItem): string {
  return writeAnimalCursor({ animal, entered: Date.parse(entered) });
}
