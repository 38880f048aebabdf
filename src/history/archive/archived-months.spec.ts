import { asRuns, touched } from './archived-months.ts';

const months = ['2019-05', '2019-06', '2019-12', '2020-01', '2021-03'];
const at = (text: string) => Date.parse(text);

describe('archived months', () => {
  it('are those that a half-open period touches', () => {
    expect(touched(months, undefined, undefined)).toEqual(months);
    expect(touched(months, at('2019-06-30T23:59:59.999Z'), at('2019-12-01T00:00:00Z'))).toEqual(['2019-06']);
    expect(touched(months, at('2019-07-01T00:00:00Z'), at('2019-12-01T00:00:00.001Z'))).toEqual(['2019-12']);
    expect(touched(months, at('2021-04-01T00:00:00Z'), undefined)).toEqual([]);
    expect(touched(months, undefined, at('2019-05-01T00:00:00Z'))).toEqual([]);
  });

  it('are said in runs, over the end of a year too', () => {
    expect(asRuns(months)).toBe('2019-05/2019-06, 2019-12/2020-01, 2021-03');
    expect(asRuns([])).toBe('');
  });
});
