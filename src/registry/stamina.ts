import { STAMINA, type Stamina } from '../domain/quality/confirm.ts';
import { MaxSpeedKmh, SpeedSlackM } from './reserve.ts';
import type { StoredAnimal } from './stored.ts';

/**
 * How far an animal can get: what is registered of it, else what holds for a leopard, each of the two for itself. What was stored
 * before these fields were checked may be anything; what would not be accepted now counts as missing.
 */
export function staminaOf({ details }: Pick<StoredAnimal, 'details'>): Stamina {
  const speed = MaxSpeedKmh.safeParse(details['maxSpeedKmh']);
  const slack = SpeedSlackM.safeParse(details['speedSlackM']);
  return {
    maxKmh: speed.success ? speed.data : STAMINA.maxKmh,
    slackM: slack.success ? slack.data : STAMINA.slackM,
  };
}
