import os from 'node:os';

/** What the figures were measured on, in one line. */
export function machineLine(): string {
  const cpus = os.cpus();
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GB`;
  const load = os
    .loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
  return (
    `${cpus.length} cores of ${cpus[0]?.model.trim() ?? 'an unknown processor'}, ${memory}, ${os.type()} ${os.release()}, ` +
    `Node ${process.versions.node}; load before (1, 5, 15 min) ${load}`
  );
}
