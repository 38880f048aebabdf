import { invalidInput } from '../../access/checked-input.ts';
import { Problem } from '../../domain/problem.ts';

/** The deepest zoom: a tile is some ten metres wide there. */
const MAX_ZOOM = 22;
const NUMBER = /^(?:0|[1-9]\d{0,7})$/;

/** A tile of the web's square world: column x from 180° W, row y from the north, of 2^z each. */
export interface TileAddress {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Reads `{z}/{x}/{y}.mvt`.
 *
 * @throws Problem 400 for what are no numbers, 404 for a tile that the world does not have
 */
export function tileAddress(z: string, x: string, name: string): TileAddress {
  const [y = '', format] = name.split('.', 2);
  const wrong = Object.entries({ z, x, y }).filter(([, text]) => !NUMBER.test(text));
  if (wrong.length > 0)
    throw invalidInput(
      wrong.map(([field]) => ({ field, expected: 'a whole number' })),
      400,
    );
  const address = { z: Number(z), x: Number(x), y: Number(y) };
  const across = 2 ** address.z;
  if (name !== `${y}.mvt` || format !== 'mvt' || address.z > MAX_ZOOM || address.x >= across || address.y >= across)
    throw new Problem(
      404,
      'unknown-tile',
      `There are tiles z/x/y.mvt of zooms 0 to ${MAX_ZOOM}, 2^z of them each way.`,
    );
  return address;
}
