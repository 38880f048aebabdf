import fc from 'fast-check';
import { UnreadableFile } from '../import-item.ts';
import { zoneNamed } from './zone.ts';

const local = (text: string): number => Date.parse(`${text}Z`);

describe('zoneNamed', () => {
  it.each([
    // America/New_York: clocks forward on 2009-03-08 at 02:00, back on 2009-11-01 at 02:00.
    ['America/New_York', '2009-02-11T07:16:45', '2009-02-11T12:16:45Z'],
    ['America/New_York', '2009-03-08T01:59:59', '2009-03-08T06:59:59Z'],
    ['America/New_York', '2009-03-08T03:00:00', '2009-03-08T07:00:00Z'],
    ['America/New_York', '2009-11-01T00:59:59', '2009-11-01T04:59:59Z'],
    ['America/New_York', '2009-11-01T02:00:00', '2009-11-01T07:00:00Z'],
    // Russia moved its zones in October 2014 from +11 to +10, for good.
    ['Asia/Vladivostok', '2012-07-01T12:00:00', '2012-07-01T01:00:00Z'],
    ['Asia/Vladivostok', '2015-07-01T12:00:00', '2015-07-01T02:00:00Z'],
    ['Asia/Kathmandu', '2020-01-01T05:45:00', '2020-01-01T00:00:00Z'],
    ['+10:00', '2020-01-01T10:00:00', '2020-01-01T00:00:00Z'],
    ['-0330', '2020-01-01T00:00:00', '2020-01-01T03:30:00Z'],
    ['UTC', '2020-01-01T00:00:00', '2020-01-01T00:00:00Z'],
  ])('%s: %s is %s', (name, text, utc) => {
    expect(zoneNamed(name, undefined).toUtc(local(text))).toBe(Date.parse(utc));
  });

  it('knows local times that never were', () => {
    expect(zoneNamed('America/New_York', undefined).toUtc(local('2009-03-08T02:30:00'))).toBe('skipped');
    expect(zoneNamed('America/New_York', 'later').toUtc(local('2009-03-08T02:00:00'))).toBe('skipped');
    // Samoa left out a whole day when it crossed the date line.
    expect(zoneNamed('Pacific/Apia', undefined).toUtc(local('2011-12-30T12:00:00'))).toBe('skipped');
  });

  it('knows local times that were twice, and takes the one that is said', () => {
    const twice = local('2009-11-01T01:30:00');
    expect(zoneNamed('America/New_York', undefined).toUtc(twice)).toBe('repeated');
    expect(zoneNamed('America/New_York', 'earlier').toUtc(twice)).toBe(Date.parse('2009-11-01T05:30:00Z'));
    expect(zoneNamed('America/New_York', 'later').toUtc(twice)).toBe(Date.parse('2009-11-01T06:30:00Z'));
  });

  it('gives back every moment whose local time it was', () => {
    const zones = ['America/New_York', 'Asia/Vladivostok', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia'];
    const moment = fc.integer({ min: Date.UTC(1980, 0, 6) / 60_000, max: Date.UTC(2037, 0, 1) / 60_000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), moment, (name, minutes) => {
        const at = minutes * 60_000;
        const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' });
        const shown = local(clock.format(at).replace(' ', 'T'));
        const readings = (['earlier', 'later'] as const).map((which) => zoneNamed(name, which).toUtc(shown));
        expect(readings).toContain(at);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['Asia/Atlantis', '+25:00', '', 'PST8PDT9'])('does not know the zone %p', (name) => {
    expect(() => zoneNamed(name, undefined)).toThrow(UnreadableFile);
    expect(() => zoneNamed(name, undefined)).toThrow(/^zone=.*: expected a time zone's name such as Asia\/Vladivostok/);
  });
});
