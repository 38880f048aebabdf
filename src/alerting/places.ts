import type { Area } from '../domain/area.ts';
import type { Farm } from '../domain/farm.ts';
import type { Position } from '../domain/fix.ts';
import { prepareBoundary } from '../domain/geo/boundary.ts';
import { distanceMetres } from '../domain/geo/distance.ts';
import type { GuardedArea, GuardedFarm, Place } from '../rules/rule.ts';
import { NearbyPlaces } from './nearby-places.ts';
import type { ActiveRule } from './rule-book.ts';

type Somewhere = NonNullable<Place>;

/** Where the search for the nearest farm begins, metres; it doubles until one is found. */
const FIRST_LOOK_M = 2_000;
const NOWHERE: readonly Somewhere[] = [];

/** The farms and areas as they are now, found as the rules reach for them. When one of them or a setting changes, it is made anew. */
export class Places {
  private readonly farms: ReadonlyMap<string, GuardedFarm>;
  private readonly areas: ReadonlyMap<string, GuardedArea>;
  /** Of each rule about places, in the order of the rules. */
  private readonly reached: ReadonlyMap<ActiveRule, NearbyPlaces<Somewhere>>;
  private readonly looks = new Map<number, NearbyPlaces<GuardedFarm>>();

  /** @param farms and areas with boundaries that checkBoundary accepts */
  constructor(farms: readonly Farm[], areas: readonly Area[], rules: readonly ActiveRule[]) {
    this.farms = new Map(farms.map((farm) => [farm.id, { ...farm, shape: prepareBoundary(farm.boundary) }]));
    this.areas = new Map(areas.map((area) => [area.id, { ...area, shape: prepareBoundary(area.boundary) }]));
    const aboutPlaces = rules.filter(({ rule: { about } }) => about !== 'animal');
    this.reached = new Map(aboutPlaces.map((active) => [active, this.reachedBy(active)]));
  }

  /** The farm or area of that name that a rule of this kind is asked about; undefined: it is no more. */
  byId(about: 'farm' | 'area' | 'animal', id: string): Place | undefined {
    if (about === 'animal') return null;
    return about === 'farm' ? this.farms.get(id) : this.areas.get(id);
  }

  /** Every place that a move from `from` to `to` may matter to, if the rule is at rest about it. */
  near(active: ActiveRule, from: Position | null, to: Position): readonly Somewhere[] {
    return this.reached.get(active)?.near(from, to) ?? NOWHERE;
  }

  /** The farm nearest to a position, if it is no farther than `withinM` metres. */
  nearestFarm(position: Position, withinM: number): { farm: GuardedFarm; m: number } | null {
    for (let lookM = Math.min(FIRST_LOOK_M, withinM); ; lookM = Math.min(lookM * 2, withinM)) {
      let nearest: { farm: GuardedFarm; m: number } | null = null;
      for (const farm of this.within(lookM).near(null, position)) {
        const m = distanceMetres(position, farm.shape);
        if (m <= lookM && m < (nearest?.m ?? Infinity)) nearest = { farm, m };
      }
      if (nearest || lookM >= withinM) return nearest;
    }
  }

  private within(lookM: number): NearbyPlaces<GuardedFarm> {
    const known = this.looks.get(lookM) ?? new NearbyPlaces([...this.farms.values()], () => lookM);
    // Rules ask with few different distances; one that asks with many must not fill the memory.
    if (this.looks.size > 32) this.looks.clear();
    this.looks.set(lookM, known);
    return known;
  }

  private reachedBy({ rule, variants, isOff }: ActiveRule): NearbyPlaces<Somewhere> {
    const places: readonly Somewhere[] = rule.about === 'farm' ? [...this.farms.values()] : [...this.areas.values()];
    const reachM = (place: Somewhere) =>
      Math.max(0, ...variants.map((settings) => rule.reachM?.(place, settings) ?? 0));
    return new NearbyPlaces(isOff ? [] : places, reachM);
  }
}
