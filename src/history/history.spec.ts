import fc from 'fast-check';
import { Registry } from '../registry/registry.ts';
import { spansOf } from './span.ts';
import { timesText } from './formats/time-text.ts';

describe('spansOf', () => {
  const collar = (id: number, serial: string) => ({
    id,
    serial,
    format: '',
    secretHash: null,
    fixIntervalS: null,
    details: {},
  });
  const registry = new Registry({
    version: 1,
    animals: [],
    collars: [collar(1, 'one'), collar(2, 'two')],
    deployments: [
      { id: 2, animal: 'sofia', collarId: 2, from: 300, to: null },
      { id: 1, animal: 'sofia', collarId: 1, from: 100, to: 200 },
    ],
    farms: [],
    areas: [],
    gateways: [],
  });

  it.each([
    [
      undefined,
      undefined,
      [
        ['one', 100, 200],
        ['two', 300, null],
      ],
    ],
    [
      150,
      350,
      [
        ['one', 150, 200],
        ['two', 300, 350],
      ],
    ],
    [200, 300, []],
    [
      199,
      301,
      [
        ['one', 199, 200],
        ['two', 300, 301],
      ],
    ],
    [500, undefined, [['two', 500, null]]],
    [undefined, 50, []],
  ])('from %p to %p', (from, to, expected) => {
    expect(spansOf(registry, 'sofia', from, to).map((span) => [span.serial, span.from, span.to])).toEqual(expected);
  });
});

describe('timesText', () => {
  it('writes every time as toISOString does', () => {
    const near = fc.oneof(
      fc.integer({ min: 0, max: 4e12 }),
      fc.integer({ min: 0, max: 1e9 }),
      fc.constantFrom(0, 86_399_999, 86_400_000, 253_402_300_799_999),
    );
    fc.assert(
      fc.property(fc.array(near), (times) => {
        expect(`[${timesText(times)}]`).toBe(JSON.stringify(times.map((at) => new Date(at).toISOString())));
      }),
    );
  });
});
