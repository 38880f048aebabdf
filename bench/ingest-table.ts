import { range, round, spread } from './measure.ts';
import type { DiskUse } from './store-under-bench.ts';

/** One run of ours. Processor times are microseconds a fix. */
export interface OurRun {
  readonly fixes: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** From the last fix stored until alerting had judged all of them. */
  readonly judgedAfterS: number;
  readonly cpu: {
    readonly server: number;
    readonly postgres: number;
    readonly broker: number;
    readonly generator: number;
    readonly readers: number;
  };
  readonly peakBytes: number;
}

/** One run of what ours is held against. */
export interface PeerRun {
  readonly perSecond: number;
  /** Microseconds a fix, of everything but the generator. */
  readonly cpu: number;
}

/** A row of the bench: the runs of ours, and of each peer beside them. */
export interface IngestRow {
  readonly name: string;
  readonly goal: number;
  readonly ours: readonly OurRun[];
  readonly peers: readonly {
    readonly name: string;
    readonly close: number | null;
    readonly runs: readonly PeerRun[];
  }[];
}

const over = <T>(runs: readonly T[], of: (run: T) => number) => range(spread(runs.map(of)));
const table = (...rows: readonly (readonly string[])[]) => rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const rule = (columns: number) => Array.from({ length: columns }, () => '---');

/** A row that could not be measured. */
export type MissingRow = Pick<IngestRow, 'name' | 'goal'> & { readonly missing: string };

/** Fixes a second, and what they cost. */
export function throughputTable(rows: readonly (IngestRow | MissingRow)[]): string {
  const head = [
    ...['what', 'sent = acknowledged = stored', 'fixes/s: median (min–max)', 'goal', 'publish→PUBACK p50 / p99, ms'],
    ...['CPU µs a fix: server', 'Postgres', 'broker', 'sum', 'of the bench: generator', 'readers'],
    ...['judged after, s', 'peak memory, MB'],
  ];
  const cells = rows.map((row) => {
    if ('missing' in row) return [row.name, row.missing, ...Array.from({ length: head.length - 2 }, () => '–')];
    const { ours } = row;
    const cpu = (of: keyof OurRun['cpu']) => round(spread(ours.map((run) => run.cpu[of])).median);
    return [
      row.name,
      `${ours.length} × ${ours[0]!.fixes.toLocaleString('en-US')}`,
      over(ours, ({ perSecond }) => perSecond),
      round(row.goal),
      `${round(spread(ours.map(({ p50 }) => p50)).median)} / ${round(spread(ours.map(({ p99 }) => p99)).median)}`,
      ...[cpu('server'), cpu('postgres'), cpu('broker')],
      over(ours, (run) => run.cpu.server + run.cpu.postgres + run.cpu.broker),
      ...[cpu('generator'), cpu('readers')],
      over(ours, ({ judgedAfterS }) => judgedAfterS),
      over(ours, ({ peakBytes }) => peakBytes / 1e6),
    ];
  });
  return table(head, rule(head.length), ...cells);
}

/** The same rows beside their peers, run by run. */
export function peersTable(rows: readonly (IngestRow | MissingRow)[]): string {
  const head = ['what', 'held against', 'its fixes/s', 'ours ÷ it', 'close means', 'its CPU µs a fix'];
  const cells = rows.flatMap((row) =>
    'missing' in row
      ? []
      : row.peers.map(({ name, close, runs }) => [
          row.name,
          name,
          over(runs, ({ perSecond }) => perSecond),
          range(spread(runs.map(({ perSecond }, run) => row.ours[run]!.perSecond / perSecond))),
          close === null ? '–' : `≥ ${close}`,
          over(runs, ({ cpu }) => cpu),
        ]),
  );
  return table(head, rule(head.length), ...cells);
}

export interface Surroundings {
  readonly firstStartMs: number;
  readonly secondStartMs: number;
  readonly idleBytes: number;
  readonly keeperBytes: number;
  readonly bytesPerFix: number;
  readonly disk: DiskUse;
  readonly frames: number;
  readonly gaps: number;
  readonly folded: number;
  readonly alerts: number;
  readonly changes: number;
}

/** What else was seen in the same run. */
export function surroundingsTable(seen: Surroundings): string {
  const { disk } = seen;
  const perFix = (bytes: number) => `${round(bytes / disk.fixes)} B`;
  return table(
    ['figure', 'value', 'goal'],
    rule(3),
    ['start to `ready`, empty folder', `${round(seen.firstStartMs / 1_000)} s`, '–'],
    ['start to `ready`, second time', `${round(seen.secondStartMs / 1_000)} s`, '–'],
    [
      'resident memory of the server, idle, registry loaded, readers connected',
      `${round(seen.idleBytes / 1e6)} MB`,
      '–',
    ],
    ['… of the process that keeps Postgres', `${round(seen.keeperBytes / 1e6)} MB`, '–'],
    ['payload a fix', `${round(seen.bytesPerFix)} B`, '–'],
    ['disk a fix, with its key', perFix(disk.totalBytes), '130 B'],
    ['… its row', perFix(disk.rowBytes), '–'],
    ['… its key', perFix(disk.keyBytes), '–'],
    ['log of batches a fix, for as long as the log is kept', perFix(disk.logBytes), '–'],
    ['fixes stored in all', disk.fixes.toLocaleString('en-US'), '–'],
    ['alerts, and steps of them', `${seen.alerts}, ${seen.changes}`, '–'],
    ['frames that the readers got, and gaps among them', `${seen.frames}, ${seen.gaps}`, '–'],
    ['positions folded for readers too slow', seen.folded.toLocaleString('en-US'), '–'],
  );
}
