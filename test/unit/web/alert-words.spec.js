import { describe, expect, it } from '@jest/globals';
import { badge, details, headline, step, worstFirst } from '../../../web/alert-words.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Times as this machine's clock shows them, wherever it stands. */
const local = (day, hour, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();
const iso = (at) => new Date(at).toISOString();
const at = (hour, minute = 0) => iso(local(22, hour, minute));
const NOW = local(22, 15);
const names = { animal: (id) => id.toUpperCase(), farm: (id) => `Farm ${id}`, area: (id) => `Area ${id}` };

const alert = (over = {}) => ({
  kind: 'farm-proximity',
  animal: 'sofia',
  farm: 'olenevod',
  area: null,
  state: 'open',
  level: 'near',
  peak: 'near',
  openedAt: at(14),
  closedAt: null,
  closest: { m: 1_532, at: at(14), between: false },
  learnedAt: at(14),
  late: false,
  acknowledged: null,
  ...over,
});
const noPlace = { farm: null, closest: null };
const couldReach = (when) => ({ couldReach: { farm: 'olenevod', at: when } });
const silence = (over) =>
  alert({ ...noPlace, kind: 'silence', level: 'silent', peak: 'silent', unknownSince: at(11), ...over });
const approach = (over) =>
  alert({
    kind: 'approach',
    level: 'approaching',
    peak: 'approaching',
    etaFrom: at(14, 40),
    etaTo: at(16, 10),
    ...over,
  });
const boundary = (over) =>
  alert({ ...noPlace, kind: 'boundary', area: 'land', level: 'outside', peak: 'outside', farthestM: 1_240, ...over });
const immobility = (over) =>
  alert({ ...noPlace, kind: 'immobility', level: 'still', peak: 'still', stillSince: at(2), ...over });
const battery = (over) =>
  alert({ ...noPlace, kind: 'low-battery', level: 'low', peak: 'low', batteryV: 3.2, daysLeft: 12, ...over });
const closed = (over = {}) => ({ state: 'closed', closedAt: at(14, 50), ...over });

describe('the headline of an alert', () => {
  it.each([
    [alert({ level: 'near' }), 'SOFIA is near Farm olenevod.'],
    [alert({ level: 'close' }), 'SOFIA is close to Farm olenevod.'],
    [alert({ level: 'inside' }), 'SOFIA is inside Farm olenevod.'],
    [alert(closed({ peak: 'close' })), 'SOFIA was close to Farm olenevod, and has left.'],
    [alert(closed({ peak: 'close', reason: 'farm-removed' })), 'SOFIA was close to Farm olenevod.'],
    [alert({ state: 'retracted', peak: 'close' }), 'SOFIA was close to Farm olenevod.'],
    [silence(), 'SOFIA: position unknown since 11:00.'],
    [silence({ couldReach: null }), 'SOFIA: position unknown since 11:00.'],
    [
      silence({ unknownSince: iso(local(21, 21)), ...couldReach(at(22, 40)) }),
      'SOFIA: position unknown since 21:00 yesterday; could be at the fence of Farm olenevod by 22:40.',
    ],
    [
      silence(couldReach(at(14, 40))),
      'SOFIA: position unknown since 11:00; could be at the fence of Farm olenevod since 14:40.',
    ],
    [silence(closed()), 'SOFIA: position was unknown from 11:00 to 14:50.'],
    [silence({ state: 'retracted' }), 'SOFIA: position was unknown since 11:00.'],
    [approach(), 'SOFIA is heading for Farm olenevod: could be near it between 14:40 and 16:10.'],
    [approach({ etaTo: at(14, 50) }), 'SOFIA is heading for Farm olenevod: could be near it since 14:40.'],
    [approach({ etaFrom: undefined }), 'SOFIA is heading for Farm olenevod.'],
    [approach(closed()), 'SOFIA was heading for Farm olenevod.'],
    [boundary(), 'SOFIA is outside Area land.'],
    [boundary(closed()), 'SOFIA was outside Area land, and is back across the border.'],
    [boundary({ level: 'inside' }), 'SOFIA is inside Area land.'],
    [immobility(), 'SOFIA has not moved since 02:00.'],
    [immobility(closed()), 'SOFIA had not moved from 02:00 to 14:50.'],
    [battery(), 'The battery of SOFIA’s collar is low: 3.20 V, about 12 days left.'],
    [
      battery({ level: 'critical', batteryV: 3.05, daysLeft: 0 }),
      'The battery of SOFIA’s collar is nearly empty: 3.05 V, less than a day left.',
    ],
    [battery({ daysLeft: null }), 'The battery of SOFIA’s collar is low: 3.20 V.'],
    [battery(closed({ peak: 'critical' })), 'The battery of SOFIA’s collar was nearly empty, and is well again.'],
    [alert({ kind: 'night-walk', level: 'far-out' }), 'SOFIA at Farm olenevod: night walk (far out).'],
    [alert({ ...noPlace, kind: 'constructor', level: 'x' }), 'SOFIA: constructor (x).'],
    [
      alert(closed({ ...noPlace, area: 'land', kind: 'fever', peak: 'high' })),
      'SOFIA at Area land: fever (high), over.',
    ],
  ])('%j', (one, sentence) => {
    expect(headline(one, names, NOW)).toBe(sentence);
  });

  it.each([
    [
      { closest: { m: 300, at: at(2), between: false } },
      'SOFIA was 300 m from the fence of Farm olenevod at 02:00, learned 06:12.',
    ],
    [{ closest: { m: 0, at: at(2), between: true } }, 'SOFIA was inside Farm olenevod at 02:00, learned 06:12.'],
    [
      closed({ closest: { m: 300, at: at(2), between: false } }),
      'SOFIA was 300 m from the fence of Farm olenevod at 02:00, learned 06:12.',
    ],
    [
      { ...silence(closed({ closedAt: at(5) })), unknownSince: at(1) },
      'SOFIA: position was unknown from 01:00 to 05:00, learned 06:12.',
    ],
  ])('that was of the past when it was learned: %j', (over, sentence) => {
    const one = alert({ late: true, learnedAt: at(6, 12), ...over, ...{ learnedAt: at(6, 12) } });
    expect(headline(one, names, NOW, true)).toBe(sentence);
    expect(badge(one, true)).toBe('learned late');
  });

  it('has its level beside it, or that it is over', () => {
    expect(badge(silence({ level: 'could-reach' }))).toBe('could reach');
    expect(badge(alert(closed()))).toBe('closed');
    expect(badge(alert({ state: 'retracted', late: true }))).toBe('withdrawn');
  });
});

describe('the facts of an alert', () => {
  it('are how near, since when, how fresh and how it became known', () => {
    expect(details(alert(), local(22, 14, 40), NOW)).toEqual([
      'Nearest: 1.5 km from the fence at 14:00.',
      'Since 14:00, 1 h ago.',
      'Last news of it: 14:40, 20 min ago.',
    ]);
    const learned = {
      learnedAt: at(14, 30),
      late: true,
      peak: 'inside',
      closest: { m: 0, at: at(14, 10), between: true },
    };
    expect(details(alert(learned), 0, NOW)).toEqual([
      'Got inside the fence at 14:10, on the way between two fixes.',
      'Since 14:00, 1 h ago.',
      'It was inside it before.',
      'We learned of it at 14:30, 30 min after it began.',
      'Late: when we learned of it, it was no longer how things stood.',
    ]);
    expect(details(alert(closed()), NOW, NOW)[1]).toBe('From 14:00 to 14:50.');
  });

  it('are why it was withdrawn, or ended by no fix', () => {
    expect(details(alert({ state: 'retracted', reason: 'late-fixes' }), 0, NOW)[0]).toBe(
      'Withdrawn: fixes that came late showed otherwise.',
    );
    expect(details(alert(closed({ reason: 'farm-removed' })), 0, NOW)[0]).toBe('Ended: the farm was removed.');
    expect(details(alert(closed({ reason: 'moon-is-full' })), 0, NOW)[0]).toBe('Ended: moon is full.');
  });

  it('are what it said before it was corrected', () => {
    const before = alert(closed({ openedAt: at(13), peak: 'close', closest: { m: 410, at: at(13), between: false } }));
    const amendment = { before, reason: 'late-fixes', learnedAt: at(14, 55) };
    expect(details(alert({ peak: 'inside', level: 'inside' }), 0, NOW, amendment)[0]).toBe(
      'Corrected at 14:55: fixes that came late showed otherwise. Before, it said: close, from 13:00, until 14:50, nearest 410 m.',
    );
    expect(details(alert(), 0, NOW, { ...amendment, before: alert() })[0]).toBe(
      'Corrected at 14:55: fixes that came late showed otherwise.',
    );
  });

  it('are those of its kind', () => {
    expect(details(silence({ intervalS: 7_200, ...couldReach(at(16)) }), NOW, NOW)).toEqual([
      'An alert since 14:00, 1 h ago.',
      'Its collar should be heard every 2 h.',
      'That nobody knows where it is does not mean that it is far away.',
    ]);
    expect(details(silence(closed({ intervalS: 900 })), NOW, NOW)).toEqual([
      'An alert from 14:00 to 14:50.',
      'Its collar should be heard every 15 min.',
    ]);
    // Noticed late, and still so.
    expect(details(silence({ late: true }), NOW, NOW).join()).not.toContain('no longer');
    expect(details(silence(closed({ late: true })), NOW, NOW).join()).toContain('no longer');
    expect(details(approach({ metres: 3_210 }), 0, NOW)).toContain(
      'At the last fix it was 3.2 km from what counts as near.',
    );
    expect(details(boundary(), 0, NOW)).toContain('Farthest: 1.2 km beyond the border.');
    const still = { share: 0.96, fixes: 25, hours: 24, radiusM: 30, looksLike: 'still' };
    expect(details(immobility(still), 0, NOW)).toEqual([
      'An alert since 14:00, 1 h ago.',
      '96 % of 25 fixes in 24 h lie within 30 m.',
      'Whatever carries the collar lies still: the errors of the fixes explain all of them.',
    ]);
    expect(details(immobility({ looksLike: 'a-kill' }), 0, NOW)).toContain('It looks like this: a kill.');
    expect(details(battery(), 0, NOW)).toEqual(['An alert since 14:00, 1 h ago.']);
  });
});

describe('a step', () => {
  it('tells when it happened, when it was learned, and by whom or why', () => {
    const when = at(14, 20);
    const one = (over) => step({ at: when, learnedAt: when, late: false, alert: alert(), ...over }, NOW);
    expect(one({ change: 'escalated', alert: alert({ level: 'close' }) })).toBe('14:20 came closer, now close');
    expect(one({ change: 'opened', learnedAt: at(14, 50) })).toBe('14:20 came near (learned 14:50)');
    expect(one({ change: 'opened', learnedAt: at(14, 50), late: true })).toBe('14:20 came near (learned 14:50; late)');
    expect(one({ change: 'acknowledged', by: 'Ivan', note: 'on my way' })).toBe(
      '14:20 acknowledged by Ivan: “on my way”',
    );
    expect(one({ change: 'retracted', reason: 'late-fixes' })).toBe(
      '14:20 withdrawn: fixes that came late showed otherwise',
    );
    expect(one({ change: 'opened', alert: silence() })).toBe('14:20 not heard for too long');
    expect(one({ change: 'escalated', alert: alert({ kind: 'fever', level: 'high' }) })).toBe(
      '14:20 got worse, now high',
    );
    expect(one({ change: 'a-change-of-tomorrow' })).toBe('14:20 a change of tomorrow');
  });

  it('that corrects tells what was said before', () => {
    const change = {
      change: 'amended',
      at: at(14),
      learnedAt: at(14, 20),
      late: true,
      reason: 'late-fixes',
      alert: alert(),
    };
    const before = alert({ closest: { m: 2_000, at: at(14), between: false } });
    expect(step(change, NOW, before)).toBe(
      '14:00 corrected: fixes that came late showed otherwise (learned 14:20; late; before: nearest 2.0 km)',
    );
  });
});

it('stands where it needs somebody first', () => {
  const taken = { by: 'Ivan', at: iso(NOW), note: '' };
  const order = [
    alert({ level: 'inside' }),
    alert({ level: 'close', openedAt: iso(NOW) }),
    alert({ level: 'close' }),
    alert({ level: 'near' }),
    silence({ level: 'could-reach', ...couldReach(at(14)) }),
    boundary({ level: 'inside', openedAt: iso(NOW) }),
    approach(),
    silence(couldReach(at(23))),
    battery({ openedAt: iso(NOW) }),
    silence(),
    alert({ level: 'inside', acknowledged: taken }),
    alert(closed({ closedAt: iso(NOW) })),
    alert(closed({ closedAt: iso(NOW - HOUR), peak: 'inside' })),
  ];
  expect([...order].reverse().sort(worstFirst)).toEqual(order);
});
