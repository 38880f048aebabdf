import fc from 'fast-check';
import type { FailedAttempt, Reading } from '../domain/fix.ts';
import { Unreadable } from './format.ts';
import jsonV1 from './json-v1.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const decode = (text: string) => jsonV1.decode(bytes(text));
const one = (text: string) => {
  const items = decode(text);
  expect(items).toHaveLength(1);
  return items[0]!;
};
const faultOf = (text: string) => {
  const item = one(text);
  return item.kind === 'invalid' ? item.fault : null;
};
const fix = (fields: string) => `{"at":"2026-11-22T09:10:00.000Z","lat":43.1012,"lon":131.4870${fields}}`;

describe('json-v1', () => {
  it('reads every field of a fix and keeps those it has no name for', () => {
    const text = fix(
      ',"altM":212,"accuracyM":12,"hdop":1.4,"satellites":7,"speedMps":0.4,"headingDeg":213,"temperatureC":-4.5,"batteryV":3.58,"activity":41,"seq":1207,"firmware":{"v":[1,2]}',
    );
    const item = one(text);
    expect(item).toMatchObject({
      kind: 'reading',
      reading: {
        at: Date.UTC(2026, 10, 22, 9, 10),
        lat: 43.1012,
        lon: 131.487,
        altM: 212,
        accuracyM: 12,
        hdop: 1.4,
        satellites: 7,
        speedMps: 0.4,
        headingDeg: 213,
        temperatureC: -4.5,
        batteryV: 3.58,
        activity: 41,
        seq: 1207,
      },
    });
    expect(item.kind === 'reading' && JSON.stringify(item.reading.extra)).toBe('{"firmware":{"v":[1,2]}}');
  });

  it.each([
    ['"2026-11-22T19:10:00.250+10:00"', Date.UTC(2026, 10, 22, 9, 10, 0, 250)],
    ['"2026-11-22t09:10:00.123456789z"', Date.UTC(2026, 10, 22, 9, 10, 0, 123)],
    ['1795338600', 1_795_338_600_000],
    ['1795338600123', 1_795_338_600_123],
    ['0', 0],
  ])('reads the time %s', (at, expected) => {
    expect(one(`{"at":${at},"lat":1,"lon":2}`)).toMatchObject({ kind: 'reading', reading: { at: expected } });
  });

  it.each([
    '"2026-11-22 09:10:00"',
    '"2026-11-22T09:10:00"',
    '"2026-02-30T00:00:00Z"',
    '"yesterday"',
    '1.5',
    'null',
    '[]',
    '1e300',
  ])('refuses the time %s, naming the field', (at) => {
    expect(faultOf(`{"at":${at},"lat":1,"lon":2}`)).toMatchObject({ field: 'at' });
  });

  it.each(['at', 'lat', 'lon'])('asks for %s', (field) => {
    const given = { at: 1, lat: 1, lon: 1, [field]: undefined };
    expect(faultOf(JSON.stringify(given))).toEqual({ field, expected: expect.stringContaining('') as string });
    expect(faultOf(JSON.stringify(given))?.field).toBe(field);
  });

  it('reads an attempt without a position', () => {
    expect(one('{"at":1795338600,"failed":true,"batteryV":3.1}')).toMatchObject({
      kind: 'failed',
      attempt: { at: 1_795_338_600_000, extra: { batteryV: 3.1 } },
    });
  });

  it.each([
    ['text', fix(',"altM":"212"'), 'altM'],
    ['an overflowing number', fix(',"hdop":1e999'), 'hdop'],
    ['half a surrogate pair', fix(',"note":"\\ud800"'), 'note'],
    ['U+0000', fix(',"note":"a\\u0000b"'), 'note'],
    ['U+0000 in a name', fix(',"a\\u0000b":1'), 'ab'],
    ['deep nesting', fix(`,"deep":${'['.repeat(10_000)}${']'.repeat(10_000)}`), 'deep'],
    ['many values', fix(`,"many":${JSON.stringify(Array.from({ length: 5_000 }, (_, i) => i))}`), 'many'],
    ['an endless number in an unknown field', fix(',"x":{"y":-1e999}'), 'x'],
  ])('refuses %s by its field', (_, text, field) => {
    expect(faultOf(text)).toMatchObject({ field });
  });

  it('takes text that only looks like an escape, and a field named __proto__', () => {
    const item = one(fix(',"path":"C:\\\\u0000","__proto__":{"lat":9}'));
    expect(item).toMatchObject({ kind: 'reading', reading: { lat: 43.1012 } });
    expect(item.kind === 'reading' && Object.keys(item.reading.extra ?? {})).toEqual(['path', '__proto__']);
  });

  it.each(['', 'x', '{"at":1', 'NaN', '[]', JSON.stringify(Array.from({ length: 1_001 }, () => ({})))])(
    'cannot read %.20s',
    (text) => expect(() => decode(text)).toThrow(Unreadable),
  );

  it('cannot read invalid UTF-8', () => {
    expect(() => jsonV1.decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('UTF-8');
  });

  it('tells good and bad of an array apart, with the bytes of each as they came', () => {
    const parts = [fix(''), ' {"at":1,"lat":1e999,"lon":"],[\\""} ', '3', fix(',"x":[[1,2],{"y":"}"}]')];
    const payload = bytes(`[${parts.join(',')}]`);
    expect(jsonV1.decode(payload).map(({ kind }) => kind)).toEqual(['reading', 'invalid', 'invalid', 'reading']);
    const text = new TextDecoder();
    expect(parts.map((_, index) => text.decode(jsonV1.element(payload, index)))).toEqual(parts);
  });

  it('reads what it writes', () => {
    const sensor = fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined });
    const readings = fc.record({
      at: fc.integer({ min: 315_964_800_000, max: 4_000_000_000_000 }),
      lat: fc.double({ min: -90, max: 90, noNaN: true }),
      lon: fc.double({ min: -180, max: 180, noNaN: true }),
      satellites: sensor,
      hdop: sensor,
    });
    const attempts = fc.record({ at: fc.integer({ min: 315_964_800_000, max: 4_000_000_000_000 }) });
    fc.assert(
      fc.property(fc.array(fc.oneof(readings, attempts), { minLength: 1, maxLength: 20 }), (items) => {
        const given = JSON.parse(JSON.stringify(items)) as (Reading | FailedAttempt)[];
        const decoded = jsonV1.decode(jsonV1.encode(given)).map((item) => {
          if (item.kind === 'invalid') throw new Error(item.fault.field);
          return item.kind === 'failed' ? { at: item.attempt.at } : { ...item.reading };
        });
        expect(decoded).toEqual(given);
      }),
    );
  });
});
