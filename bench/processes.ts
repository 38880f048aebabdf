// What the kernel knows of processes: Linux only, as the figures of the benches are.
import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds of one tick of /proc/<pid>/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MICROS = 10_000;

/** Fields of /proc/<pid>/stat from the third on, by their names in proc(5). */
interface Stat {
  readonly ppid: number;
  /** Processor time of itself, and of children that have ended, microseconds. */
  readonly ownMicros: number;
  readonly endedChildrenMicros: number;
}

function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program stands in brackets and may hold blanks.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, ppid = 0] = fields;
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return { ppid, ownMicros: (utime + stime) * TICK_MICROS, endedChildrenMicros: (cutime + cstime) * TICK_MICROS };
  } catch {
    return null;
  }
}

/** The processes that a process has started. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.ppid === parent);
}

/** Processor time of one process, microseconds; 0 when it has gone. */
export function cpuMicros(pid: number): number {
  return statOf(pid)?.ownMicros ?? 0;
}

/** Processor time of a process, of its children that live and of those that have ended, microseconds. */
export function familyCpuMicros(parent: number): number {
  const own = statOf(parent);
  return (
    (own?.ownMicros ?? 0) +
    (own?.endedChildrenMicros ?? 0) +
    childrenOf(parent).reduce((sum, pid) => sum + cpuMicros(pid), 0)
  );
}

/** Resident memory, bytes; 0 when it has gone. */
export function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

/** Looks at the resident memory of a process over and over. */
export class PeakMemory {
  bytes = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(pid: number) {
    const look = () => (this.bytes = Math.max(this.bytes, residentBytes(pid)));
    look();
    this.timer = setInterval(look, 100);
  }

  stop(): number {
    clearInterval(this.timer);
    return this.bytes;
  }
}
