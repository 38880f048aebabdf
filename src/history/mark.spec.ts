import fc from 'fast-check';
import { FixesCursor, writeCursor } from './mark.ts';

describe('a cursor of fixes', () => {
  const at = fc.integer({ min: -8.64e15, max: 8.64e15 });
  const aCursor = fc.record({ at, isAttempt: fc.boolean(), upTo: fc.option(fc.integer({ min: 0, max: 8.64e15 })) });

  it('goes there and back', () => {
    fc.assert(fc.property(aCursor, (cursor) => expect(FixesCursor.parse(writeCursor(cursor))).toEqual(cursor)));
  });

  it.each([
    '',
    'x',
    'ZmV4OjE',
    ...['fix:9999999999999999', 'fix:1:9999999999999999', 'fax:1', 'fix:1:', 'fix:1:-1'].map(encoded),
  ])('is nothing else: %j', (text) => expect(FixesCursor.safeParse(text).success).toBe(false));

  function encoded(text: string): string {
    return Buffer.from(text).toString('base64url');
  }
});
