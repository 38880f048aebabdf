import { jest } from '@jest/globals';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import jsonV1 from '../../src/formats/json-v1.ts';
import { describeWithRealData } from '../../test/support/real-data.ts';
import { TestBroker, until } from '../../test/unit/simulator/test-broker.ts';
import { TestTerminal } from '../../test/unit/simulator/test-terminal.ts';
import { run } from '../cli.ts';
import { replay } from './replay.ts';

jest.setTimeout(60_000); // a busy machine is slow, not wrong

let folder: string;
let broker: TestBroker;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'collarwatch-replay-spec-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  broker = await TestBroker.start();
});

afterEach(() => broker.stop());

function start(file: string, ...args: string[]) {
  const { terminal, out, errors } = new TestTerminal();
  const stop = new AbortController();
  const login = args.some((arg) => arg.startsWith('--register')) ? [] : ['--username', 'iridium', '--secret', 's'];
  const code = run([replay], ['replay', file, '--url', broker.url, ...login, ...args], { terminal, stop: stop.signal });
  return { code, out, errors, stop: () => stop.abort() };
}

/** Two animals, the file ordered by animal as exports are; every third attempt of the first got no position. */
function study(rows: number): string {
  const file = path.join(folder, `study-${rows}.csv`);
  const lines = ['timestamp,location-long,location-lat,sensor-type,tag-local-identifier,individual-local-identifier'];
  for (const [animal, shift] of [
    ['Salif Keita', 0],
    ['Ōkami', 30],
  ] as const) {
    for (let i = 0; i < rows; i += 1) {
      const time = new Date(Date.UTC(2014, 0, 1, i, shift)).toISOString().slice(0, 23).replace('T', ' ');
      const place = shift === 0 && i % 3 === 0 ? ',' : `${(10 + i / 1_000).toFixed(3)},5`;
      lines.push(`${time},${place},gps,tag ${shift},${animal}`);
    }
  }
  writeFileSync(file, lines.join('\r\n'));
  return file;
}

const received = () =>
  broker.received.flatMap(({ topic, payload }) =>
    jsonV1.decode(Buffer.from(payload)).map((decoded) => {
      if (decoded.kind === 'invalid') throw new Error(payload);
      return { topic, kind: decoded.kind, at: decoded.kind === 'reading' ? decoded.reading.at : decoded.attempt.at };
    }),
  );

describe('replay', () => {
  it('plays all rows once, in order of time over all animals, each to its collar', async () => {
    const { code, errors } = start(study(100));
    expect(await code).toBe(0);
    const played = received();
    expect(played.map(({ at }) => at)).toEqual(Array.from({ length: 200 }, (_, i) => Date.UTC(2014, 0, 1, 0, i * 30)));
    expect(played.every(({ topic }, i) => topic === `collars/tag-${i % 2 === 0 ? 0 : 30}/fixes`)).toBe(true);
    expect(played.filter(({ kind }) => kind === 'failed')).toHaveLength(34);
    expect(errors).toContain('serial of tag tag 0 → tag-0');
    expect(errors[errors.length - 1]).toBe(
      'done: 200 of 200 rows to 2014-01-05T03:30:00.000Z: 166 fixes and 34 failed attempts in 200 messages, ' +
        'acknowledged 200, unacknowledged 0',
    );
  });

  it('plays arrays, and no more than its limit', async () => {
    const { code } = start(study(100), '--array', '7', '--limit', '45');
    expect(await code).toBe(0);
    expect(received()).toHaveLength(45);
    expect(broker.received.length).toBe(8); // 3 full ones of each, and the rest of each
    for (const tag of [0, 30]) {
      const times = received()
        .filter(({ topic }) => topic === `collars/tag-${tag}/fixes`)
        .map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  it('plays at a speed', async () => {
    const began = performance.now();
    const { code } = start(study(4), '--speed', '36000'); // 3.5 h in 350 ms
    expect(await code).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(340);
    expect(received()).toHaveLength(8);
  });

  it('stopped, finishes what is on the way', async () => {
    const { code, stop, errors } = start(study(100), '--speed', '1');
    await until(() => broker.received.length === 1);
    stop();
    expect(await code).toBe(0);
    expect(errors[errors.length - 1]).toMatch(/^stopped: 1 of 200 rows .* acknowledged 1, unacknowledged 0$/);
  });

  it.each([
    [['--register', 'http://127.0.0.1:1'], '--token: needed for --register'],
    [['--register', 'server', '--token', 't'], '--register: expected an address'],
    [['--array', '1001'], '--array: expected 1 to 1000'],
    [['second.csv'], 'expected one file'],
  ])('refuses %j', async (args, message) => {
    const { code, errors } = start(study(4), ...args);
    expect(await code).toBe(2);
    expect(errors).toEqual([expect.stringContaining(`replay: ${message}`)]);
  });

  it('needs a login', async () => {
    const { terminal, errors } = new TestTerminal();
    const surroundings = { terminal, stop: new AbortController().signal };
    expect(await run([replay], ['replay', study(4)], surroundings)).toBe(2);
    expect(errors).toEqual(['replay: expected --register and --token, or --username and --secret']);
  });
});

describe('replay --register', () => {
  let server: Server;
  let requests: { method: string; url: string; authorization: string; body: Reserve }[];
  let status: number;

  interface Reserve {
    readonly animals: { id: string; name: string }[];
    readonly collars: { serial: string; secret: string }[];
    readonly deployments: { animal: string; collar: string; from: string; to: string }[];
    readonly gateways: { id: string; secret: string; collars: string[] }[];
  }

  beforeEach(async () => {
    requests = [];
    status = 200;
    server = createServer((request: IncomingMessage, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const body = JSON.parse(Buffer.concat(parts).toString()) as Reserve;
        requests.push({ method, url, authorization: headers.authorization ?? '', body });
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"title":"not today"}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => server.close());

  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it('registers first, then publishes as the gateway it made', async () => {
    const { code, errors } = start(study(10), '--register', address(), '--token', 'admin-token');
    expect(await code).toBe(0);
    expect(requests).toHaveLength(1);
    const [{ method, url, authorization, body }] = requests as [(typeof requests)[0]];
    expect([method, url, authorization]).toEqual(['PUT', '/api/v1/reserve', 'Bearer admin-token']);
    expect(body.animals).toEqual([
      { id: 'salif-keita', name: 'Salif Keita' },
      { id: 'okami', name: 'Ōkami' },
    ]);
    expect(body.deployments).toEqual([
      { animal: 'salif-keita', collar: 'tag-0', from: '2014-01-01T00:00:00.000Z', to: '2014-01-01T09:00:00.001Z' },
      { animal: 'okami', collar: 'tag-30', from: '2014-01-01T00:30:00.000Z', to: '2014-01-01T09:30:00.001Z' },
    ]);
    expect(body.gateways).toEqual([
      { id: 'replay-study-10', secret: expect.any(String), collars: ['tag-0', 'tag-30'] },
    ]);
    expect(broker.usernames).toEqual(['replay-study-10']);
    expect(received()).toHaveLength(20);
    expect(errors.join('\n')).not.toContain(body.gateways[0]?.secret ?? 'x');
  });

  it('says what the server said when it refuses, and publishes nothing', async () => {
    status = 403;
    const { code, errors } = start(study(10), '--register', address(), '--token', 'not-admin');
    expect(await code).toBe(1);
    expect(errors[errors.length - 1]).toBe(`replay: register at ${address()}: 403 {"title":"not today"}`);
    expect(broker.usernames).toEqual([]);
    const gone = address();
    await new Promise((resolve) => server.close(resolve));
    const nowhere = start(study(10), '--register', gone, '--token', 't');
    expect(await nowhere.code).toBe(1);
    expect(nowhere.errors[nowhere.errors.length - 1]).toContain('ECONNREFUSED');
  });
});

describeWithRealData('movebank-elephants-wall2014', (place) => {
  it('plays 23,494 fixes in order of time', async () => {
    const { code } = start(path.join(place, 'elephants.csv.gz'), '--array', '50');
    expect(await code).toBe(0);
    const played = received();
    expect(played).toHaveLength(23_494);
    expect(new Set(played.map(({ topic }) => topic)).size).toBe(2);
  });
});
