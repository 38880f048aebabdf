import { negotiated } from './negotiation.ts';

const OFFERED = [
  { name: 'geojson', asked: ['application/geo+json', 'application/json'] },
  { name: 'csv', asked: ['text/csv'] },
  { name: 'gpx', asked: ['application/gpx+xml'] },
  { name: 'trips', asked: [] },
];

describe('negotiated', () => {
  it.each([
    ['geojson', 'text/csv', 'geojson'],
    ['trips', undefined, 'trips'],
    ['shapefile', '*/*', null],
    [undefined, undefined, 'geojson'],
    [undefined, '*/*', 'geojson'],
    [undefined, 'APPLICATION/*', 'geojson'],
    [undefined, 'text/*', 'csv'],
    [undefined, 'text/html, application/json;q=0.5', 'geojson'],
    [undefined, 'application/geo+json;q=0.2, text/csv;q=0.3', 'csv'],
    [undefined, 'text/csv ; charset=utf-8 ; Q=0.9 , application/gpx+xml;q=0.95', 'gpx'],
    // The most specific range that takes a type gives its weight, not the greatest.
    [undefined, '*/*;q=1, application/json;q=0.1, application/geo+json;q=0.1', 'csv'],
    [undefined, 'application/json;q=0, */*', 'geojson'],
    [undefined, 'application/geo+json;q=0, application/json;q=0, */*;q=0.1', 'csv'],
    [undefined, 'text/csv;q=2, application/gpx+xml;q=0.1', 'gpx'],
    [undefined, 'image/png', null],
    [undefined, 'text/csv;q=0.000', null],
    [undefined, '*/*;q=0', null],
    [undefined, '', null],
  ])('format %p, Accept %p: %p', (format, accept, chosen) => {
    expect(negotiated(OFFERED, format, accept)?.name ?? null).toBe(chosen);
  });
});
