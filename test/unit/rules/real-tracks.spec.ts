import type { Polygon } from 'geojson';
import type { Watch } from '../../../src/domain/area.ts';
import { prepareBoundary } from '../../../src/domain/geo/boundary.ts';
import boundary from '../../../src/rules/boundary.ts';
import immobility from '../../../src/rules/immobility.ts';
import lowBattery from '../../../src/rules/low-battery.ts';
import type { GuardedArea, JudgedFix } from '../../../src/rules/rule.ts';
import { trueOffset } from '../../support/geodesy-oracle.ts';
import { foldLong } from '../../support/long-fold.ts';
import { describeWithRealData } from '../../support/real-data.ts';
import { movebankTracks, raccoonTracks, type Tracks } from '../../support/real-tracks.ts';

const HOUR_MS = 3_600_000;

/** The middle of a range: half of the fixes are between its west and its east, and half between its south and its north. */
function homeOf(fixes: readonly JudgedFix[], watch: Watch): GuardedArea {
  const quartile = (values: number[], share: number) =>
    values.sort((a, b) => a - b)[Math.floor(values.length * share)]!;
  const [lons, lats] = [fixes.map(({ lon }) => lon), fixes.map(({ lat }) => lat)];
  const [west, east] = [quartile(lons, 0.25), quartile(lons, 0.75)];
  const [south, north] = [quartile(lats, 0.25), quartile(lats, 0.75)];
  const corners = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  const polygon: Polygon = { type: 'Polygon', coordinates: [corners] };
  return { id: 'home', name: 'Home', watch, boundary: polygon, shape: prepareBoundary(polygon) };
}

/** What every rule says of tracks of animals that lived, with collars that stayed on. Reads them only where they are. */
function holdsOf(name: string, read: () => Tracks): void {
  let known: Tracks | undefined;
  const tracks = () => (known ??= read()).values();

  it(`${name}: none lay still for a day and a half`, () => {
    for (const fixes of tracks()) expect(foldLong(immobility, fixes, null)).toEqual([]);
  });

  it(`${name}: a collar that stays behind is told, once and in time`, () => {
    for (const fixes of tracks()) {
      const last = fixes.at(-1)!;
      const behind = Array.from({ length: 72 }, (_, hour): JudgedFix => {
        const { errorM } = fixes[(hour * 7) % fixes.length]!;
        return {
          ...trueOffset(last, (hour * 137) % 360, errorM * ((hour * 0.37) % 1)),
          at: last.at + hour * HOUR_MS,
          errorM,
        };
      });
      const told = foldLong(immobility, [...fixes, ...behind.slice(1)], null).map(({ step }) => step);
      expect(told.map(({ change }) => change)).toEqual(['opened']);
      expect((told[0]!.at - last.at) / HOUR_MS).toBeLessThanOrEqual(48);
    }
  });

  it(`${name}: the cells, where they are known, are sound`, () => {
    for (const fixes of tracks()) expect(foldLong(lowBattery, fixes, null)).toEqual([]);
  });

  it.each(['leaves', 'enters'] as const)(
    `${name}: who %s the middle of its range is told each time, and it ends`,
    (watch) => {
      for (const fixes of tracks()) {
        const told = foldLong(boundary, fixes, homeOf(fixes, watch));
        const changes = told.map(({ step }) => step.change);
        expect(changes).toEqual(changes.map((_, i) => (i % 2 === 0 ? 'opened' : 'closed')));
        if (fixes.length > 100) expect(changes.length).toBeGreaterThan(1);
      }
    },
  );
}

describeWithRealData('movebank-elephants-wall2014', (folder) => {
  holdsOf('elephants', () => movebankTracks(folder, 'elephants.csv.gz'));
});

describeWithRealData('movebank-fisher', (folder) => {
  holdsOf('fishers', () => movebankTracks(folder, 'fishersSubset.csv.gz'));
  holdsOf('fisher with failed fixes', () => movebankTracks(folder, 'leroy.csv.gz'));
});

describeWithRealData('movebank-sample-cougar-coyote', (folder) => {
  holdsOf('cougar and coyote', () => movebankTracks(folder, 'gps-data.csv'));
});

describeWithRealData('raccoon-sftrack', (folder) => {
  holdsOf('raccoons', () => raccoonTracks(folder));
});
