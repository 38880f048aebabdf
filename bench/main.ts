import { machineLine } from './machine.ts';
import { markdownRow, type Measured, TABLE_HEAD } from './measure.ts';

interface Bench {
  readonly about: string;
  /** What --quick adds: sizes that tell whether the bench works, and nothing of speed. */
  readonly quick: readonly string[];
  /** @returns Markdown */
  readonly run: (args: readonly string[]) => Promise<string>;
}

const measuredTable = (rows: readonly Measured[]) => [TABLE_HEAD, ...rows.map(markdownRow)].join('\n');

// Each bench is loaded when it is wanted: one that does not load keeps no other from running.
const BENCHES: Readonly<Record<string, Bench>> = {
  ingest: {
    about: 'fixes a second, stored, through the whole server',
    quick: ['--quick'],
    run: async (args) => (await import('./ingest.ts')).run(args),
  },
  judge: {
    about: 'fixes a second that one core judges against farms',
    quick: ['--fixes', '10000', '--runs', '2'],
    run: async (args) => measuredTable(await (await import('./judge.ts')).run(args)),
  },
  'alert-accuracy': {
    about: 'alerts held against what simulated animals truly did',
    quick: ['--seeds', '2', '--days', '20', '--intervals', '1h,4h'],
    run: async (args) => (await import('./alert-accuracy.ts')).run(args),
  },
  late: {
    about: 'milliseconds until fixes that come late are judged again',
    quick: ['--quick'],
    run: async (args) => (await import('./late.ts')).run(args),
  },
  fanout: {
    about: 'deliveries a second to websocket readers',
    quick: ['--ticks', '300', '--runs', '2'],
    run: async (args) => measuredTable(await (await import('./fanout.ts')).run(args)),
  },
  history: {
    about: 'milliseconds of questions about five years of fixes, and their bytes on disk',
    quick: ['--quick'],
    run: async (args) => (await import('./history.ts')).run(args),
  },
  latency: {
    about: 'milliseconds from publish to PUBACK and to websocket frame',
    quick: ['--quick'],
    run: async (args) => (await import('./latency.ts')).run(args),
  },
};

const USAGE = `npm run bench -- <name> [--quick] [--runs N] [options]

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(9)} ${about}`)
  .join('\n')}
  all       one after the other; takes --quick and --runs only

bench/README.md tells the options and how to read the figures.
`;

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help') {
    process.stdout.write(USAGE);
    return name === undefined ? 2 : 0;
  }
  const names = name === 'all' ? Object.keys(BENCHES) : [name];
  if (!names.every((wanted) => Object.hasOwn(BENCHES, wanted))) {
    process.stderr.write(`bench: no bench ${name}; there are ${Object.keys(BENCHES).join(', ')} and all\n`);
    return 2;
  }
  for (const wanted of names) {
    const machine = machineLine();
    const table = await BENCHES[wanted]!.run(optionsOf(wanted, args));
    const command = ['npm run bench --', wanted, ...args].join(' ');
    process.stdout.write(
      `### ${wanted}\n\n${new Date().toISOString().slice(0, 10)}, ${machine}. \`${command}\`\n\n${table}\n\n`,
    );
  }
  return 0;
}

function optionsOf(name: string, args: readonly string[]): string[] {
  const quick = args.includes('--quick') ? BENCHES[name]!.quick : [];
  // What is said outright comes last and wins.
  return [...quick, ...args.filter((arg) => arg !== '--quick')];
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
