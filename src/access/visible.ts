declare const seen: unique symbol;

/** The mark of what visibility.ts let out. It exists for the compiler alone, and nobody else can make one. */
export interface Seen {
  readonly [seen]: true;
}

/** What may leave the server: a value that went through visibility.ts. Routes and frames take nothing else. */
export type Visible<T> = T & Seen;

/** What a route may answer with. */
export type Answer = Seen | void;

/** Names under which a position could leave: of fields at compile time, of an alert's details when they are shown. */
export const PLACE_NAMES = [
  'lat',
  'lon',
  'lng',
  'latitude',
  'longitude',
  'coordinates',
  'geometry',
  'geometries',
  'bbox',
  'position',
  'positions',
  'boundary',
  'payload',
] as const;
type PlaceName = (typeof PLACE_NAMES)[number];

/** `T`, but `never` wherever a name says that a position stands there. */
export type Unplaced<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Unplaced<Item>[]
    : { readonly [Key in keyof T]: Key extends PlaceName ? never : Unplaced<T[Key]> };
