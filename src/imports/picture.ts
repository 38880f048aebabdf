import type { Position } from '../domain/fix.ts';
import { unwrapped } from '../domain/geo/bounds.ts';

/** A track with the name that stands beside it. */
export interface NamedTrack {
  readonly name: string;
  readonly track: readonly Position[];
}

const WIDTH = 800;
const HEIGHT = 600;
const MARGIN = 24;
/** Tracks drawn at most: more would be one blot. */
const MAX_TRACKS = 60;
const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

interface Drawn {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/**
 * Tracks as an SVG, all to one scale, north up: longitude × cos of the middle latitude, so that short ways look as they are. No
 * map beneath; across 180° a track goes on.
 */
export function drawTracks(tracks: readonly NamedTrack[]): string {
  const drawn = flat(tracks.filter(({ track }) => track.length > 0).slice(0, MAX_TRACKS));
  const place = placing(drawn.flatMap(({ points }) => points));
  const lines = drawn.map(({ name, points }, index) => {
    const colour = `hsl(${Math.round((index * 137.5) % 360)} 70% 40%)`;
    const way = points.map(place);
    const [x, y] = way[0]!;
    const title = `<title>${escaped(name)}</title>`;
    return (
      `<g stroke="${colour}" fill="none"><path d="M${way.map((point) => point.join(' ')).join('L')}">${title}</path>` +
      `<circle cx="${x}" cy="${y}" r="3" fill="${colour}">${title}</circle></g>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" stroke-width="1">` +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>${lines.join('')}</svg>\n`
  );
}

/** Each place goes on from the one before, those of the next track too: what lies at 180° stays together. */
function flat(tracks: readonly NamedTrack[]): Drawn[] {
  const lons = unwrapped(tracks.flatMap(({ track }) => track.map(({ lon }) => lon))).values();
  return tracks.map(({ name, track }) => ({ name, points: track.map(({ lat }) => [lons.next().value ?? 0, lat]) }));
}

/** Turns degrees into the picture's own units, so that all points just fit. */
function placing(points: Drawn['points']): (point: readonly [number, number]) => readonly [string, string] {
  const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  const [west, east] = extent(lons);
  const [south, north] = extent(lats);
  const narrowing = Math.max(0.01, Math.cos(((south + north) / 2) * (Math.PI / 180)));
  const scale = Math.min(
    (WIDTH - 2 * MARGIN) / Math.max(1e-6, (east - west) * narrowing),
    (HEIGHT - 2 * MARGIN) / Math.max(1e-6, north - south),
  );
  const left = (WIDTH - (east - west) * narrowing * scale) / 2;
  const top = (HEIGHT - (north - south) * scale) / 2;
  return ([lon, lat]) => [
    (left + (lon - west) * narrowing * scale).toFixed(1),
    (top + (north - lat) * scale).toFixed(1),
  ];
}

function extent(values: readonly number[]): [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least <= most ? [least, most] : [0, 0];
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (mark) => MARKUP[mark]!);
