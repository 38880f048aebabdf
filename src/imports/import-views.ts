import type { EpochMs } from '../domain/fix.ts';
import type { ImportJob } from './import-job.ts';
import type { Report } from './survey-report.ts';

const iso = (at: EpochMs | null): string | null => (at === null ? null : new Date(at).toISOString());

/** An import as administrators see it. `atWork`: now, else it waits for its turn or for them. */
export function importView(job: ImportJob, atWork: boolean) {
  const { id, name, by, state, options, bytes, progress, problem } = job;
  const { start, ...said } = options;
  return {
    id,
    name,
    by,
    createdAt: iso(job.createdAt),
    state,
    atWork,
    dryRun: !start,
    options: said,
    bytes,
    progress,
    problem,
    endedAt: iso(job.endedAt),
    report: job.report && reportView(job.report),
  };
}

function reportView(report: Report) {
  return {
    ...report,
    from: iso(report.from),
    to: iso(report.to),
    wearers: report.wearers.map((wearer) => ({ ...wearer, first: iso(wearer.first), last: iso(wearer.last) })),
  };
}
export type ImportView = ReturnType<typeof importView>;
