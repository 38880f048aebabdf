/** A fix as a story tells it. Clocks are HH:MM; a day has 24 hours, and stories go on beyond. */
export interface StoryFix {
  readonly at: string;
  /** Metres north of the farm's northern fence. The farm is 1,000 m square: from −1,000 to 0 is beside or inside it. */
  readonly m: number;
  /** Metres east of the farm's middle. */
  readonly east?: number;
  /** When it came; absent: at once. */
  readonly heard?: string;
}

/** A track, in the order of time, that a drawing is made of. What is told of it is the engine's to say. */
export interface Story {
  readonly name: string;
  /** A sentence, for those who do not see the drawing too. */
  readonly title: string;
  readonly rules: readonly string[];
  /** Minutes between two fixes of the collar as they should be. */
  readonly intervalMinutes: number;
  readonly fixes: readonly StoryFix[];
  /** Until when time passes; absent: until the last fix is heard. */
  readonly until?: string;
}

const HOUR = 60;
const visits = { rules: ['farm-proximity'], intervalMinutes: HOUR };

const clock = (hours: number): string => `${String(hours).padStart(2, '0')}:00`;

/** A fix every hour; those that `late` names came at another time. */
function hourly(metres: readonly number[], late: Readonly<Record<string, string>> = {}): StoryFix[] {
  return metres.map((m, hours) => {
    const at = clock(hours);
    const heard = late[at];
    return { at, m, ...(heard !== undefined && { heard }) };
  });
}

export const stories: readonly Story[] = [
  {
    ...visits,
    name: 'visit',
    title: 'A visit opens, deepens, eases and closes.',
    fixes: hourly([3_300, 1_800, 400, -400, 700, 900, 1_600, 2_050, 2_600, 3_100]),
  },
  {
    ...visits,
    name: 'between',
    title: 'An animal crosses a farm between two fixes.',
    fixes: [
      { at: '00:00', m: 4_200, east: 900 },
      { at: '01:00', m: 2_500, east: 500 },
      { at: '02:00', m: -3_700, east: -300 },
      { at: '03:00', m: -4_600, east: -600 },
    ],
  },
  {
    ...visits,
    name: 'doubts',
    title: 'A jump that nothing confirms is no visit; a jump that the next fix confirms is one.',
    fixes: hourly([13_000, 13_400, 300, 13_200, 12_800, 1_500, 1_200, 2_600, 3_000]),
  },
  {
    ...visits,
    name: 'amended',
    title: 'Two fixes of a visit come late: the same alert is amended.',
    fixes: hourly([3_300, 1_900, 300, 1_500, 1_700], { '01:00': '05:00', '02:00': '05:00' }),
    until: '05:30',
  },
  {
    ...visits,
    name: 'opened-late',
    title: 'A whole visit is learned of when it is over.',
    fixes: hourly([3_300, 1_800, 400, 2_700, 3_300, 4_000], {
      '01:00': '07:00',
      '02:00': '07:00',
      '03:00': '07:00',
    }),
    until: '07:30',
  },
  {
    ...visits,
    name: 'retracted',
    title: 'A late fix shows that an animal cannot have been where it was believed to be: the alert is retracted.',
    fixes: hourly([12_500, 12_400, 12_600, 900, 12_300], { '01:00': '05:00', '02:00': '05:00' }),
    until: '05:30',
  },
  {
    ...visits,
    name: 'split',
    title: 'Late fixes make two visits of one.',
    fixes: hourly([1_200, 900, 2_800, 3_000, 1_700, 1_300], { '02:00': '07:00', '03:00': '07:00' }),
    until: '07:30',
  },
  {
    ...visits,
    name: 'merged',
    title: 'A late fix makes one visit of two.',
    fixes: hourly([1_500, 2_800, 1_900, 2_900, 2_100, 1_400], { '02:00': '07:00' }),
    until: '07:30',
  },
  {
    name: 'silence',
    title: 'A collar falls silent; from its last fix on, the animal may be anywhere in a ring that grows.',
    rules: ['silence'],
    intervalMinutes: HOUR,
    fixes: [
      { at: '00:00', m: 16_000 },
      { at: '01:00', m: 15_000 },
      { at: '02:00', m: 14_000 },
      { at: '11:00', m: 9_000 },
    ],
  },
];
