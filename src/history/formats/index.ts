import { GEOJSON } from './geojson.ts';
import { GPX } from './gpx.ts';
import { KML } from './kml.ts';
import { MF_JSON } from './mf-json.ts';
import { MOVEBANK_CSV } from './movebank-csv.ts';
import { PARQUET } from './parquet.ts';
import type { TrackFormat } from './track-format.ts';
import { TRIPS } from './trips.ts';

/** Every format that tracks can be had in. The first is what is sent to whoever names none. */
export const TRACK_FORMATS: readonly TrackFormat[] = [GEOJSON, MOVEBANK_CSV, GPX, KML, MF_JSON, TRIPS, PARQUET];
