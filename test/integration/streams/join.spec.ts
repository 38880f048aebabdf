import { setTimeout as sleep } from 'node:timers/promises';
import { CommittedFixes } from '../../../src/ingest/committed-fixes.ts';
import { FixStore } from '../../../src/ingest/fix.store.ts';
import { seeded } from '../../../bench/measure.ts';
import { aFix } from '../../factories/fixes.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { AT, LiveServer } from './live-server.ts';
import type { LiveClient, LiveFrame } from '../../support/live-client.ts';

const RUN_MS = 6_000;
const COMMITTERS = 3;
const READERS = 24;

let test: TestDatabase;
let server: LiveServer;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await LiveServer.start(test.database);
  await server.register();
});
afterAll(async () => {
  await server.stop();
  await test.drop();
});

interface Committed {
  readonly seq: number;
  readonly animal: string;
  readonly at: number;
}
const committed: Committed[] = [];
const seqOf = (cursor: string) => Number(/\d+$/.exec(cursor)?.[0]);
const key = ({ animal, at }: { animal: string; at: number | string }) => `${animal} ${new Date(at).toISOString()}`;

/** Commits side by side with its like; some of it is announced, some in the wrong order, some is left to be found. */
async function commitUntil(end: number, who: number, random: () => number): Promise<void> {
  const collars = ['30211', '30212'].map((serial) => server.collarId(serial));
  for (let count = 0; Date.now() < end; count++) {
    const fixes = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, part) =>
      aFix({ collarId: collars[part % 2]!, at: AT + (count * 10 + part) * COMMITTERS + who }),
    );
    const { seq, committedAt } = await server.app.get(FixStore, { strict: false }).commit(fixes);
    for (const { collarId, at } of fixes)
      committed.push({ seq: seq!, animal: collarId === collars[0] ? 'sofia' : 'narva', at });
    if (random() < 0.5) await sleep(random() * 3);
    if (random() < 0.8) server.app.get(CommittedFixes).announce({ seq: seq!, committedAt, kind: 'fixes', fixes });
  }
}

/** A reader whose connection breaks again and again, and who goes on from its cursor; now and then it begins anew. */
class Wanderer {
  /** What it was told since its last snapshot, and where that stood. */
  frames: LiveFrame[] = [];
  snapshots = 0;
  resumes = 0;
  private client: LiveClient | undefined;

  constructor(private readonly random: () => number) {}

  async wanderUntil(end: number): Promise<void> {
    for (; Date.now() < end; await this.leave()) {
      const cursor = this.frames.findLast(({ data }) => data.cursor !== undefined)?.data.cursor;
      await this.arrive(this.random() < 0.8 ? cursor : undefined);
      await sleep(this.random() * 300);
    }
    await this.arrive(this.frames.findLast(({ data }) => data.cursor !== undefined)?.data.cursor);
  }

  private async arrive(after: string | undefined): Promise<void> {
    this.client = await server.connect();
    if (this.random() < 0.3) this.client.subscribe({ id: 'other', stream: 'positions', animals: ['narva'] });
    if (this.random() < 0.3) await sleep(this.random() * 20);
    if (after === undefined) {
      this.frames = [];
      this.snapshots++;
    } else this.resumes++;
    this.client.subscribe({ id: 'p1', stream: 'positions', ...(after === undefined ? {} : { after }) });
  }

  async leave(): Promise<void> {
    await this.client?.cut();
    this.frames.push(...(this.client?.frames.filter(({ data }) => data.id === 'p1') ?? []));
    this.client = undefined;
  }

  /** Whether it stands at the head of the log. */
  async untilAt(seq: number): Promise<void> {
    await this.client!.until(() => seqOf(this.client!.cursorOf('p1') ?? '0') >= seq, `cursor ${seq}`);
  }
}

it('each subscriber is told every fix once, whenever it came and went, while commits go on', async () => {
  const end = Date.now() + RUN_MS;
  const wanderers = Array.from({ length: READERS }, (_, reader) => new Wanderer(seeded(reader + 1)));
  await Promise.all([
    ...Array.from({ length: COMMITTERS }, (_, who) => commitUntil(end, who, seeded(100 + who))),
    ...wanderers.map((wanderer) => wanderer.wanderUntil(end)),
  ]);
  const head = Math.max(...committed.map(({ seq }) => seq));
  await Promise.all(wanderers.map((wanderer) => wanderer.untilAt(head)));
  await Promise.all(wanderers.map((wanderer) => wanderer.leave()));

  for (const { frames } of wanderers) {
    const snapshot = frames.find(({ event }) => event === 'snapshot')!.data;
    const joinedAt = seqOf(snapshot.cursor);
    const newest = new Map<string, Committed>();
    for (const fix of committed)
      if (fix.seq <= joinedAt && fix.at > (newest.get(fix.animal)?.at ?? 0)) newest.set(fix.animal, fix);
    expect(snapshot.positions.map(key).sort()).toEqual([...newest.values()].map(key).sort());

    const told = frames.flatMap(({ event, data }) => (event === 'positions' ? data.positions.map(key) : []));
    const due = committed.filter(({ seq }) => seq > joinedAt).map(key);
    expect(told.length).toBe(due.length);
    expect(told.sort()).toEqual(due.sort());
    expect(frames.filter(({ event }) => !['subscribed', 'snapshot', 'positions'].includes(event))).toEqual([]);
  }
  const sum = (count: (wanderer: Wanderer) => number) => wanderers.reduce((total, one) => total + count(one), 0);
  expect(sum(({ snapshots }) => snapshots)).toBeGreaterThan(READERS);
  expect(sum(({ resumes }) => resumes)).toBeGreaterThan(READERS);
  expect(committed.length).toBeGreaterThan(1_000);
}, 60_000);
