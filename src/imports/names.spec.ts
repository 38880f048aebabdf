import fc from 'fast-check';
import { Id, Serial } from '../domain/id.ts';
import { freeName, idOf, serialOf } from './names.ts';

describe('names', () => {
  it.each([
    ['F53', 'f53'],
    ['IdCoy_P3_1', 'idcoy-p3-1'],
    ['Жучка', 'zhuchka'],
    ['Щукин Ёж', 'shchukin-ezh'],
    ['Renée  (2)', 'renee-2'],
    ['雪豹', 'animal'],
    ['--', 'animal'],
  ])('make of %s the id %s', (name, id) => expect(idOf(name)).toBe(id));

  it.each([
    ['T.7_a-B', 'T.7_a-B'],
    ['Т-7', 'T-7'],
    ['collar 42/7', 'collar-42-7'],
    ['№', 'No'],
    ['雪', 'collar'],
  ])('make of %s the serial %s', (tag, serial) => expect(serialOf(tag)).toBe(serial));

  it('are always ids and serials, the same for the same name, and free', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 90 }), fc.integer({ min: 0, max: 12 }), (name, taken) => {
        expect(Id.safeParse(idOf(name)).success && Serial.safeParse(serialOf(name)).success).toBe(true);
        expect(idOf(name)).toBe(idOf(name));
        const used = new Set<string>();
        for (let i = 0; i <= taken; i++) used.add(freeName(idOf(name), (one) => used.has(one), 63));
        expect(used.size).toBe(taken + 1);
        for (const id of used) expect(Id.safeParse(id).success).toBe(true);
      }),
    );
  });
});
