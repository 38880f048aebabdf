import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FeatureCollection, Polygon } from 'geojson';
import { Random } from '../../simulator/random.ts';
import { readMovebank } from '../../simulator/replay/read-csv.ts';
import type { Position } from '../../src/domain/fix.ts';
import { describeWithRealData } from '../support/real-data.ts';
import { slowAlerts, type TestFarm } from '../support/slow-alerts.ts';
import type { SentFix } from '../support/slow-doubts.ts';
import { deliver, deliverInOrder, type FailedAttempt, inOrder, outOfOrder } from './orders.delivery.ts';
import { expected, expectOutcomes, farmFeature, type Outcome, Station } from './orders.station.ts';

/** Rows of each track that are played, so that a run takes seconds; ORDERS_ROWS=100000 plays all. */
const ROWS = Number(process.env['ORDERS_ROWS'] ?? 160);
const FARMS = 6;

type Sent = SentFix | FailedAttempt;
const isFix = (sent: Sent): sent is SentFix => !('failed' in sent);

/** The tracks of a Movebank file, by animal, each in order of time; of rows of one time the first. */
async function movebank(file: string): Promise<Sent[][]> {
  const tracks = new Map<string, Map<number, Sent>>();
  for await (const { row } of readMovebank(file)) {
    if (row.kind !== 'report') continue;
    const { at, ...position } = row.report;
    const track = tracks.get(row.wearer.individual) ?? new Map<number, Sent>();
    tracks.set(row.wearer.individual, track);
    if (!track.has(at)) track.set(at, 'lat' in position ? { at, ...pick(position) } : { at, failed: true });
  }
  return [...tracks.values()].map((track) => [...track.values()].sort((a, b) => a.at - b.at));
}

const pick = ({ lon, lat, accuracyM, hdop }: Omit<SentFix, 'at'>) => ({
  lon,
  lat,
  ...(accuracyM === undefined ? {} : { accuracyM }),
  ...(hdop === undefined ? {} : { hdop }),
});

/** animal_id, latitude, longitude, timestamp, height, hdop, vdop, fix; a missed fix has no position. */
function raccoons(file: string): Sent[][] {
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  const cells = rows.map((row) => row.split(',').map((cell) => cell.replaceAll('"', '')));
  const animals = new Set(cells.map(([animal]) => animal));
  return [...animals].map((animal) =>
    cells
      .filter(([one]) => one === animal)
      .map(([, lat = '', lon = '', timestamp = '', , hdop = '']): Sent => {
        const at = Date.parse(timestamp);
        return lat === '' ? { at, failed: true } : { at, lat: Number(lat), lon: Number(lon), hdop: Number(hdop) };
      })
      .sort((a, b) => a.at - b.at),
  );
}

/** Real parcels and a real conservancy, by their names. */
function polygonsOf(folder: string): Polygon[] {
  const read = (name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as FeatureCollection;
  const names = [
    'farm-parcels/fi_parcels.geojson',
    'farm-parcels/ie_parcels.geojson',
    'geofence-samples/polygons.geojson',
  ];
  return names.flatMap((name) =>
    read(name).features.flatMap(({ geometry }): Polygon[] => {
      if (geometry.type === 'Polygon') return [geometry];
      if (geometry.type !== 'MultiPolygon') return [];
      return geometry.coordinates.map((coordinates) => ({ type: 'Polygon', coordinates }));
    }),
  );
}

/** A polygon with its first corner at a place, as wide in metres as it was. */
function movedTo(place: Position, { coordinates }: Polygon): Polygon {
  const [lon0 = 0, lat0 = 0] = coordinates[0]![0]!;
  const narrower = Math.cos((lat0 * Math.PI) / 180) / Math.cos((place.lat * Math.PI) / 180);
  const moved = ([lon = 0, lat = 0]: number[]) => [place.lon + (lon - lon0) * narrower, place.lat + lat - lat0];
  return { type: 'Polygon', coordinates: coordinates.map((ring) => ring.map(moved)) };
}

describeWithRealData('.', (folder) => {
  const stations: Station[] = [];
  beforeAll(async () => {
    stations.push(...(await Promise.all([Station.open(), Station.open()])));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(stations.map((station) => station.close()));
  }, 60_000);

  it.each([
    [
      'elephants',
      { nearM: 2_000, closeM: 500 },
      () => movebank(path.join(folder, 'movebank-elephants-wall2014/elephants.csv.gz')),
    ],
    ['fisher', { nearM: 300, closeM: 50 }, () => movebank(path.join(folder, 'movebank-fisher/leroy.csv.gz'))],
    ['raccoons', { nearM: 300, closeM: 50 }, async () => raccoons(path.join(folder, 'raccoon-sftrack/raccoon.csv'))],
  ])(
    '%s at real farms, shuffled and sorted: the same doubts and alerts',
    async (name, rings, read) => {
      const random = new Random(name, 'farms');
      const tracks = (await read()).map((track) => sampled(track, random));
      const polygons = polygonsOf(folder);
      const places = tracks.flatMap((track) => track.filter(isFix));
      const farms = Array.from({ length: FARMS }, (_, index): TestFarm => {
        // The last polygons are those of the conservancy.
        const polygon = index === 0 ? polygons.at(-1)! : polygons[Math.floor(random.unit() * polygons.length)]!;
        return {
          id: `${name}-${index}`,
          ...rings,
          geometry: movedTo(places[Math.floor(random.unit() * places.length)]!, polygon),
        };
      });
      const logs = new Map(tracks.map((track, index) => [`${name}-c${index}`, track]));
      const wanted = new Map<string, Outcome>();
      for (const [index, track] of tracks.entries()) {
        const fixes = track.filter(isFix);
        wanted.set(`${name}-${index}`, expected(fixes, slowAlerts(fixes, farms)));
      }
      for (const station of stations) await station.ask('PUT', '/reserve', reserveOf(name, tracks.length, farms));
      const [sorted, any] = stations as [Station, Station];
      await Promise.all([
        deliverInOrder(sorted, inOrder(logs)),
        deliver(any, outOfOrder(logs, random), random, new Map([[20, () => any.killAndRestart()]])),
      ]);
      await expectOutcomes(sorted, wanted);
      await expectOutcomes(any, wanted);
      const alerts = [...wanted.values()].flatMap((outcome) => outcome.alerts);
      const doubted = [...wanted.values()].flatMap(({ fixes }) => fixes).filter(({ doubts }) => doubts.length > 0);
      const failed = tracks.flat().filter((sent) => !isFix(sent));
      console.log(
        `${name}: ${tracks.flat().length} rows, ${failed.length} of them failed, ${doubted.length} doubted, ${alerts.length} alerts`,
      );
      expect(alerts.length).toBeGreaterThan(5);
    },
    200_000,
  );
});

/** A stretch of a track that begins anywhere. */
function sampled(track: readonly Sent[], random: Random): Sent[] {
  const from = Math.floor(random.unit() * Math.max(0, track.length - ROWS));
  return track.slice(from, from + ROWS);
}

function reserveOf(name: string, tracks: number, farms: readonly TestFarm[]) {
  const ids = Array.from({ length: tracks }, (_, index) => index);
  return {
    farms: { type: 'FeatureCollection', features: farms.map(farmFeature) },
    animals: ids.map((id) => ({ id: `${name}-${id}`, name: `${name} ${id}` })),
    collars: ids.map((id) => ({ serial: `${name}-c${id}`, format: 'json-v1' })),
    deployments: ids.map((id) => ({
      animal: `${name}-${id}`,
      collar: `${name}-c${id}`,
      from: '2000-01-01T00:00:00Z',
      to: null,
    })),
  };
}
