import fc from 'fast-check';
import type { DateOrder } from './time-text.ts';
import { TimeReader } from './time-reader.ts';
import { zoneNamed } from './zone.ts';

function read(text: string, order?: DateOrder, zone: string | null = 'UTC'): string {
  const times = new TimeReader(zone === null ? null : zoneNamed(zone, undefined), order);
  const at = times.read(`"${text}"`, 1, text.length + 1);
  return Number.isNaN(at) ? times.expected : new Date(at).toISOString();
}

describe('TimeReader', () => {
  it.each([
    ['2014-02-11 21:35:42.000', '2014-02-11T21:35:42.000Z'],
    ['2014-02-11 21:35:42', '2014-02-11T21:35:42.000Z'],
    ['2008-06-23 16:28:31.999999', '2008-06-23T16:28:31.999Z'],
    ['2014-02-11T21:35:42.5Z', '2014-02-11T21:35:42.500Z'],
    ['2014-02-11T21:35:42+10:00', '2014-02-11T11:35:42.000Z'],
    ['2014-02-11 21:35:42 UTC', '2014-02-11T21:35:42.000Z'],
    ['2014-02-11 21:35', '2014-02-11T21:35:00.000Z'],
    ['2014/2/11 9:35:01 PM', '2014-02-11T21:35:01.000Z'],
    ['11-Feb-2014 00:00:00', '2014-02-11T00:00:00.000Z'],
    ['11 OCT 2014 12:00 AM', '2014-10-11T00:00:00.000Z'],
    ['1392154542', '2014-02-11T21:35:42.000Z'],
    ['1392154542001', '2014-02-11T21:35:42.001Z'],
    ['2012-02-29 23:59:59', '2012-02-29T23:59:59.000Z'],
  ])('reads %s', (text, at) => expect(read(text)).toBe(at));

  it.each([
    ['03/04/2021 10:00', 'dmy', '2021-04-03T10:00:00.000Z'],
    ['03/04/2021 10:00', 'mdy', '2021-03-04T10:00:00.000Z'],
    ['03.04.21, 10:00:05', 'dmy', '2021-04-03T10:00:05.000Z'],
    ['21-04-03 10:00', 'ymd', '2021-04-03T10:00:00.000Z'],
    ['03/04/95 10:00', 'dmy', '1995-04-03T10:00:00.000Z'],
  ] as const)('reads %s as %s', (text, order, at) => expect(read(text, order)).toBe(at));

  it.each([
    ['03/04/2021 10:00', undefined, /dateOrder=dmy, mdy or ymd/],
    [
      '25/12/2021 10:00',
      'mdy',
      /a month from 1 to 12, not 25, as dateOrder=mdy was said \(are day and month swapped\?\)/,
    ],
    ['12/25/2021 10:00', 'dmy', /not 25, as dateOrder=dmy was said \(are day and month swapped\?\)/],
    ['2021-25-12 10:00:00', undefined, /a month from 1 to 12, not 25 \(are day and month swapped\?\)/],
    ['2021-02-30 10:00:00', undefined, /a day that there is, not 2021-02-30/],
    ['2021-02-03 24:00:00', undefined, /a time of day/],
    ['2021-02-03 10:61:00', undefined, /a time of day/],
    ['2021-02-03', undefined, /a time of day too/],
    ['44230.5', undefined, /such as 2021-04-03 14:05:00/],
    ['yesterday', undefined, /such as 2021-04-03 14:05:00/],
    ['9'.repeat(100_000), undefined, /such as 2021-04-03 14:05:00/],
  ] as const)('refuses %.40s', (text, order, expected) => expect(read(text, order)).toMatch(expected));

  it('reads local times, and says what is odd of them', () => {
    expect(read('2009-02-10 19:00:01.000', undefined, 'America/New_York')).toBe('2009-02-11T00:00:01.000Z');
    expect(read('2009-03-08 02:30:00', undefined, 'America/New_York')).toMatch(/set forward over this one/);
    expect(read('2009-11-01 01:30:00', undefined, 'America/New_York')).toMatch(/repeatedTime=earlier or later/);
    expect(read('2009-11-01 01:30:00', undefined, null)).toMatch(/zone=Asia\/Vladivostok/);
    expect(read('2009-11-01T01:30:00Z', undefined, null)).toBe('2009-11-01T01:30:00.000Z');
  });

  it('reads every moment that it is given in its quick form', () => {
    const moment = fc.date({ min: new Date('1980-01-06'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, (at) => {
        expect(read(at.toISOString())).toBe(at.toISOString());
        expect(read(at.toISOString().replace('T', ' ').replace('Z', ''))).toBe(at.toISOString());
      }),
    );
  });
});
