import { boundsOfRows } from './fix-extent.ts';

const none = { westFirst: null, westLast: null, eastFirst: null, eastLast: null };

describe('boundsOfRows', () => {
  it('knows no box of nothing', () => {
    expect(boundsOfRows([])).toBeNull();
  });

  it('covers whole cells of 1/32°', () => {
    const rows = [
      { ...none, row: 4_256, eastFirst: 9_968, eastLast: 9_970 },
      { ...none, row: 4_258, eastFirst: 9_960, eastLast: 9_961 },
    ];
    expect(boundsOfRows(rows)).toEqual({ south: 43, north: 43 + 3 / 32, west: 131.25, east: 131.5 + 3 / 32 });
  });

  it('goes across 180° where that is narrower, and through 0° where that is', () => {
    const pacific = [{ row: 0, westFirst: 0, westLast: 31, eastFirst: 11_488, eastLast: 11_519 }];
    expect(boundsOfRows(pacific)).toMatchObject({ west: 179, east: -179 });
    const africa = [{ row: 0, westFirst: 5_728, westLast: 5_759, eastFirst: 5_760, eastLast: 5_791 }];
    expect(boundsOfRows(africa)).toMatchObject({ west: -1, east: 1 });
    const chukotka = [{ ...none, row: 0, westFirst: 320, westLast: 351 }];
    expect(boundsOfRows(chukotka)).toMatchObject({ west: -170, east: -169 });
  });
});
