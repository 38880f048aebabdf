import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { aBlock, anAnswer, type Answer, NASTY_NAMES, rowsOf, written } from '../../../test/factories/track-parts.ts';
import { doubtBit, doubtNames } from '../../domain/quality/doubt.ts';
import { MOVEBANK_CSV } from './movebank-csv.ts';

type Row = Record<string, string>;

async function read(answer: Answer): Promise<Row[]> {
  return parse(await written(MOVEBANK_CSV, answer), { columns: true, record_delimiter: '\n' });
}

function one(name: string, doubts = 0): Answer {
  const animal = { id: 'sofia', name, species: 'Panthera pardus orientalis' };
  const at = Date.UTC(2026, 4, 3, 1, 2, 3, 45);
  const sensors = { altM: 212, accuracyM: 12, hdop: 1.4, satellites: 7, temperatureC: -4.5, batteryV: 4.1 };
  return {
    about: { animals: [animal], several: false },
    parts: [{ animal, segment: 0, block: aBlock([{ at, lon: -122.4, lat: 43.1012, doubts, sensors }]) }],
  };
}

/** What a spreadsheet would calculate. */
const isFormula = (text: string) => /^[=+\-@\t\r＝＋－＠]/.test(text) && !/^-?\d+(\.\d+)?(e-\d+)?$/.test(text);
/** As it was before it was defused. */
const armed = (text: string) => (text.startsWith("'") && isFormula(text.slice(1)) ? text.slice(1) : text);

describe('Movebank CSV', () => {
  it('writes the columns of a Movebank export', async () => {
    const [header, row] = (await written(MOVEBANK_CSV, one('Sofia'))).toString().split('\n');
    expect(header).toBe(
      'visible,timestamp,location-long,location-lat,height-above-ellipsoid,location-error-numerical,gps:hdop,' +
        'gps:satellite-count,ground-speed,heading,external-temperature,tag-voltage,activity-count,' +
        'algorithm-marked-outlier,import-marked-outlier,event-comments,sensor-type,individual-taxon-canonical-name,' +
        'tag-local-identifier,individual-local-identifier,animal-nickname,study-name',
    );
    expect(row).toBe(
      'true,2026-05-03 01:02:03.045,-122.4,43.1012,212,12,1.4,7,,,-4.5,4100,,,,,gps,Panthera pardus orientalis,' +
        '30211,sofia,Sofia,Collarwatch',
    );
  });

  it('marks doubted fixes by who doubted them', async () => {
    const both = doubtBit('impossible-speed') | doubtBit('marked-outlier');
    const [[byUs], [byImport], [byBoth]] = [
      await read(one('Sofia', doubtBit('null-island'))),
      await read(one('Sofia', doubtBit('marked-outlier'))),
      await read(one('Sofia', both)),
    ];
    const marks = { 'algorithm-marked-outlier': 'true', 'import-marked-outlier': '' };
    expect(byUs).toMatchObject({ visible: 'false', ...marks, 'event-comments': 'doubts: null-island' });
    expect(byImport).toMatchObject({ 'algorithm-marked-outlier': '', 'import-marked-outlier': 'true' });
    expect(byBoth).toMatchObject({ 'algorithm-marked-outlier': 'true', 'import-marked-outlier': 'true' });
    expect(byBoth!['event-comments']).toBe('doubts: impossible-speed marked-outlier');
  });

  it.each(NASTY_NAMES)('keeps the name %j and defuses it', async (name) => {
    const [row] = await read(one(name));
    const cell = row!['animal-nickname']!;
    expect(isFormula(cell)).toBe(false);
    expect(armed(cell)).toBe(Buffer.from(name).toString());
    expect(row).toMatchObject({ 'individual-local-identifier': 'sofia', 'location-long': '-122.4' });
  });

  it('is read back by another reader: times, places, sensors, names', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), async (answer) => {
        const expected = rowsOf(answer).map((row) => ({
          visible: row.doubts === 0,
          at: row.at,
          lon: row.lon + 0,
          lat: row.lat + 0,
          temperatureC: row.sensor('temperatureC'),
          accuracyM: row.sensor('accuracyM'),
          millivolts: Math.round(row.sensor('batteryV') * 1_000),
          doubts: doubtNames(row.doubts).join(' '),
          collar: row.collar,
          id: row.animal.id,
          name: Buffer.from(row.animal.name).toString(),
          species: Buffer.from(row.animal.species ?? '').toString(),
        }));
        const number = (text = '') => (text === '' ? NaN : Number(text));
        const found = (await read(answer)).map((row) => ({
          visible: row['visible'] === 'true',
          at: Date.parse(`${row['timestamp']!.replace(' ', 'T')}Z`),
          lon: number(row['location-long']),
          lat: number(row['location-lat']),
          temperatureC: number(row['external-temperature']),
          accuracyM: number(row['location-error-numerical']),
          millivolts: number(row['tag-voltage']),
          doubts: row['event-comments']!.replace('doubts: ', ''),
          collar: armed(row['tag-local-identifier']!),
          id: row['individual-local-identifier'],
          name: armed(row['animal-nickname']!),
          species: armed(row['individual-taxon-canonical-name']!),
        }));
        expect(found).toEqual(expected);
      }),
    );
  });
});
