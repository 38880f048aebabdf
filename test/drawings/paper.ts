import type { EpochMs } from '../../src/domain/fix.ts';

const MS_PER_H = 3_600_000;

/** Where things stand on the paper, pixels. */
export const WIDTH = 800;
export const LEFT = 262;
export const RIGHT = 784;
export const TOP = 26;
export const PANEL = 190;
export const ROW = 24;

/** Drawings are read on light paper and on dark; the page decides, and a paper of its own keeps either readable anywhere. */
export const STYLE = `
    svg { font: 12px system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; --paper: #fff; --ink: #1f2328; --soft: #59636e; --line: #c8d0d8;
      --near: #d9b400; --close: #e2701a; --inside: #b3261e; --silent: #77808a; --could-reach: #b3261e; }
    @media (prefers-color-scheme: dark) { svg { --paper: #14181d; --ink: #e6edf3; --soft: #a3adb8; --line: #3d444d;
      --near: #e6c757; --close: #ff9d5c; --inside: #ff6b60; --silent: #9aa4af; --could-reach: #ff6b60; } }
    .paper { fill: var(--paper); }
    text { fill: var(--ink); }
    .soft { fill: var(--soft); }
    .tiny { font-size: 10px; }
    .end { text-anchor: end; }
    .middle { text-anchor: middle; }
    .line { stroke: var(--line); fill: none; }
    .out { stroke: var(--soft); stroke-dasharray: 2 4; fill: none; }
    .way { stroke: var(--ink); stroke-width: 1.5; fill: none; }
    .gap { stroke: var(--soft); stroke-dasharray: 1 5; fill: none; }
    .fix { fill: var(--ink); stroke: var(--ink); stroke-width: 1.5; }
    .late { fill: var(--paper); }
    .doubted { stroke: var(--ink); stroke-width: 2; fill: none; }
    .ring { opacity: 0.22; }
    .near { fill: var(--near); } .close { fill: var(--close); } .inside { fill: var(--inside); }
    .silent { fill: var(--silent); } .could-reach { fill: var(--could-reach); }
    .gone { fill: none; stroke: var(--soft); stroke-dasharray: 4 3; }
    .learned { stroke: var(--ink); stroke-width: 1.5; }
    .wait { stroke: var(--soft); stroke-dasharray: 1 3; }
    .reach { fill: var(--silent); opacity: 0.3; }
`;

export interface Scale {
  /** Of a moment, pixels from the left. */
  readonly x: (at: EpochMs) => number;
  /** Of a distance, pixels from the top. Grows as its root does, so that the small ones, which matter most, have room. */
  readonly y: (m: number) => number;
}

export function scaleOf(from: EpochMs, until: EpochMs, farthestM: number): Scale {
  const start = from - 0.2 * MS_PER_H;
  const span = until + 0.2 * MS_PER_H - start;
  return {
    x: (at) => LEFT + ((at - start) / span) * (RIGHT - LEFT),
    y: (m) => TOP + PANEL * (1 - Math.sqrt(Math.max(0, m) / farthestM)),
  };
}

/** A number as it stands in a drawing: a tenth of a pixel is enough. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function text(x: number, y: number, words: string, classes = ''): string {
  const named = classes === '' ? '' : ` class="${classes}"`;
  return `<text x="${px(x)}" y="${px(y)}"${named}>${escaped(words)}</text>`;
}

export function clock(at: EpochMs): string {
  return new Date(at).toISOString().slice(11, 16);
}

export function metres(m: number): string {
  return `${Math.round(m).toLocaleString('en')} m`;
}

/** A whole drawing of a height, with what is read aloud in its place. */
export function paper(title: string, description: string, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">
  <title id="title">${escaped(title)}</title>
  <desc id="desc">${escaped(description)}</desc>
  <style>${STYLE}  </style>
  <rect class="paper" width="${WIDTH}" height="${height}" rx="6"/>
  ${parts.join('\n  ')}
</svg>
`;
}
