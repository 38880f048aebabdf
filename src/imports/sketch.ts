import type { Position } from '../domain/fix.ts';

/** Places of one track kept at most; when there are more, every other one is left out. */
const MAX_PLACES = 600;

/** A track in few places, however long it is: every nth, where n doubles as it grows. */
export class Sketch {
  private places: Position[] = [];
  private every = 1;
  private seen = 0;
  private last: Position | null = null;

  add({ lon, lat }: Position): void {
    const place = { lon, lat };
    this.last = place;
    if (this.seen++ % this.every !== 0) return;
    this.places.push(place);
    if (this.places.length < MAX_PLACES) return;
    this.places = this.places.filter((_, index) => index % 2 === 0);
    this.every *= 2;
  }

  /** Its places in their order, the last of all among them. */
  track(): readonly Position[] {
    const { places, last } = this;
    return last === null || places.at(-1) === last ? places : [...places, last];
  }
}
