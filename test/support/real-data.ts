import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
/** Real tracks, polygons and payloads that are not ours to ship. */
const folder = process.env['COLLARWATCH_DATA'] ?? path.join(root, '../shared/data');

/**
 * Tests on real data, in `name` of the data folder. Without it they are skipped, and the report says so; where CI_REQUIRE_ALL=1
 * they fail instead.
 */
export function describeWithRealData(name: string, tests: (folder: string) => void): void {
  const place = path.join(folder, name);
  if (existsSync(place)) return describe(`real data: ${name}`, () => tests(place));
  if (process.env['CI_REQUIRE_ALL'] === '1')
    return describe(`real data: ${name}`, () => {
      it('is here', () => {
        throw new Error(`${place} is not here, and CI_REQUIRE_ALL=1`);
      });
    });
  describe.skip(`real data: ${name} (skipped: ${place} is not here; COLLARWATCH_DATA names another place)`, () =>
    tests(place));
}
