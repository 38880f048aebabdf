import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadRules } from '../../src/rules/index.ts';
import { draw } from '../drawings/draw.ts';
import { stories } from '../drawings/stories.ts';
import { tell, type Telling } from '../drawings/telling.ts';

const docs = path.resolve(import.meta.dirname, '../../docs');
const folder = path.join(docs, 'drawings');
const rules = await loadRules();
const tellings = new Map<string, Telling>();
for (const story of stories) tellings.set(story.name, await tell(story, rules));

/** What was told, in few words: the change, the alert by its number, and what is left of it. */
const toldOf = (name: string): string[] => {
  const { changes } = tellings.get(name)!;
  const ids = [...new Set(changes.map(({ alertId }) => alertId))];
  return changes.map(({ change, alertId, late }) => `${change} ${ids.indexOf(alertId)}${late ? ' late' : ''}`);
};

describe('drawings of docs/alerts.md', () => {
  it.each([...tellings])('%s is as the engine tells it today', (name, telling) => {
    const file = path.join(folder, `${name}.svg`);
    if (process.env['UPDATE_DRAWINGS'] === '1') writeFileSync(file, draw(telling));
    expect(readFileSync(file, 'utf8')).toBe(draw(telling));
  });

  it('are all there are, and all are shown', () => {
    const names = stories.map(({ name }) => `${name}.svg`).sort();
    const text = readFileSync(path.join(docs, 'alerts.md'), 'utf8');
    const shown = [...text.matchAll(/\(drawings\/([a-z-]+\.svg)\)/g)].map(([, name]) => name);
    expect(readdirSync(folder).sort()).toEqual(names);
    expect([...shown].sort()).toEqual(names);
  });

  it('tell what the page says of them', () => {
    expect(Object.fromEntries(stories.map(({ name }) => [name, toldOf(name)]))).toEqual({
      visit: ['opened 0', 'escalated 0', 'escalated 0', 'eased 0', 'closed 0'],
      between: ['opened 0 late', 'closed 0'],
      doubts: ['opened 0', 'closed 0'],
      amended: ['opened 0', 'amended 0'],
      'opened-late': ['opened 0 late', 'escalated 0 late', 'closed 0 late'],
      retracted: ['opened 0', 'retracted 0'],
      split: ['opened 0', 'amended 0 late', 'opened 1'],
      merged: ['opened 0', 'closed 0', 'opened 1', 'amended 0', 'retracted 1'],
      silence: ['opened 0', 'escalated 0', 'closed 0'],
    });
  });
});
