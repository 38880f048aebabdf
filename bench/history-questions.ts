import { DAY } from './history-fixes.ts';
import { seeded } from './measure.ts';
import { PRIMORYE, serialOf } from './reserve-under-bench.ts';

/** A question as a client asks it, and as plain SQL asks the same rows on a bare connection. */
export interface Asked {
  /** Of the server, from its root. */
  readonly path: string;
  readonly bare?: { readonly text: string; readonly values: readonly unknown[] };
}

export interface Question {
  readonly name: string;
  /** Milliseconds of the median that are wanted. */
  readonly goal?: number;
  /** Asked less often: each takes seconds. */
  readonly long?: boolean;
  /** The same question in its many cases; same number, same case. */
  readonly asked: (turn: number) => Asked;
  /** What an answer must hold, or the row says that this is not here. */
  readonly proof: (text: string) => boolean;
}

/** Whose fixes there are, and when. */
export interface HerdKnown {
  readonly collarIds: readonly number[];
  readonly to: number;
}

const API = '/api/v1';
const animalOf = (place: number) => `a-${serialOf(place)}`;
const iso = (at: number) => new Date(at).toISOString();
const points = (text: string) => (text.match(/\[1[0-9]{2}\.?\d*,4\d/g) ?? []).length;

const TRACK_SQL = `SELECT array_send(array_agg(at)) AS at, array_send(array_agg(lon)) AS lon, array_send(array_agg(lat)) AS lat
  FROM (SELECT at, lon, lat FROM fix WHERE collar_id = $1 AND at >= $2 AND at < $3 AND doubts = 0 ORDER BY at) f`;
const NEWEST_SQL = `SELECT d.animal_id, f.* FROM deployment d CROSS JOIN LATERAL (
  SELECT at, lon, lat FROM fix WHERE collar_id = d.collar_id AND doubts = 0 ORDER BY at DESC LIMIT 1) f`;
const PAGE_SQL = `SELECT * FROM fix WHERE collar_id = $1 AND at > $2 ORDER BY at LIMIT 1000`;

/** Everything that is timed, in the order of the table. */
export function questions({ collarIds, to }: HerdKnown): Question[] {
  const some = (turn: number) => {
    const random = seeded(turn + 1);
    const place = 1 + Math.floor(random() * (collarIds.length - 1));
    return { place, collarId: collarIds[place]!, at: to - Math.floor(random() * 1_700) * DAY, random };
  };
  const span = (from: number, until: number) => `from=${iso(from)}&to=${iso(until)}`;
  const year = (turn: number) => to - (365 + (turn % 48) * 30) * DAY;
  const track = (place: number, from: number, until: number, more = ''): Asked => ({
    path: `${API}/animals/${animalOf(place)}/track?${span(from, until)}${more}`,
    bare: { text: TRACK_SQL, values: [collarIds[place], new Date(from), new Date(until)] },
  });
  return [
    {
      name: 'a year of the animal with a fix every 10 min, thinned to 1,000',
      goal: 50,
      asked: (turn) => track(0, year(turn), year(turn) + 365 * DAY, '&maxPoints=1000'),
      proof: (text) => points(text) > 500,
    },
    {
      name: 'a month of an hourly animal, raw',
      asked: (turn) => track(some(turn).place, some(turn).at - 30 * DAY, some(turn).at),
      proof: (text) => points(text) >= 0,
    },
    {
      name: 'newest position of every animal',
      goal: 10,
      asked: () => ({ path: `${API}/positions`, bare: { text: NEWEST_SQL, values: [] } }),
      proof: (text) => points(text) >= collarIds.length - 1,
    },
    {
      name: 'a box of 0.5° by 0.5° over one May, all animals',
      goal: 100,
      asked: (turn) => boxed(turn, some(turn).random),
      proof: (text) => text.includes('"'),
    },
    {
      name: 'that year as it was known half-way, thinned to 1,000',
      long: true,
      asked: (turn) =>
        track(0, year(turn), year(turn) + 365 * DAY, `&maxPoints=1000&asOf=${iso(year(turn) + 180 * DAY)}`),
      proof: (text) => points(text) > 300,
    },
    {
      name: 'positions as they were known on a day',
      long: true,
      asked: (turn) => ({ path: `${API}/positions?asOf=${iso(some(turn).at)}` }),
      proof: (text) => points(text) > 0,
    },
    {
      name: 'a page of 1,000 fixes deep inside five years',
      asked: (turn) => {
        const { place, collarId, at } = some(turn);
        const path = `${API}/animals/${animalOf(place)}/fixes?from=${iso(at)}&limit=1000`;
        return { path, bare: { text: PAGE_SQL, values: [collarId, new Date(at)] } };
      },
      proof: (text) => text.includes('"items"'),
    },
  ];
}

function boxed(turn: number, random: () => number): Asked {
  const west = PRIMORYE.west + random() * (PRIMORYE.east - PRIMORYE.west - 0.5);
  const south = PRIMORYE.south + random() * (PRIMORYE.north - PRIMORYE.south - 0.5);
  const [east, north] = [west + 0.5, south + 0.5];
  const year = 2022 + (turn % 5);
  const [from, until] = [Date.UTC(year, 4, 1), Date.UTC(year, 5, 1)];
  const box = [west, south, east, north].map((degrees) => degrees.toFixed(4)).join(',');
  const cells = (value: number, shift: number) => Math.floor((value + shift) * 32);
  const text = `SELECT f.collar_id, f.at, f.lon, f.lat FROM generate_series($1::int, $2::int) AS row CROSS JOIN LATERAL (
    SELECT * FROM fix WHERE (floor((lat + 90) * 32)::integer * 11520 + floor((lon + 180) * 32)::integer)
      BETWEEN row * 11520 + $3::int AND row * 11520 + $4::int AND at >= $5 AND at < $6
      AND lon BETWEEN $7 AND $8 AND lat BETWEEN $9 AND $10) f`;
  const values = [cells(south, 90), cells(north, 90), cells(west, 180), cells(east, 180)];
  const rest = [new Date(from), new Date(until), west, east, south, north];
  return {
    path: `${API}/within?bbox=${box}&from=${iso(from)}&to=${iso(until)}`,
    bare: { text, values: [...values, ...rest] },
  };
}
