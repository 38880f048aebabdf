import { spawn } from 'node:child_process';
import path from 'node:path';

const MAIN = path.resolve(import.meta.dirname, '../../dist/bench/main.js');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function bench(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

// How fast anything is, no test says: these hold that the benches work and that what they count is true.
describe('npm run bench', () => {
  it('ingest: prints rows whose sent = acknowledged = stored, as the store has counted them', async () => {
    const size = ['--runs', '1', '--fixes', '2000', '--collars', '50', '--farms', '50', '--readers', '2'];
    const { code, out, err } = await bench('ingest', '--quick', ...size, '--rows', 'single,array');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('embedded door, arrays of 20: run 1 of 1') });
    expect(out).toContain('sent = acknowledged = stored');
    expect(out).toMatch(/^\| embedded door, one fix a message +\| 1 × 2,000 \|/m);
    expect(out).toMatch(/^\| embedded door, arrays of 20 +\| 1 × 2,000 \|/m);
    // Two rows, each a round that is not counted and one that is.
    expect(out).toMatch(/^\| fixes stored in all \| 8,000 \|/m);
  }, 60_000);

  it('alert-accuracy: prints the same tables for the same seeds, with every rule and both ways of delivery', async () => {
    const size = ['--seeds', '1', '--days', '8', '--intervals', '1h'];
    const [first, second] = [await bench('alert-accuracy', ...size), await bench('alert-accuracy', ...size)];
    expect(first.code).toBe(0);
    const tables = ({ out }: Ended) => out.slice(out.indexOf('1 animals × 8 days'));
    expect(tables(first)).toBe(tables(second));
    for (const row of ['near', 'close', 'inside'])
      expect(first.out).toMatch(new RegExp(`^\\| 1h, satellite .*\\| ${row} \\|`, 'm'));
    for (const row of ['silence', 'boundary', 'approach', 'immobility', 'low-battery'])
      expect(first.out).toMatch(new RegExp(`^\\| 1h, lorawan \\| ${row} \\|`, 'm'));
    expect(first.out).toContain('Goals (1h, lorawan):');
  }, 60_000);

  it('late: judges fixes again that come late, one by one, in a batch and in random order', async () => {
    const { code, out } = await bench('late', '--quick', '--days', '45', '--late', '5');
    expect(code).toBe(0);
    expect(out).toMatch(/^\| in time, one fix onto 45 days .* \| 5 \| 1, 1 \|/m);
    expect(out).toMatch(/^\| late, one fix anywhere in it \| 5 \| /m);
    expect(out).toMatch(/^\| late, \d+ fixes a month old, one commit \| 1 \| [\d,]+, [\d,]+ \| .* \| 1 \|$/m);
    expect(out).toMatch(/^\| 2,160 fixes of an unknown animal in random order, 3 commits \| 1 \|/m);
  }, 60_000);

  it('tells of a bench that it does not have, in one line', async () => {
    const { code, out, err } = await bench('speed');
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: 'bench: no bench speed; there are ingest, judge, alert-accuracy, late, fanout, history, latency and all\n',
    });
  });
});
