import { jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { TestBroker, until } from './test-broker.ts';

jest.setTimeout(60_000); // a busy machine is slow, not wrong

const main = path.resolve(import.meta.dirname, '../../../dist/simulator/main.js');

/** The simulator as a process of its own, from dist/, which `npm test` builds. */
function simulate(...args: string[]) {
  if (!existsSync(main)) throw new Error(`${main} is not built: run node tools/build.mjs`);
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { out: '', errors: '' };
  child.stdout.on('data', (text: Buffer) => (output.out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output.errors += text.toString()));
  const ended = once(child, 'close').then(([code]) => code as number);
  return { child, output, ended };
}

describe('the simulator as a process', () => {
  let broker: TestBroker;

  beforeEach(async () => {
    broker = await TestBroker.start();
  });

  afterEach(() => broker.stop());

  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s: what it sent is acknowledged', async (signal) => {
    const { child, output, ended } = simulate(
      ...['fleet', '--url', broker.url, '--gateway', 'g', '--secret', 's', '--rate', '500', '--seconds', '60'],
    );
    await until(() => broker.received.length > 100);
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(output.errors).toMatch(/sent = acknowledged = \d+ messages\n$/);
    expect((JSON.parse(output.out) as { acknowledged: number }).acknowledged).toBe(broker.received.length);
  });

  it('ends within its grace when nothing is acknowledged, says how much, and exits with 1', async () => {
    broker.acknowledging = false;
    const { child, output, ended } = simulate(
      ...[
        'walk',
        '--url',
        broker.url,
        '--secret',
        's',
        '--from',
        '2026-01-01T00:00:00Z',
        '--days',
        '300',
        '--speed',
        'max',
      ],
    );
    await until(() => broker.received.length === 50);
    const stopped = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(performance.now() - stopped).toBeGreaterThan(4_500);
    expect(performance.now() - stopped).toBeLessThan(9_000);
    expect(output.errors).toMatch(/stopped: .*sent 50 messages .* unacknowledged 50\n$/);
  });

  it('shows progress every second, where no terminal watches, as lines', async () => {
    const { output, ended } = simulate(
      ...['fleet', '--url', broker.url, '--gateway', 'g', '--secret', 's', '--rate', '50', '--seconds', '2.5'],
    );
    expect(await ended).toBe(0);
    const progress = output.errors
      .split('\n')
      .filter((line) => /^sent \d+, acknowledged \d+, \d+ messages\/s$/.test(line));
    expect(progress.length).toBeGreaterThanOrEqual(2);
    expect(output.errors).not.toContain('\r');
  });

  it('exits with 2 and one line when asked wrongly', async () => {
    const { output, ended } = simulate('walk', '--interval', 'soon');
    expect(await ended).toBe(2);
    expect(output.errors).toBe('walk: --interval: expected a time such as 90s, 15m, 2h or 1d, not "soon"\n');
  });
});
