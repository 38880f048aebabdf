import { STAMINA } from '../domain/quality/confirm.ts';
import { staminaOf } from './stamina.ts';

describe('staminaOf', () => {
  it.each([
    [{}, STAMINA],
    [
      { maxSpeedKmh: 60, speedSlackM: 0 },
      { maxKmh: 60, slackM: 0 },
    ],
    [{ maxSpeedKmh: 60 }, { maxKmh: 60, slackM: STAMINA.slackM }],
    [{ speedSlackM: 300 }, { maxKmh: STAMINA.maxKmh, slackM: 300 }],
  ])('of an animal with %j', (details, expected) => {
    expect(staminaOf({ details })).toEqual(expected);
  });

  it.each([null, '60', 0, -1, 201, NaN, [60]])(
    'is a leopard’s where a speed of %j was stored unchecked',
    (maxSpeedKmh) => {
      expect(staminaOf({ details: { maxSpeedKmh, speedSlackM: 300 } })).toEqual({
        maxKmh: STAMINA.maxKmh,
        slackM: 300,
      });
    },
  );
});
