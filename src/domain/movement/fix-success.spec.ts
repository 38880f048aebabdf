import { FixSuccess } from './fix-success.ts';
import { ZoneClock } from './zone-clock.ts';

const at = (text: string) => Date.parse(text);

describe('FixSuccess', () => {
  it('counts by the local hour, and what was to be expected by the interval', () => {
    const success = new FixSuccess(new ZoneClock('Asia/Vladivostok'));
    success.add(at('2026-01-01T00:00:00Z'), false);
    success.add(at('2026-01-02T00:30:00Z'), false);
    success.add(at('2026-01-02T00:45:00Z'), true);
    success.addFailed(10, 1);
    const duty = { from: at('2026-01-01T00:15:00Z'), to: at('2026-01-03T00:15:00Z'), intervalS: 1_800 };
    const hours = success.result([duty]);
    expect(hours[10]).toEqual({ hour: 10, fixes: 2, doubted: 1, failed: 1, success: 0.75, expected: 4, yield: 0.5 });
    expect(hours[11]).toEqual({ hour: 11, fixes: 0, doubted: 0, failed: 0, success: null, expected: 4, yield: 0 });
    expect(hours.reduce((sum, { expected }) => sum + expected!, 0)).toBeCloseTo(96, 9);
  });

  it('expects nothing where no collar has an interval', () => {
    const [hour] = new FixSuccess(new ZoneClock('UTC')).result([]);
    expect(hour).toEqual({ hour: 0, fixes: 0, doubted: 0, failed: 0, success: null, expected: null, yield: null });
  });

  it('has one hour less where clocks go forward', () => {
    const duty = { from: at('2026-03-28T23:00:00Z'), to: at('2026-03-29T22:00:00Z'), intervalS: 3_600 };
    const hours = new FixSuccess(new ZoneClock('Europe/Berlin')).result([duty]);
    expect(hours.map(({ expected }) => expected)).toEqual(
      Array.from({ length: 24 }, (_, hour) => (hour === 2 ? 0 : 1)),
    );
  });
});
