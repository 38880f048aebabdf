import type { Farm } from '../../src/domain/farm.ts';

/**
 * Two deer farms that do not exist: drawn for demonstrations near 43.30 N 131.70 E and 42.60 N 131.20 E, on land, with fences
 * of the size that deer farms of the region have.
 */
export const DRAWN_FARMS: readonly Farm[] = [
  {
    id: 'drawn-north',
    name: 'Drawn farm, north',
    nearM: 2_000,
    closeM: 500,
    boundary: {
      type: 'Polygon',
      coordinates: [
        [
          [131.6921, 43.2958],
          [131.7032, 43.2949],
          [131.7084, 43.2996],
          [131.7061, 43.3049],
          [131.6979, 43.3061],
          [131.6928, 43.3024],
          [131.6921, 43.2958],
        ],
      ],
    },
  },
  {
    id: 'drawn-south',
    name: 'Drawn farm, south',
    nearM: 2_000,
    closeM: 500,
    boundary: {
      type: 'Polygon',
      coordinates: [
        [
          [131.1938, 42.5957],
          [131.2031, 42.5951],
          [131.2069, 42.6003],
          [131.2027, 42.6046],
          [131.1951, 42.6041],
          [131.1938, 42.5957],
        ],
      ],
    },
  },
];
