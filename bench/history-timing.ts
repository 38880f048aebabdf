import type { Client } from 'pg';
import type { Asked, Question } from './history-questions.ts';
import { round, spread } from './measure.ts';
import { ADMIN_TOKEN } from './server-under-bench.ts';

/** Not counted: the pages are being read and the code compiled. */
const WARM_UP = 3;
const LONG_RUNS = 3;
/** A question that takes longer is given up; so is the asking of one in all its cases. */
const PATIENCE_MS = 60_000;

/** Milliseconds of one question, and of the bare statement in the same run. */
export interface Timed {
  readonly name: string;
  readonly goal: number | undefined;
  /** A word: why there are none. */
  readonly ours: readonly number[] | 'not here' | 'over a minute';
  readonly bare: readonly number[];
  readonly bytes: number;
}

/** Asks every question over HTTP and on a bare connection in turn, one at a time. */
export async function timeAll(
  http: string,
  database: Client,
  questions: readonly Question[],
  runs: number,
): Promise<Timed[]> {
  const timed: Timed[] = [];
  for (const question of questions) timed.push(await timeOne(http, database, question, runs));
  return timed;
}

async function timeOne(http: string, database: Client, question: Question, runs: number): Promise<Timed> {
  const { name, goal, asked, proof } = question;
  const [ours, bare]: number[][] = [[], []];
  const first = await get(http, asked(0));
  if (first === null) return { name, goal, ours: 'over a minute', bare: [], bytes: 0 };
  if (!first.ok || !proof(first.text)) return { name, goal, ours: 'not here', bare: [], bytes: 0 };
  const since = performance.now();
  let bytes = 0;
  for (let turn = question.long ? 0 : -WARM_UP; turn < (question.long ? LONG_RUNS : runs); turn++) {
    if (ours!.length > 0 && performance.now() - since > PATIENCE_MS) break;
    const one = asked(Math.abs(turn));
    const answer = await get(http, one);
    if (answer === null) break;
    if (!answer.ok) throw new Error(`${one.path}: ${answer.text.slice(0, 200)}`);
    bytes = Math.max(bytes, answer.bytes);
    const began = performance.now();
    if (one.bare) await database.query(one.bare.text, [...one.bare.values]);
    if (turn < 0) continue;
    ours!.push(answer.ms);
    if (one.bare) bare!.push(performance.now() - began);
  }
  return { name, goal, ours: ours!.length > 0 ? ours! : 'over a minute', bare: bare!, bytes };
}

/** @returns null: nothing came in time */
async function get(http: string, { path }: Asked) {
  const began = performance.now();
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const asked = fetch(http + path, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  const answer = await asked.catch(late);
  const body = await answer?.arrayBuffer().catch(late);
  if (!answer || !body) return null;
  const ms = performance.now() - began;
  return { ok: answer.ok, ms, bytes: body.byteLength, text: Buffer.from(body).toString() };
}

/** @throws any other error than that of patience */
function late(error: unknown): null {
  if ((error as { name?: string }).name === 'TimeoutError') return null;
  throw error;
}

export const TIMED_HEAD = [
  '| what | p50, ms | p99 | min–max | goal p50 | bare SQL p50 | ours ÷ it | largest answer, kB |',
  '|---|---|---|---|---|---|---|---|',
].join('\n');

export function timedRow({ name, goal, ours, bare, bytes }: Timed): string {
  if (typeof ours === 'string') return `| ${name} | ${ours} | – | – | ${goal ?? '–'} | – | – | – |`;
  const { min, median, max } = spread(ours);
  const held = bare.length > 0 ? spread(bare).median : null;
  const cells = [
    name,
    round(median),
    round(quantile(ours, 0.99)),
    `${round(min)}–${round(max)}`,
    goal ?? '–',
    held === null ? '–' : round(held),
    held === null ? '–' : round(median / held),
    round(bytes / 1_000),
  ];
  return `| ${cells.join(' | ')} |`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
