import { z } from 'zod';

/** The id of an animal, farm, area or gateway. */
export const Id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected an id: a–z, 0–9 and -, at most 63 characters');

/** A collar's serial, as its maker wrote it. */
export const Serial = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected a serial: letters, digits, point, _ and -, at most 64 characters');
