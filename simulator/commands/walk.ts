import jsonV1 from '../../src/formats/json-v1.ts';
import type { HerdDelivery } from '../animal.ts';
import { herdDeliveries } from '../animal.ts';
import type { Surroundings } from '../command.ts';
import { command } from '../command.ts';
import { LineFile } from '../line-file.ts';
import { Pace, untilDue } from '../pace.ts';
import { UsageError } from '../options.ts';
import type { Publisher } from '../publisher.ts';
import { Truth } from '../truth.ts';
import { connectPublisher } from './broker.ts';
import { WALK_OPTIONS } from './walk-options.ts';
import type { WalkValues } from './walk-options.ts';
import { planWalk } from './walk-plan.ts';
import type { WalkPlan } from './walk-plan.ts';

/** Unacknowledged messages of one collar at most: small, for a collar has little memory. */
const WINDOW = 50;

interface Tally {
  messages: number;
  fixes: number;
  failed: number;
  simulated: number;
}

export const walk = command({
  name: 'walk',
  summary: 'A collared female that walks: kills, lies up, visits farms; or a herd of them.',
  usage: '--serial SERIAL --secret SECRET [options]',
  options: WALK_OPTIONS,
  run: async ({ values, positionals }, surroundings) => {
    if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals[0] ?? ''}`);
    const plan = planWalk(values, Date.now());
    const file = values.truth === undefined ? undefined : new LineFile(values.truth);
    try {
      const truth = new Truth(file ?? { write: () => undefined }, values['truth-step']);
      return values['dry-run']
        ? await printMessages(plan, truth, surroundings)
        : await publishMessages(plan, truth, values, surroundings, () => file?.flush());
    } finally {
      file?.close();
    }
  },
});

function message({ animal, delivery }: HerdDelivery): { topic: string; payload: Uint8Array } {
  const reports = delivery.attempts.map(({ report }) => report);
  return { topic: `collars/${animal.serial}/fixes`, payload: jsonV1.encode(reports) };
}

async function printMessages(plan: WalkPlan, truth: Truth, { terminal, stop }: Surroundings): Promise<number> {
  for (const each of herdDeliveries(plan.animals, (animal, leg) => truth.leg(animal, leg))) {
    if (stop.aborted) break;
    const { topic, payload } = message(each);
    truth.delivered(each.animal, each.delivery);
    const deliverAt = new Date(each.delivery.at).toISOString();
    const content: unknown = JSON.parse(Buffer.from(payload).toString());
    await terminal.print(JSON.stringify({ deliverAt, topic, payload: content }));
  }
  return 0;
}

async function publishMessages(
  plan: WalkPlan,
  truth: Truth,
  values: WalkValues,
  { terminal, stop }: Surroundings,
  flush: () => void,
): Promise<number> {
  const publishers = await signIn(plan, values, { terminal, stop });
  const all = [...new Set(publishers.values())];
  const tally: Tally = { messages: 0, fixes: 0, failed: 0, simulated: plan.timing.from };
  const endProgress = terminal.progress(() => describe(tally, all));
  const pace = new Pace(plan.timing.from, plan.timing.stretches, Date.now());
  let live = plan.timing.stretches.length === 1;
  for (const each of herdDeliveries(plan.animals, (animal, leg) => truth.leg(animal, leg))) {
    if (!live && each.delivery.at > plan.timing.liveFrom) {
      live = true;
      terminal.tell(`history told: ${describe(tally, all)}; live from ${iso(plan.timing.liveFrom)}`);
    }
    await untilDue(pace, each.delivery.at, stop, flush);
    const publisher = publishers.get(each.animal.serial);
    await publisher?.room(stop);
    if (stop.aborted) break;
    const { topic, payload } = message(each);
    publisher?.send(topic, payload, () => undefined);
    truth.delivered(each.animal, each.delivery);
    count(tally, each);
  }
  const left = await Promise.all(all.map((publisher) => publisher.close()));
  endProgress();
  const unacknowledged = left.reduce((sum, each) => sum + each.unacknowledged, 0);
  terminal.tell(`${stop.aborted ? 'stopped' : 'done'}: ${describe(tally, all)}`);
  return unacknowledged === 0 ? 0 : 1;
}

/** A publisher for each collar: its own, or the gateway's. */
async function signIn(
  { members }: WalkPlan,
  { url, username, secret }: WalkValues,
  { terminal }: Surroundings,
): Promise<Map<string, Publisher>> {
  const gateway =
    username === undefined
      ? undefined
      : await connectPublisher({ url, username, password: secret, window: WINDOW * members.length }, terminal);
  const publishers = new Map<string, Publisher>();
  try {
    for (const { serial, secret: password } of members) {
      const login = { url, username: serial, password, window: WINDOW };
      publishers.set(serial, gateway ?? (await connectPublisher(login, terminal)));
    }
  } catch (error) {
    await Promise.all([...publishers.values()].map((publisher) => publisher.close()));
    throw error;
  }
  return publishers;
}

function count(tally: Tally, { delivery }: HerdDelivery): void {
  const fixes = delivery.attempts.filter(({ outcome }) => outcome === 'fix').length;
  tally.messages += 1;
  tally.fixes += fixes;
  tally.failed += delivery.attempts.length - fixes;
  tally.simulated = delivery.at;
}

function describe(tally: Tally, publishers: readonly Publisher[]): string {
  const acknowledged = publishers.reduce((sum, publisher) => sum + publisher.counts.acknowledged, 0);
  return (
    `simulated ${iso(tally.simulated)}, sent ${tally.messages} messages with ${tally.fixes} fixes and ` +
    `${tally.failed} failed attempts, acknowledged ${acknowledged}, unacknowledged ${tally.messages - acknowledged}`
  );
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
