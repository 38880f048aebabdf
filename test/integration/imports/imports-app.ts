import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AlertingModule } from '../../../src/alerting/alerting.module.ts';
import { Evaluator } from '../../../src/alerting/evaluator.ts';
import type { ImportView } from '../../../src/imports/import-views.ts';
import { ImportsModule } from '../../../src/imports/imports.module.ts';
import { Imports } from '../../../src/imports/imports.service.ts';
import { CommittedFixes } from '../../../src/ingest/committed-fixes.ts';
import { type Answer, type RestApp, startRestApp } from '../../support/rest-app.ts';

/** One row of a Movebank file. */
export interface Row {
  readonly at: string;
  readonly lon: number | string;
  readonly lat: number | string;
  readonly tag?: string;
  readonly animal?: string;
  readonly visible?: boolean;
}

const HEADER =
  'event-id,visible,timestamp,location-long,location-lat,sensor-type,tag-local-identifier,individual-local-identifier';

/** Rows as Movebank writes them; times without zone are UTC. */
export function movebank(rows: readonly Row[]): string {
  const lines = rows.map(({ at, lon, lat, tag = 'T1', animal = 'F1', visible = true }, index) =>
    [index + 1, visible, at.replace('T', ' ').replace('Z', ''), lon, lat, 'gps', tag, animal].join(','),
  );
  return [HEADER, ...lines, ''].join('\n');
}

/** A walk of so many rows, one each half hour, a few metres from one to the next. */
export function walk(count: number, from = '2008-03-01T00:00:00.000Z', who: Partial<Row> = {}): Row[] {
  const begin = Date.parse(from);
  return Array.from({ length: count }, (_, i) => ({
    at: new Date(begin + i * 1_800_000).toISOString(),
    lon: 131 + Math.sin(i / 50) / 100,
    lat: 43 + i / 1e6,
    ...who,
  }));
}

/** REST with imports and alerting on a database of its own. */
export interface ImportsApp extends RestApp {
  /** Sends a file; `query` as REST takes it. */
  send(text: string, query?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends a file that is to be taken, and waits until it is done with. */
  imported(text: string, query?: Readonly<Record<string, string>>): Promise<ImportView>;
  /** An import when its state is none of these any more. */
  after(id: string, ...states: string[]): Promise<ImportView>;
  count(
    table: 'fix' | 'dead_letter' | 'animal' | 'collar' | 'deployment' | 'failed_attempt' | 'batch',
  ): Promise<number>;
}

export async function startImportsApp(settings: Readonly<Record<string, string>> = {}): Promise<ImportsApp> {
  const folder = await mkdtemp(path.join(tmpdir(), 'collarwatch-imports-'));
  const rest = await startRestApp({ DATA_DIR: folder, ...settings }, [ImportsModule, AlertingModule]);
  rest.app.get(CommittedFixes).start();
  rest.app.get(Evaluator).start();
  await rest.app.get(Imports).start();
  const send: ImportsApp['send'] = (text, query = {}) =>
    rest.ask('POST', `/api/v1/imports?${new URLSearchParams(query).toString()}`, {
      headers: { 'content-type': 'text/csv' },
      body: text,
    });
  const after: ImportsApp['after'] = async (id, ...states) => {
    for (;;) {
      const { json } = await rest.ask('GET', `/api/v1/imports/${id}`);
      const view = json as ImportView;
      if (!states.includes(view.state)) return view;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    ...rest,
    send,
    after,
    imported: async (text, query = {}) => {
      const { json } = await send(text, { create: 'true', dryRun: 'false', ...query });
      return after((json as ImportView).id, 'received', 'running');
    },
    count: async (table) => {
      const client = rest.test.database.client;
      const [row] = {
        fix: await client.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n FROM fix`,
        dead_letter: await client.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n FROM dead_letter`,
        animal: await client.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n FROM animal`,
        collar: await client.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n FROM collar`,
        deployment: await client.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n FROM deployment`,
        failed_attempt: await client.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n FROM failed_attempt`,
        batch: await client.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n FROM batch`,
      }[table];
      return row!.n;
    },
    close: async () => {
      await rest.app.get(Imports).stop();
      await rest.app.get(Evaluator).stop();
      rest.app.get(CommittedFixes).stop();
      await rest.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
