import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import Flatbush from 'flatbush';
import type { Polygon } from 'geojson';
import { Places } from '../src/alerting/places.ts';
import { RuleBook } from '../src/alerting/rule-book.ts';
import { type StoredFix, type Trail, trailAfter } from '../src/alerting/trail.ts';
import { type Listener, Watch, type World } from '../src/alerting/watch.ts';
import type { Farm } from '../src/domain/farm.ts';
import type { Position } from '../src/domain/fix.ts';
import { STAMINA } from '../src/domain/quality/confirm.ts';
import { loadRules } from '../src/rules/index.ts';
import type { Watched } from '../src/rules/rule.ts';
import { compare, markdownRow, type Measured, seeded, TABLE_HEAD } from './measure.ts';

/** South-west corner of the land that farms and animals share. */
const CORNER = { lon: 125, lat: 41 };
const METRES_PER_DEGREE = 111_195;
const ANIMALS = 1_000;
const FIX_EVERY_MS = 300_000;
const VERTICES = 20;

/** Farms and the land they are spread over: the more of them near an animal, the more there is to judge. */
const LANDS = [
  { farms: 10, km2EachFarm: 40 },
  { farms: 1_000, km2EachFarm: 40, goal: 500_000 },
  { farms: 10_000, km2EachFarm: 40, goal: 150_000 },
  { farms: 100_000, km2EachFarm: 40 },
  { farms: 1_000, km2EachFarm: 10, goal: 500_000 },
  { farms: 10_000, km2EachFarm: 1, goal: 150_000 },
] as const;
/** Of every so many animals one stays at a kill, within so many metres: of those the rules have more to look at. */
const AT_KILL = 3;
const KILL_M = 150;

/**
 * Fixes a second that one core judges: confirmed, its farms found, every rule asked that is on by default, or `farm-proximity` alone;
 * beside finding boxes and casting rays alone. Every animal has been watched for as long as any rule looks back.
 */
export async function run(args: readonly string[] = []): Promise<readonly Measured[]> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fixes: { type: 'string', default: '40000' },
      runs: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      /** Fixes that are judged in one pass: in it, those of one animal follow each other. */
      pass: { type: 'string', default: '1' },
    },
  });
  const rules = await loadRules();
  const proximity = [...rules.values()].filter(({ name }) => name === 'farm-proximity');
  const books = [
    { name: 'all rules', book: new RuleBook(rules.values()) },
    { name: 'farm-proximity alone', book: new RuleBook(proximity) },
  ];
  const lookbackMs = Math.max(...books.map(({ book }) => book.lookbackMs));
  const results: Measured[] = [];
  for (const land of LANDS) {
    const { farms: count, km2EachFarm } = land;
    const random = seeded(Number(values.seed));
    const sideM = Math.sqrt(count * km2EachFarm) * 1_000;
    const farms = Array.from({ length: count }, (_, index) => farmAt(index, sideM, random));
    const before = ANIMALS * (Math.ceil(lookbackMs / FIX_EVERY_MS) + 1);
    const all = walks(before + Number(values.fixes), sideM, random);
    const fixes = inPasses(all.splice(before), Number(values.pass));
    for (const { name, book } of books) {
      const places = new Places(farms, [], book.rules);
      const visits = book.rule('farm-proximity')!;
      const asked = fixes.reduce((sum, fix) => sum + places.near(visits, null, fix).length, 0) / fixes.length;
      const world = { rules: book.rules, lookbackMs: book.lookbackMs, places, watched };
      results.push(
        await compare({
          name: `${name}, ${count.toLocaleString('en-US')} farms, one in ${km2EachFarm} km²: ${asked.toFixed(2)} near each fix`,
          unit: 'fixes',
          ...('goal' in land && { goal: land.goal }),
          ours: judging(world, trailsOf(all, book.lookbackMs), fixes),
          peer: { name: 'flatbush + ray cast', work: rayCasting(farms, fixes) },
          runs: Number(values.runs),
        }),
      );
    }
  }
  return results;
}

const REPORTED = { accuracyM: 10, doubts: 0, batteryV: 3.6 };

const collar = { serial: 'collar', fixIntervalS: FIX_EVERY_MS / 1_000 };
const animals = Array.from({ length: ANIMALS }, (_, id): Watched => ({
  id: `animal-${id}`,
  species: null,
  group: null,
  stamina: STAMINA,
  collar,
}));
const watched = (_: string, collarId: number): Watched => animals[collarId]!;

/** Somewhere on a square of land. */
function somewhere(sideM: number, random: () => number): { lon: number; lat: number } {
  const lat = CORNER.lat + (random() * sideM) / METRES_PER_DEGREE;
  return { lon: CORNER.lon + (random() * sideM) / eastDegree(lat), lat };
}

/** Metres of a degree of longitude. */
function eastDegree(lat: number): number {
  return METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
}

/** A star of 20 corners, 200 to 600 m wide. */
function farmAt(index: number, sideM: number, random: () => number): Farm {
  const { lon, lat } = somewhere(sideM, random);
  const ring = Array.from({ length: VERTICES }, (_, corner) => {
    const turn = (2 * Math.PI * corner) / VERTICES;
    const radiusM = 100 + 200 * random();
    return [lon + (radiusM * Math.cos(turn)) / eastDegree(lat), lat + (radiusM * Math.sin(turn)) / METRES_PER_DEGREE];
  });
  const boundary: Polygon = { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
  return { id: `farm-${index}`, name: `Farm ${index}`, nearM: 2_000, closeM: 500, boundary };
}

/** Animals that wander or stay at a kill, a fix every 5 minutes of each in turn: 0 to 100 m a step, turning a little. */
function walks(count: number, sideM: number, random: () => number): StoredFix[] {
  const herd = Array.from({ length: ANIMALS }, () => ({
    ...somewhere(sideM, random),
    heading: random() * 2 * Math.PI,
  }));
  const homes = herd.map(({ lon, lat }) => ({ lon, lat }));
  return Array.from({ length: count }, (_, index) => {
    const collarId = index % ANIMALS;
    const animal = herd[collarId]!;
    const isAtKill = collarId % AT_KILL === 0;
    const stepM = (isAtKill ? KILL_M : 100) * random();
    animal.heading += (random() - 0.5) * (isAtKill ? 2 * Math.PI : 1);
    const from = isAtKill ? homes[collarId]! : animal;
    animal.lon = from.lon + (stepM * Math.sin(animal.heading)) / eastDegree(from.lat);
    animal.lat = from.lat + (stepM * Math.cos(animal.heading)) / METRES_PER_DEGREE;
    const { lon, lat } = animal;
    const at = 1_790_000_000_000 + Math.floor(index / ANIMALS) * FIX_EVERY_MS;
    return { lon, lat, collarId, at, ...REPORTED, receivedAt: at, activity: Math.floor(100 * random()) };
  });
}

/** Where each animal's judging stands after these fixes. */
function trailsOf(before: readonly StoredFix[], lookbackMs: number): Trail[] {
  const tracks = Array.from({ length: ANIMALS }, (): StoredFix[] => []);
  for (const fix of before) tracks[fix.collarId]!.push(fix);
  return tracks.map((track) => trailAfter(track, null, lookbackMs));
}

function inPasses(fixes: readonly StoredFix[], size: number): StoredFix[] {
  const passes = Array.from({ length: Math.ceil(fixes.length / size) }, (_, i) =>
    fixes.slice(i * size, (i + 1) * size),
  );
  return passes.flatMap((pass) => pass.sort((a, b) => a.collarId - b.collarId || a.at - b.at));
}

/** What the evaluator does with a fix, without its database. */
function judging(world: World, trails: readonly Trail[], fixes: readonly StoredFix[]): () => number {
  return () => {
    const watches = trails.map((trail, id) => new Watch(`animal-${id}`, trail, new Map()));
    const nobody = new Silent();
    for (const fix of fixes) watches[fix.collarId]!.see(fix, world, nobody);
    return watches.reduce((sum, { judged }) => sum + judged, 0);
  };
}

/** Tells nobody. */
class Silent implements Listener {
  newAlert(): string {
    return 'alert';
  }
  told(): void {}
  remembered(): void {}
  reconsidered(): void {}
}

/** The least that any such program must do: find the boxes, and tell inside from outside on a flat map. */
function rayCasting(farms: readonly Farm[], fixes: readonly Position[]): () => number {
  const rings = farms.map(({ boundary }) => Float64Array.from((boundary as Polygon).coordinates[0]!.flat()));
  const tree = new Flatbush(farms.length);
  for (const ring of rings) {
    const [lons, lats] = [ring.filter((_, i) => i % 2 === 0), ring.filter((_, i) => i % 2 === 1)];
    const padLat = 2_000 / METRES_PER_DEGREE;
    const padLon = 2_000 / eastDegree(Math.max(...lats));
    tree.add(
      Math.min(...lons) - padLon,
      Math.min(...lats) - padLat,
      Math.max(...lons) + padLon,
      Math.max(...lats) + padLat,
    );
  }
  tree.finish();
  return () => {
    let inside = 0;
    for (const { lon, lat } of fixes) {
      for (const index of tree.search(lon, lat, lon, lat)) if (isIn(rings[index]!, lon, lat)) inside++;
    }
    return inside < 0 ? 0 : fixes.length;
  };
}

function isIn(ring: Float64Array, x: number, y: number): boolean {
  let odd = false;
  for (let i = 2; i < ring.length; i += 2) {
    const y0 = ring[i - 1]!;
    const y1 = ring[i + 1]!;
    if (y0 > y !== y1 > y && x < ring[i - 2]! + ((y - y0) / (y1 - y0)) * (ring[i]! - ring[i - 2]!)) odd = !odd;
  }
  return odd;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results = await run(process.argv.slice(2));
  process.stdout.write(`${[TABLE_HEAD, ...results.map(markdownRow)].join('\n')}\n`);
}
