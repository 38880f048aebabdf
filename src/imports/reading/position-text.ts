/** Greatest degrees of either. */
export const RANGE = { lat: 90, lon: 180 } as const;
/** From here on they are no degrees that somebody mistyped or swapped, but metres. */
const METRES_FROM = 1_000;

/** Whether two numbers are a place in metres on a map instead of degrees. */
export function looksLikeMetres(lon: number, lat: number): boolean {
  return Math.abs(lon) > METRES_FROM || Math.abs(lat) > METRES_FROM;
}

/** What was expected of a coordinate that is none, and what it may be instead: the end of a message. */
export function notDegrees(which: 'lat' | 'lon', text: string, value: number, other: number): string {
  const short = text.slice(0, 40).toWellFormed();
  const name = which === 'lat' ? 'latitude' : 'longitude';
  if (Number.isNaN(value)) {
    const minutes = /[°º'′"″NSEWnsew]/.test(text) || /\d\s+\d/.test(text);
    const comma = /^[+-]?\d+,\d+$/.test(text) ? ' (is the comma a decimal one? then say decimal=,)' : '';
    return `a ${name} in decimal degrees such as 43.1012, not ${short}${minutes ? ' (degrees and minutes?)' : comma}`;
  }
  return `a ${name} from −${RANGE[which]} to ${RANGE[which]}, not ${short}${guess(which, value, other)}`;
}

function guess(which: 'lat' | 'lon', value: number, other: number): string {
  if (looksLikeMetres(value, other)) return ' (degrees WGS84 are expected; these look like metres: UTM?)';
  if (which === 'lat' && Math.abs(value) <= RANGE.lon && Math.abs(other) <= RANGE.lat)
    return ' (are the columns swapped?)';
  if (which === 'lon' && value > RANGE.lon && value <= 360) return ' (0 to 360 is not meant: subtract 360)';
  return '';
}
