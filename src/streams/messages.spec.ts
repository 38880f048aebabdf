import { readFile } from 'node:fs/promises';
import { ERRORS, EVENTS, RESYNC_REASONS, readEnvelope, readSubscription, readUnsubscription } from './messages.ts';

const withCode = (code: string, id?: string) =>
  expect.objectContaining({ code, ...(id === undefined ? {} : { id }) }) as Error;

describe('what clients send', () => {
  it('is a JSON object with an event', () => {
    expect(readEnvelope('{"event":"subscribe","data":{"id":"p1"}}')).toEqual({
      event: 'subscribe',
      data: { id: 'p1' },
    });
    for (const text of ['', '{', 'null', '[]', '1', '"subscribe"', '{"data":{}}', '{"event":1}'])
      expect(() => readEnvelope(text)).toThrow(withCode('malformed'));
  });

  it('subscribes to positions and alerts', () => {
    expect(readSubscription({ id: 'p1', stream: 'positions' })).toEqual({ id: 'p1', stream: 'positions' });
    expect(
      readSubscription({ id: 'p1', stream: 'positions', animals: ['sofia'], bbox: [170, -10, -170, 10], after: 'p-1' }),
    ).toMatchObject({ bbox: [170, -10, -170, 10], after: 'p-1' });
    expect(
      readSubscription({ id: 'a1', stream: 'alerts', farms: ['olenevod'], animals: null, after: null }),
    ).toMatchObject({ farms: ['olenevod'] });
    expect(readUnsubscription({ id: 'p1' })).toEqual({ id: 'p1' });
  });

  it.each([
    ['no data', undefined, 'malformed'],
    ['no id', { stream: 'positions' }, 'malformed'],
    ['an empty id', { id: '', stream: 'positions' }, 'malformed'],
    ['an id of 65 characters', { id: 'x'.repeat(65), stream: 'positions' }, 'malformed'],
    ['no stream', { id: 'p' }, 'unknown-stream'],
    ['an unknown stream', { id: 'p', stream: 'fixes' }, 'unknown-stream'],
    ['a misspelt field', { id: 'p', stream: 'positions', animal: ['sofia'] }, 'malformed'],
    ['farms for positions', { id: 'p', stream: 'positions', farms: ['olenevod'] }, 'malformed'],
    ['a bbox for alerts', { id: 'p', stream: 'alerts', bbox: [0, 0, 1, 1] }, 'malformed'],
    ['no animals in a list of them', { id: 'p', stream: 'positions', animals: [] }, 'malformed'],
    ['an animal that is no text', { id: 'p', stream: 'positions', animals: [1] }, 'malformed'],
    ['1,001 animals', { id: 'p', stream: 'positions', animals: Array(1001).fill('a') }, 'malformed'],
    ['three numbers of a bbox', { id: 'p', stream: 'positions', bbox: [1, 2, 3] }, 'bad-bbox'],
    ['a bbox upside down', { id: 'p', stream: 'positions', bbox: [0, 2, 1, 1] }, 'bad-bbox'],
    ['a bbox off the globe', { id: 'p', stream: 'positions', bbox: [0, 0, 181, 1] }, 'bad-bbox'],
    ['a bbox of text', { id: 'p', stream: 'positions', bbox: '0,0,1,1' }, 'bad-bbox'],
    ['a cursor that is no text', { id: 'p', stream: 'positions', after: 7 }, 'malformed'],
  ])('is not %s', (_, data, code) => {
    expect(() => readSubscription(data)).toThrow(withCode(code));
  });

  it('is told by its id what was wrong, where the id can be read', () => {
    expect(() => readSubscription({ id: 'p9', stream: 'x' })).toThrow(withCode('unknown-stream', 'p9'));
    expect(() => readSubscription({ id: 9, stream: 'x' })).toThrow(expect.objectContaining({ id: undefined }));
  });
});

describe('docs/live.md', () => {
  it.each([
    ['event', EVENTS],
    ['error', ERRORS],
    ['reason to resync', RESYNC_REASONS],
  ])('has a row for every %s, in the words of the code', async (_, sentences) => {
    const docs = await readFile(new URL('../../docs/live.md', import.meta.url), 'utf8');
    for (const [name, sentence] of Object.entries(sentences)) expect(docs).toContain(`| \`${name}\` | ${sentence} |`);
  });
});
