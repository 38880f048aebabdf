import { CursorText } from './cursor.ts';

const EPOCH = '3f2a9c1d-0000-4000-8000-000000000000';
const positions = new CursorText('positions', EPOCH);

describe('cursor text', () => {
  it('is read as it was written', () => {
    for (const seq of [0, 1, 123, 999_999_999_999_999])
      expect(positions.read(positions.write(seq))).toEqual({ seq, reason: null });
  });

  it.each([
    '',
    'p',
    'p-3f2a9c1d-',
    'p-3f2a9c1d--1',
    'p-3f2a9c1d-1.5',
    'p-3f2a9c1d-1e9',
    'p-3f2a9c1d-1\n',
    ' p-3f2a9c1d-1',
    '17',
    'p-3f2a9c1d-1234567890123456',
    'x-3f2a9c1d-1',
  ])('is not %p', (text) => {
    expect(positions.read(text)).toEqual({ reason: 'cursor-unreadable' });
  });

  it('is known to be of the other stream, or of another database', () => {
    const others = [
      new CursorText('alerts', EPOCH),
      new CursorText('positions', '00000000-0000-4000-8000-000000000000'),
    ];
    for (const other of others) expect(positions.read(other.write(1))).toEqual({ reason: 'cursor-of-another-log' });
  });
});
