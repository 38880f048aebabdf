import fc from 'fast-check';
import { numberIn } from './numbers.ts';

const POINT = 46;
const COMMA = 44;
const read = (text: string, decimal = POINT): number => numberIn(`<${text}>`, 1, text.length + 1, decimal);

describe('numberIn', () => {
  it('reads every decimal exactly as Number does, with a point and with a comma', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 18 });
    fc.assert(
      fc.property(fc.constantFrom('', '-', '+'), digits, fc.option(digits), (sign, whole, fraction) => {
        if (whole === '' && (fraction ?? '') === '') return;
        const text = `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`;
        expect(read(text)).toBe(Number(text));
        expect(read(text.replace('.', ','), COMMA)).toBe(Number(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads every double that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => read(String(value)) === value),
    );
  });

  it.each(['', '-', '+', '.', '1.2.3', '1,2', '12a', '0x10', '1 2', '١٢', 'Infinity', '1e999', '--1'])(
    'takes %p for no number',
    (text) => expect(read(text)).toBeNaN(),
  );

  it('loses no time on what is long', () => {
    const began = performance.now();
    expect(read(`${'1'.repeat(200_000)}x`)).toBeNaN();
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('takes a point for no decimal comma, and the other way round', () => {
    expect(read('43.5', COMMA)).toBeNaN();
    expect(read('43,5', POINT)).toBeNaN();
    expect(read('1.5e3', COMMA)).toBeNaN();
  });
});
