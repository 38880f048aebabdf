import { GEOJSON } from './geojson.ts';
import type { TrackFormat } from './track-format.ts';

/** Every format that tracks can be had in. The first is what is sent to whoever names none. */
export const TRACK_FORMATS: readonly TrackFormat[] = [GEOJSON];
