import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import type { Registry } from '../../registry/registry.ts';
import { writeFixCursor } from './place-cursor.ts';
import { PlaceFixesStore, type Shown } from './place-fixes.store.ts';
import { type FoundFix, PlaceReader, type PlaceQuestion } from './place-reader.ts';

/** Fixes of all animals in a shape, page by page. */
@Injectable()
export class Within {
  constructor(
    private readonly reader: PlaceReader,
    private readonly store: PlaceFixesStore,
  ) {}

  /** A page as text: `{"items":[…],"next":"cursor"|null}`, in the order of time. */
  async page(
    grant: PositionGrant,
    registry: Registry,
    question: PlaceQuestion,
    limit: number,
  ): Promise<Visible<string>> {
    const found: FoundFix[] = [];
    for await (const block of this.reader.blocks(grant, registry, { ...question, wanted: limit })) {
      for (const fix of block) if (found.length <= limit) found.push(fix);
      if (found.length > limit) break;
    }
    const page = found.slice(0, limit);
    const next = found.length > limit ? JSON.stringify(writeFixCursor(page[limit - 1]!)) : 'null';
    const items = await this.store.texts(
      grant,
      page.map((fix) => shown(registry, fix)),
    );
    return viewGranted(grant, `{"items":[${items}],"next":${next}}`);
  }
}

/** @param more JSON members, each with a comma after it */
export function shown(registry: Registry, { animal, at, collarId }: FoundFix, more = ''): Shown {
  const serial = registry.collarById(collarId)?.serial ?? '';
  return { at, collarId, serial, lead: `"animal":${JSON.stringify(animal)},${more}` };
}
