import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inChunks, readAll } from '../../../test/support/import-files.ts';
import { recognise } from './recognise.ts';
import { readReference } from './reference.ts';

const file = readFileSync(path.resolve(import.meta.dirname, '../../../test/fixtures/imports/reference.csv'));

describe('readReference', () => {
  it('reads animals, collars and deployments, each once, and says what is wrong', async () => {
    const { animals, collars, deployments, bad } = await readReference(inChunks(file));
    expect(animals).toEqual([
      { name: 'Sofia', taxon: 'Panthera pardus orientalis', sex: 'female', line: 2 },
      { name: 'Leo', taxon: null, sex: 'male', line: 4 },
    ]);
    expect(collars).toEqual([
      { tag: 'T1', maker: 'Lotek', model: 'GPS3300S', line: 2 },
      { tag: 'T2', maker: 'Lotek', model: null, line: 3 },
    ]);
    const at = (text: string): number => Date.parse(text);
    expect(deployments).toEqual([
      { tag: 'T1', animal: 'Sofia', from: at('2012-05-01T00:00:00Z'), to: at('2013-05-01T00:00:00Z'), line: 2 },
      { tag: 'T2', animal: 'Sofia', from: at('2013-06-01T00:00:00Z'), to: null, line: 3 },
      { tag: 'T1', animal: 'Leo', from: at('2014-01-01T00:00:00Z'), to: at('2014-06-01T12:00:00Z'), line: 4 },
    ]);
    expect(bad.map(({ line, column, expected }) => [line, column, expected])).toEqual([
      [5, 'deploy-on-date', 'a month from 1 to 12, not 13 (are day and month swapped?)'],
      [6, 'deploy-off-date', 'an end after the beginning'],
      [7, 'tag-id', 'the name of a tag'],
      [8, 'taxon', 'Panthera pardus orientalis as line 2 says of the same, not Puma concolor'],
    ]);
  });

  it('is told from files with positions, either way', async () => {
    expect(recognise(file)).toMatchObject({ format: 'reference', used: { tag: 'tag-id', from: 'deploy-on-date' } });
    expect((await readAll(file)).error?.message).toMatch(/^the file is reference data .* and holds no positions$/);
    let open = true;
    const source = (async function* () {
      try {
        yield file;
        yield file;
      } finally {
        open = false;
      }
    })();
    await readAll(source);
    expect(open).toBe(false);
    const positions = Buffer.from('tag,at,lat,lon\nA,2021-04-03T10:00:00Z,1,2');
    await expect(readReference(inChunks(positions))).rejects.toThrow(/^no reference data: expected the columns tag-id/);
  });

  it('reads the same wherever the bytes are cut, and the names of the REST interface', async () => {
    const other = file
      .toString()
      .replace('tag-id,animal-id', 'tag_local_identifier,individual_local_identifier')
      .replace('deploy-on-date,deploy-off-date', 'deploy_on_timestamp,deploy_off_timestamp');
    const [whole, cut] = [
      await readReference(inChunks(file)),
      await readReference(inChunks(Buffer.from(other), [3, 99, 500])),
    ];
    expect(cut.deployments).toEqual(whole.deployments);
    expect(cut.animals).toEqual(whole.animals);
  });
});
