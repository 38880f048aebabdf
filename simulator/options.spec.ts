import { run } from './cli.ts';
import { command } from './command.ts';
import { choice, count, duration, flag, moment, number, place, readOptions, share, speed, text } from './options.ts';
import { TestTerminal } from '../test/unit/simulator/test-terminal.ts';

const OPTIONS = {
  name: text('a name', 'sofia'),
  collars: count('collars'),
  ratio: number('a ratio', 1),
  chance: share('a chance', 0.25),
  interval: duration('an interval', 7_200_000),
  from: moment('a moment'),
  speed: speed('a speed'),
  home: place('a place'),
  way: choice(['satellite', 'lorawan'], 'a way', 'satellite'),
  soon: flag('soon'),
};
const read = (...args: string[]) => readOptions(OPTIONS, args).values;

describe('readOptions', () => {
  it('falls back where nothing is given', () => {
    expect(read()).toEqual({
      ...{ name: 'sofia', collars: undefined, ratio: 1, chance: 0.25, interval: 7_200_000, from: undefined },
      ...{ speed: undefined, home: undefined, way: 'satellite', soon: false },
    });
  });

  it('reads every kind of value', () => {
    expect(
      read(
        ...['--name', 'x', '--collars', '12', '--ratio', '0.5', '--chance', '1', '--interval', '15m', '--soon'],
        ...['--from', '2026-01-01T09:00:00+10:00', '--speed', '120', '--home', '131.2,42.6', '--way', 'lorawan'],
      ),
    ).toEqual({
      ...{ name: 'x', collars: 12, ratio: 0.5, chance: 1, interval: 900_000, from: Date.UTC(2025, 11, 31, 23) },
      ...{ speed: 120, home: { lon: 131.2, lat: 42.6 }, way: 'lorawan', soon: true },
    });
    expect(read('--speed', 'max').speed).toBe('max');
    expect(read('--speed', '0').speed).toBe('max');
    expect(read('--home=-70.5,-10').home).toEqual({ lon: -70.5, lat: -10 });
    expect(['90s', '1.5h', '2d', '250ms'].map((each) => read('--interval', each).interval)).toEqual([
      ...[90_000, 5_400_000, 172_800_000, 250],
    ]);
  });

  it.each([
    ['--collars', '0', '--collars: expected a whole number over 0, not "0"'],
    ['--collars', '1e3', '--collars: expected a whole number over 0, not "1e3"'],
    ['--ratio', 'x', '--ratio: expected a number over 0, not "x"'],
    ['--chance', '1.5', '--chance: expected a number from 0 to 1, not "1.5"'],
    ['--interval', '2', '--interval: expected a time such as 90s, 15m, 2h or 1d, not "2"'],
    ['--from', '2026-01-01T09:00:00', '--from: expected a time with its zone such as 2026-01-01T00:00:00Z'],
    ['--from', '2026-13-01T09:00:00Z', '--from: expected a time with its zone'],
    ['--speed', 'fast', '--speed: expected a factor, or max, not "fast"'],
    ['--home', '91', '--home: expected longitude,latitude'],
    ['--home', '10,91', '--home: expected longitude,latitude'],
    ['--way', 'gsm', '--way: expected satellite or lorawan, not "gsm"'],
    ['--name', '', '--name: expected a text, not ""'],
    ['--nothing', '', "unknown option '--nothing'"],
  ])('refuses %s %s in one line', (name, value, message) => {
    expect(() => read(name, value)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message) }) as Error,
    );
    expect(() => read(name, value)).not.toThrow(/\n/);
  });
});

describe('run', () => {
  const greet = command({
    name: 'greet',
    summary: 'Greets.',
    usage: '[options]',
    options: { name: text('whom', 'you') },
    run: async ({ values }, { terminal }) => {
      if (values.name === 'nobody') throw new Error('nobody is here');
      await terminal.print(`hello ${values.name}`);
      return 0;
    },
  });
  const call = async (...args: string[]) => {
    const { terminal, out, errors } = new TestTerminal();
    const code = await run([greet], args, { terminal, stop: new AbortController().signal });
    return { code, out, errors };
  };

  it('runs a command with its options', async () => {
    expect(await call('greet', '--name', 'sofia')).toEqual({ code: 0, out: ['hello sofia'], errors: [] });
  });

  it('says in one line what is wrong, and exits with 2; what did not work, with 1', async () => {
    expect(await call('greet', '--nam', 'x')).toEqual({ code: 2, out: [], errors: ["greet: unknown option '--nam'"] });
    expect(await call('leave')).toEqual({ code: 2, out: [], errors: ['no command leave: expected greet'] });
    expect(await call('greet', '--name', 'nobody')).toEqual({ code: 1, out: [], errors: ['greet: nobody is here'] });
  });

  it('helps', async () => {
    expect((await call('greet', '--help')).out[0]).toContain('  --name TEXT  whom');
    expect((await call('--help')).out[0]).toContain('greet');
    expect((await call()).code).toBe(2);
  });
});
