import { command } from '../command.ts';
import { DRAWN_FARMS } from '../farms/drawn.ts';

export const farms = command({
  name: 'farms',
  summary: 'Prints the drawn farms as GeoJSON, as PUT /api/v1/reserve takes them.',
  usage: '',
  options: {},
  run: async (_parsed, { terminal }) => {
    const features = DRAWN_FARMS.map(({ id, name, nearM, closeM, boundary }) => ({
      type: 'Feature',
      id,
      geometry: boundary,
      properties: { name, nearM, closeM },
    }));
    await terminal.print(JSON.stringify({ type: 'FeatureCollection', features }));
    return 0;
  },
});
