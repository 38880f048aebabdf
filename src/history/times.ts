import type { EpochMs } from '../domain/fix.ts';

const DAY_MS = 86_400_000;
const two = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const three = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, '0'));

/**
 * Times as a JSON list without its brackets, RFC 3339 with milliseconds. A track has thousands and most share their day, so
 * the date is written once for all of them.
 */
export function timesText(times: ArrayLike<EpochMs>): string {
  let day = NaN;
  let date = '';
  let text = '';
  for (let index = 0; index < times.length; index++) {
    const at = times[index]!;
    const today = Math.floor(at / DAY_MS);
    if (today !== day) {
      day = today;
      date = new Date(today * DAY_MS).toISOString().slice(0, -13);
    }
    const ms = at - today * DAY_MS;
    const s = Math.floor(ms / 1_000);
    text += `${index === 0 ? '"' : ',"'}${date}${two[Math.floor(s / 3_600)]}:${two[Math.floor(s / 60) % 60]}:${two[s % 60]}.${three[ms % 1_000]}Z"`;
  }
  return text;
}
