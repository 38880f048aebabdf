import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { type AlertView, viewAlert } from '../../access/visibility.ts';
import type { Registry } from '../../registry/registry.ts';
import { unknownPlace } from './cursor.ts';
import { boundsOfFarms } from './farm-features.ts';
import type { Asker, Extent, FeaturePage, FeatureQuery, FeatureSource } from './feature-source.ts';
import { reachesBox } from './in-box.ts';
import { type VisitPlace, VisitFeatureStore, type VisitsQuery } from './visit-features.store.ts';

/** A page is cut short when it is as long as this: each visit shows the border of its farm. Characters. */
const PAGE_CHARS = 8_388_608;

/** Visits as features, oldest first. */
@Injectable()
export class VisitFeatures implements FeatureSource {
  constructor(private readonly store: VisitFeatureStore) {}

  async page({ principal, registry }: Asker, query: FeatureQuery): Promise<FeaturePage> {
    const { limit, after } = query;
    const asked = visitsQuery(registry, query);
    const [found, matched] = await Promise.all([
      this.store.visits(asked, after === null ? null : readAfter(after), limit + 1),
      this.store.count(asked),
    ]);
    const texts: string[] = [];
    let chars = 0;
    for (const alert of found.slice(0, limit)) {
      if (chars > PAGE_CHARS) break;
      const view = viewAlert(principal, alert);
      const text = view ? textOf(registry, view) : '';
      texts.push(text);
      chars += text.length;
    }
    const last = found[texts.length - 1];
    const shown = texts.filter((text) => text !== '');
    return {
      text: shown.join(','),
      count: shown.length,
      matched,
      next: last && found.length > texts.length ? `${last.openedAt}_${last.id}` : null,
    };
  }

  async one({ principal, registry }: Asker, id: string): Promise<string | null> {
    if (!z.uuid().safeParse(id).success) return null;
    const alert = await this.store.one(id);
    const view = alert && viewAlert(principal, alert);
    return view ? textOf(registry, view) : null;
  }

  async extent({ registry }: Asker): Promise<Extent> {
    const interval = await this.store.interval();
    return { bounds: interval && boundsOfFarms(registry), interval };
  }
}

function visitsQuery(registry: Registry, { bbox, during, where }: FeatureQuery): VisitsQuery {
  const { animal, farm, state, peak } = where;
  const farms = registry.farms();
  const among = bbox === null ? [] : farms.filter(({ boundary }) => reachesBox(boundary, bbox)).map(({ id }) => id);
  return { during, farms: bbox && { among, known: farms.map(({ id }) => id) }, animal, farm, state, peak };
}

function textOf(registry: Registry, view: AlertView): string {
  const { id, animal, farm, state, level, peak, openedAt, closedAt, closest, late, learnedAt, acknowledged } = view;
  return JSON.stringify({
    type: 'Feature',
    id,
    geometry: (farm !== null && registry.farm(farm)?.boundary) || null,
    properties: {
      animal,
      farm,
      state,
      level,
      peak,
      openedAt,
      closedAt,
      closestM: closest && closest.m,
      closestAt: closest && closest.at,
      closestBetween: closest && closest.between,
      late,
      learnedAt,
      acknowledgedAt: acknowledged && acknowledged.at,
      acknowledgedBy: acknowledged && acknowledged.by,
    },
  });
}

function readAfter(after: string): VisitPlace {
  const match = /^(-?\d{1,15})_([0-9a-f-]{36})$/.exec(after);
  const openedAt = Number(match?.[1]);
  const id = match?.[2] ?? '';
  if (!z.uuid().safeParse(id).success || Number.isNaN(new Date(openedAt).getTime())) throw unknownPlace();
  return { openedAt, id };
}
