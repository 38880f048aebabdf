import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readAll } from '../../../test/support/import-files.ts';
import { recognise } from './recognise.ts';
import { UnreadableFile } from '../import-item.ts';

const fixtures = path.resolve(import.meta.dirname, '../../../test/fixtures/imports');
const files = ['movebank-hyphens-cr.csv', 'movebank-dots-crlf.csv', 'tracks.gpx', 'reference.csv'].map((name) =>
  readFileSync(path.join(fixtures, name)),
);
const originals = [...files, gzipSync(files[0] ?? '')];

/** A place, what is done there, and the bytes that it is done with. */
const aDamage = fc.record({
  at: fc.nat(2_000),
  what: fc.constantFrom('replace', 'insert', 'cut', 'repeat'),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom(...['"', '\r', ',', '\0', '<', '&', '\ufeff'].map((one) => Buffer.from(one))),
  ),
});
type Damage = typeof aDamage extends fc.Arbitrary<infer One> ? One : never;

function damaged(file: Uint8Array, damages: readonly Damage[]): Uint8Array {
  return damages.reduce<Uint8Array>((bytes, { at, what, bytes: other }) => {
    const place = at % (bytes.length + 1);
    const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
    if (what === 'cut') return before;
    if (what === 'repeat') return Buffer.concat([before, before.subarray(-20), after]);
    return Buffer.concat([before, other, what === 'insert' ? after : after.subarray(other.length)]);
  }, file);
}

describe('any bytes', () => {
  it('are read, or refused with a sentence; every row is something, in the order of the lines', async () => {
    const damages = fc.array(aDamage, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        damages,
        fc.integer({ min: 1, max: 700 }),
        async (file, how, pieceBytes) => {
          const bytes = damaged(file, how);
          const whole = await readAll(bytes, { tag: 'A' });
          expect(whole.error?.message ?? 'fine').toMatch(/\S/);
          expect(whole.error?.message ?? '').not.toMatch(/undefined|NaN|\[object/);
          const lines = whole.items.map(({ line }) => line);
          expect(lines).toEqual([...lines].sort((a, b) => a - b));
          const cut = await readAll(bytes, { tag: 'A' }, { pieceBytes });
          expect(cut.items).toEqual(whole.items);
          expect(cut.error?.message).toBe(whole.error?.message);
          try {
            recognise(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(UnreadableFile);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
