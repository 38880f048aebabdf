import { drawTracks } from './picture.ts';
import { Sketch } from './sketch.ts';

describe('the picture of tracks', () => {
  it('keeps few places of any track, its first and its last', () => {
    const sketch = new Sketch();
    for (let i = 0; i <= 100_000; i++) sketch.add({ lon: i / 1e3, lat: 1 });
    const track = sketch.track();
    expect(track.length).toBeLessThan(602);
    expect(track.length).toBeGreaterThan(290);
    expect([track[0]!.lon, track.at(-1)!.lon]).toEqual([0, 100]);
  });

  it('has every track within it and named, whatever its name, and those at 180° side by side', () => {
    const svg = drawTracks([
      {
        name: '<b>"A&B"',
        track: [
          { lon: 179.9, lat: 60 },
          { lon: -179.9, lat: 60.1 },
        ],
      },
      { name: 'other', track: [{ lon: -179.8, lat: 60 }] },
    ]);
    expect(svg).toContain('<title>&lt;b&gt;&quot;A&amp;B&quot;</title>');
    const numbers = [...svg.matchAll(/d="M([^"]*)"/g)].flatMap(([, way]) => way!.split(/[ L]/).map(Number));
    expect(numbers).toHaveLength(6);
    for (const value of numbers) expect(value >= 0 && value <= 800).toBe(true);
    // 0.3 degrees wide, not 360: the second place is two thirds of the way to the third.
    const [x1, , x2, , x3] = numbers as [number, number, number, number, number, number];
    expect((x2 - x1) / (x3 - x1)).toBeCloseTo(2 / 3, 1);
  });

  it('is a picture of nothing where there is no track', () => {
    expect(drawTracks([])).toMatch(/^<svg .*<\/svg>\n$/);
  });
});
