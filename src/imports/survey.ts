import { type EpochMs, type Fix } from '../domain/fix.ts';
import { compareFixes, confirm, type Confirmation, type Stamina, UNKNOWN_ANIMAL } from '../domain/quality/confirm.ts';
import { doubtBit, type Doubt, doubtNames } from '../domain/quality/doubt.ts';
import { doubtsOfImported } from '../ingest/imported.ts';
import { faultOf, faultOfAttempt } from '../ingest/validator.ts';
import { type ImportItem, type RowOf, UnreadableFile } from './import-item.ts';
import type { Wearing } from './registry-plan.ts';
import { Sketch } from './sketch.ts';
import type { RowProblem } from './survey-report.ts';

/** Tags and animals of one file at most: more of them, and some other column was taken for the tag. */
const MAX_WEARERS = 10_000;
/** Wearers of whose tracks a picture is made; more would be one blot. */
const MAX_SKETCHES = 60;
/** Problems that a report holds. */
export const MAX_PROBLEMS_TOLD = 20;
/** A position of a time that cannot be is no evidence of when a collar was worn. */
const NO_EVIDENCE = doubtBit('future-time');

type FixItem = Extract<ImportItem, { kind: 'fix' }>;
type PlainFix = Pick<Fix, 'at' | 'lon' | 'lat' | 'collarId'>;

/** What was found of one tag on one animal. */
export interface Wearer extends Wearing {
  fixes: number;
  attempts: number;
  first: EpochMs | null;
  last: EpochMs | null;
  readonly sketch: Sketch | null;
  confirmation: Confirmation<PlainFix>;
  inOrder: boolean;
}

/** An item, or the bad row that it is for a limit that every fix must keep. */
export function checkedItem(item: ImportItem, receivedAt: EpochMs): ImportItem {
  if (item.kind !== 'fix' && item.kind !== 'attempt') return item;
  const fault = item.kind === 'fix' ? faultOf(item.reading, receivedAt) : faultOfAttempt(item.attempt, receivedAt);
  if (!fault) return item;
  const raw = JSON.stringify(item.kind === 'fix' ? item.reading : item.attempt);
  return { kind: 'bad', line: item.line, column: fault.field, expected: fault.expected, raw };
}

export const keyOfWearer = ({ tag, animal }: RowOf): string => `${tag}\n${animal ?? ''}`;

/** Goes over a file's items once and counts what is there: memory grows with tags and animals, not with rows. */
export class Survey {
  rows = 0;
  fixes = 0;
  attempts = 0;
  other = 0;
  bad = 0;
  duplicates = 0;
  conflicts = 0;
  withoutAnimal = 0;
  from: EpochMs | null = null;
  to: EpochMs | null = null;
  readonly problems: RowProblem[] = [];
  readonly doubts = new Map<Doubt, number>();
  readonly wearers = new Map<string, Wearer>();
  private sketches = 0;

  constructor(
    private readonly receivedAt: EpochMs,
    private readonly stamina: Stamina,
  ) {}

  /** @throws UnreadableFile when it names more tags and animals than any study has */
  add(item: ImportItem): void {
    this.rows++;
    if (item.kind === 'bad') {
      this.bad++;
      this.problem({ line: item.line, kind: 'bad', column: item.column ?? null, expected: item.expected });
    } else if (item.kind === 'other') this.other++;
    else if (item.kind === 'attempt') {
      this.attempts++;
      const wearer = this.wearer(item);
      wearer.attempts++;
      this.spread(wearer, item.attempt.at);
    } else this.fix(item);
  }

  problem(problem: RowProblem): void {
    if (this.problems.length < MAX_PROBLEMS_TOLD) this.problems.push(problem);
  }

  get outOfOrder(): number {
    return [...this.wearers.values()].filter(({ inOrder }) => !inOrder).length;
  }

  private fix(item: FixItem): void {
    this.fixes++;
    const { reading } = item;
    const wearer = this.wearer(item);
    wearer.fixes++;
    const doubts = doubtsOfImported(reading, this.receivedAt, item.outlier);
    for (const doubt of doubtNames(doubts)) this.doubt(doubt);
    if ((doubts & NO_EVIDENCE) === 0) this.spread(wearer, reading.at);
    if (doubts !== 0) return;
    wearer.sketch?.add(reading);
    this.confirm(wearer, { at: reading.at, lon: reading.lon, lat: reading.lat, collarId: 0 });
  }

  /** Follows the track as alerting will: one unconfirmed fix at the end is not counted, its next may clear it. */
  private confirm(wearer: Wearer, fix: PlainFix): void {
    const { last, unconfirmed } = wearer.confirmation;
    const newest = unconfirmed ?? last;
    if (newest && newest.at === fix.at) return;
    if (newest && compareFixes(fix, newest) < 0) wearer.inOrder = false;
    if (!wearer.inOrder) return;
    const { state, reconsidered } = confirm(wearer.confirmation, fix, this.stamina);
    wearer.confirmation = state;
    for (const { to } of reconsidered) if (to === doubtBit('impossible-speed')) this.doubt('impossible-speed');
  }

  private doubt(doubt: Doubt): void {
    this.doubts.set(doubt, (this.doubts.get(doubt) ?? 0) + 1);
  }

  private spread(wearer: Wearer, at: EpochMs): void {
    if (wearer.first === null || at < wearer.first) wearer.first = at;
    if (wearer.last === null || at > wearer.last) wearer.last = at;
    if (this.from === null || at < this.from) this.from = at;
    if (this.to === null || at > this.to) this.to = at;
  }

  private wearer(item: RowOf & { readonly line: number }): Wearer {
    const key = keyOfWearer(item);
    const known = this.wearers.get(key);
    if (known) return known;
    if (this.wearers.size === MAX_WEARERS)
      throw new UnreadableFile(
        `line ${item.line}: more than ${MAX_WEARERS} tags and animals: is the column of the tag the right one?`,
        { line: item.line },
      );
    const { tag, animal, line } = item;
    const none = { fixes: 0, attempts: 0, first: null, last: null };
    const sketch = this.sketches++ < MAX_SKETCHES ? new Sketch() : null;
    const made: Wearer = { tag, animal, line, ...none, sketch, confirmation: UNKNOWN_ANIMAL, inOrder: true };
    this.wearers.set(key, made);
    return made;
  }
}
