import path from 'node:path';
import type { FailedAttempt, Reading } from '../../src/domain/fix.ts';
import jsonV1 from '../../src/formats/json-v1.ts';
import type { Surroundings } from '../command.ts';
import { command } from '../command.ts';
import { count, speed, text, UsageError } from '../options.ts';
import type { Values } from '../options.ts';
import { Pace, sleep, untilDue } from '../pace.ts';
import type { Publisher } from '../publisher.ts';
import { Census } from '../replay/census.ts';
import { readMovebank } from '../replay/read-csv.ts';
import { gatewayOf, register, reserveOf } from '../replay/registration.ts';
import { TimeOrder } from '../replay/time-order.ts';
import { connectPublisher } from './broker.ts';
import type { Login } from './broker.ts';

const MAX_ARRAY = 1_000;
/** Rows that could not be read are told one by one up to here, then only counted. */
const TOLD_ROWS = 5;

const OPTIONS = {
  url: text('broker (default mqtt://127.0.0.1:1883)', 'mqtt://127.0.0.1:1883'),
  username: text('gateway, or collar, to sign in as'),
  secret: text('its secret'),
  register: text('server, such as http://127.0.0.1:3000: registers animals, collars, deployments and a gateway first'),
  token: text("an administrator's token for --register"),
  speed: speed('factor of real time between rows, or max (default max)', 'max'),
  array: count('fixes of a collar in one message (default 1)', 1),
  limit: count('plays so many rows at most, in order of time'),
  window: count('unacknowledged messages at most (default 100)', 100),
};

type ReplayValues = Values<typeof OPTIONS>;

interface Played {
  readonly serial: string;
  readonly report: Reading | FailedAttempt;
}

export const replay = command({
  name: 'replay',
  summary: 'Plays a Movebank CSV file (.csv, .csv.gz) as live collars, in order of time over all animals.',
  usage: 'FILE.csv (--register URL --token T | --username U --secret S) [options]',
  options: OPTIONS,
  run: async ({ values, positionals: [file, ...more] }, surroundings) => {
    if (file === undefined || more.length > 0) throw new UsageError('expected one file');
    if (values.array > MAX_ARRAY) throw new UsageError(`--array: expected 1 to ${MAX_ARRAY}`);
    if (values.register === undefined) {
      if (values.username === undefined || values.secret === undefined) {
        throw new UsageError('expected --register and --token, or --username and --secret');
      }
    } else if (values.token === undefined) throw new UsageError('--token: needed for --register');
    else if (!URL.canParse(values.register))
      throw new UsageError('--register: expected an address such as http://127.0.0.1:3000');
    const rows = new TimeOrder<Played>();
    try {
      const census = await survey(file, rows, surroundings);
      if (surroundings.stop.aborted) throw new Error('stopped before anything was sent');
      const login = await prepareLogin(file, census, values, surroundings);
      return await play(rows, login, values, surroundings);
    } finally {
      await rows.close();
    }
  },
});

/** Reads the whole file once: who is in it, and its rows in order of time. */
async function survey(file: string, rows: TimeOrder<Played>, { terminal, stop }: Surroundings): Promise<Census> {
  const census = new Census();
  const passed = { otherSensor: 0, unreadable: 0 };
  const endProgress = terminal.progress(() => `reading ${file}: ${rows.count} rows`);
  try {
    for await (const { row, number } of readMovebank(file)) {
      if (stop.aborted) break;
      if (row.kind === 'report') {
        const { report, wearer } = row;
        await rows.add(report.at, { serial: census.add(wearer, report.at), report });
      } else if (row.kind === 'other-sensor') passed.otherSensor += 1;
      else {
        passed.unreadable += 1;
        if (passed.unreadable <= TOLD_ROWS) terminal.tell(`row ${number} passed over: ${row.reason}`);
      }
    }
  } finally {
    endProgress();
  }
  if (passed.unreadable > 0) terminal.tell(`${passed.unreadable} rows passed over that could not be read`);
  if (passed.otherSensor > 0) terminal.tell(`${passed.otherSensor} rows of other sensors than GPS passed over`);
  for (const changed of census.changedSerials()) terminal.tell(`serial of tag ${changed}`);
  return census;
}

async function prepareLogin(
  file: string,
  census: Census,
  values: ReplayValues,
  surroundings: Surroundings,
): Promise<Login> {
  const { url, window, register: base, token } = values;
  if (base === undefined) return { url, window, username: values.username ?? '', password: values.secret };
  const gateway = gatewayOf(path.basename(file));
  await register(base, token ?? '', reserveOf(census.all(), gateway), surroundings.stop);
  const { terminal } = surroundings;
  for (const { animal, serial } of census.all()) terminal.tell(`registered animal ${animal} in collar ${serial}`);
  return { url, window, username: gateway.id, password: gateway.secret };
}

async function play(
  rows: TimeOrder<Played>,
  login: Login,
  values: ReplayValues,
  { terminal, stop }: Surroundings,
): Promise<number> {
  const publisher = await connectPublisher(login, terminal);
  const tally = { rows: 0, fixes: 0, messages: 0, at: 0 };
  const total = Math.min(rows.count, values.limit ?? Infinity);
  const endProgress = terminal.progress(() => describe(tally, total, publisher));
  const groups = new Map<string, (Reading | FailedAttempt)[]>();
  let pace: Pace | undefined;
  let taken = 0;
  const send = async (serial: string, reports: readonly (Reading | FailedAttempt)[]): Promise<void> => {
    await publisher.room(stop);
    if (stop.aborted) return;
    tally.messages += 1;
    tally.rows += reports.length;
    tally.fixes += reports.filter((report) => 'lat' in report).length;
    tally.at = reports[reports.length - 1]?.at ?? tally.at;
    publisher.send(`collars/${serial}/fixes`, jsonV1.encode(reports), () => undefined);
  };
  for await (const { serial, report } of rows.items()) {
    if (stop.aborted || taken >= total) break;
    pace ??= new Pace(report.at, [{ until: Infinity, speed: values.speed }], Date.now());
    await untilDue(pace, report.at, stop);
    taken += 1;
    const group = groups.get(serial) ?? [];
    group.push(report);
    groups.set(serial, group);
    if (group.length < values.array) continue;
    groups.delete(serial);
    await send(serial, group);
  }
  for (const [serial, group] of groups) await send(serial, group);
  while (publisher.unacknowledged > 0 && !stop.aborted) await sleep(10, stop);
  const { unacknowledged } = await publisher.close();
  endProgress();
  terminal.tell(`${stop.aborted ? 'stopped' : 'done'}: ${describe(tally, total, publisher)}`);
  return unacknowledged === 0 ? 0 : 1;
}

function describe(
  tally: { readonly rows: number; readonly fixes: number; readonly messages: number; readonly at: number },
  total: number,
  publisher: Publisher,
): string {
  const { acknowledged } = publisher.counts;
  return (
    `${tally.rows} of ${total} rows to ${new Date(tally.at).toISOString()}: ${tally.fixes} fixes and ` +
    `${tally.rows - tally.fixes} failed attempts in ${tally.messages} messages, acknowledged ${acknowledged}, ` +
    `unacknowledged ${tally.messages - acknowledged}`
  );
}
