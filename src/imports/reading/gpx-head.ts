import type { ReadingOptions } from './options.ts';
import type { Question } from './recognised.ts';

/** What a GPX file's beginning leaves open: whose tracks they are. */
export function gpxQuestions(head: string, options: ReadingOptions): Question[] {
  if (options.tag !== undefined || options.animal !== undefined) return [];
  if (options.waypoints === true) {
    return [{ option: 'tag', message: 'waypoints are nobody’s: say tag=… for the collar whose fixes they are' }];
  }
  const track = /<(?:\w+:)?trk[\s>]/.exec(head);
  const point = track && /<(?:\w+:)?trkpt[\s>]/.exec(head.slice(track.index));
  if (!track || !point) return [];
  if (/<(?:\w+:)?name[^>]*>\s*(?:<!\[CDATA\[|[^<\s])/.test(head.slice(track.index, track.index + point.index)))
    return [];
  const line = head.slice(0, track.index).split(/\r\n|\r|\n/).length;
  return [
    {
      option: 'tag',
      line,
      column: 'trk',
      message: `line ${line}: a track without a name: say tag=… for the collar whose fixes these are`,
    },
  ];
}
