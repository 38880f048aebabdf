import { DAY_MS, dateText, HOUR_MS, isZone, ZoneClock } from './zone-clock.ts';

describe('ZoneClock', () => {
  const at = (text: string) => Date.parse(text);

  it('knows zones by name and nothing else', () => {
    expect(['UTC', 'Asia/Vladivostok', 'Europe/Berlin'].every(isZone)).toBe(true);
    expect(['', 'Nowhere/Land', 'Asia/Vladivostok\u0000', '../etc'].some(isZone)).toBe(false);
  });

  it.each([
    ['Asia/Vladivostok', '2026-01-01T13:59:59.999Z', '2026-01-01', 23],
    ['Asia/Vladivostok', '2026-01-01T14:00:00Z', '2026-01-02', 0],
    // Russia gave up its summer time on 2014-10-26: until then Vladivostok was 11 hours ahead.
    ['Asia/Vladivostok', '2014-10-25T13:00:00Z', '2014-10-26', 0],
    ['Asia/Vladivostok', '2014-10-26T13:00:00Z', '2014-10-26', 23],
    ['Asia/Kathmandu', '2026-01-01T18:14:59Z', '2026-01-01', 23],
    ['Asia/Kathmandu', '2026-01-01T18:15:00Z', '2026-01-02', 0],
    ['America/St_Johns', '2026-01-01T03:29:59Z', '2025-12-31', 23],
    ['UTC', '1969-12-31T23:00:00Z', '1969-12-31', 23],
    // Lord Howe Island moves its clocks by half an hour, at 02:00 there.
    ['Australia/Lord_Howe', '2026-04-04T14:59:00Z', '2026-04-05', 1],
    ['Australia/Lord_Howe', '2026-04-04T15:15:00Z', '2026-04-05', 1],
    ['Australia/Lord_Howe', '2026-04-04T15:45:00Z', '2026-04-05', 2],
  ])('tells the day and the hour in %s at %s', (zone, moment, date, hour) => {
    const clock = new ZoneClock(zone);
    expect([dateText(clock.dayOf(at(moment))), clock.hourOf(at(moment))]).toEqual([date, hour]);
  });

  it('agrees with Intl at every half hour around changed clocks', () => {
    for (const [zone, month] of [
      ['Europe/Berlin', '2026-03'],
      ['Australia/Lord_Howe', '2026-04'],
      ['America/Santiago', '2026-09'],
    ] as const) {
      const clock = new ZoneClock(zone);
      const format = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
      const moments = Array.from({ length: 30 * 48 }, (_, i) => at(`${month}-01T00:10:00Z`) + (i * HOUR_MS) / 2);
      const told = moments.map(
        (moment) => `${dateText(clock.dayOf(moment))} ${String(clock.hourOf(moment)).padStart(2, '0')}`,
      );
      expect(told).toEqual(moments.map((moment) => format.format(moment).slice(0, 13)));
    }
  });

  it('finds the first moment of a day, also where there is no midnight', () => {
    const day = (date: string) => at(`${date}T00:00:00Z`) / DAY_MS;
    const start = (zone: string, date: string) => new Date(new ZoneClock(zone).startOf(day(date))).toISOString();
    expect(start('Asia/Vladivostok', '2026-01-02')).toBe('2026-01-01T14:00:00.000Z');
    expect(start('Europe/Berlin', '2026-03-30')).toBe('2026-03-29T22:00:00.000Z');
    // In Cairo clocks go forward at midnight: the day begins at one.
    expect(start('Africa/Cairo', '2026-04-24')).toBe('2026-04-23T22:00:00.000Z');
  });

  it('tells in which periods the offset stays', () => {
    const periods = new ZoneClock('Europe/Berlin').periods(at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z'));
    expect(
      periods.map(({ from, to, offsetMs }) => [new Date(from).toISOString(), to - from, offsetMs / HOUR_MS]),
    ).toEqual([
      ['2026-01-01T00:00:00.000Z', at('2026-03-29T01:00:00Z') - at('2026-01-01T00:00:00Z'), 1],
      ['2026-03-29T01:00:00.000Z', at('2026-10-25T01:00:00Z') - at('2026-03-29T01:00:00Z'), 2],
      ['2026-10-25T01:00:00.000Z', at('2027-01-01T00:00:00Z') - at('2026-10-25T01:00:00Z'), 1],
    ]);
  });
});
