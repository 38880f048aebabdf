import { stringify } from 'csv-stringify/sync';
import { RINGS } from '../../domain/farm.ts';
import { type Count, type PresenceLedger, type Totals } from './ledger.ts';

const HEADERS = [
  'farm',
  'month',
  'zone',
  'animal',
  'name',
  'night',
  'from',
  'to',
  'near',
  'close',
  'inside',
  'fixes',
  'longest_gap_s',
  'closest_m',
  'closest_at',
  'closest_by',
  'digest',
];

/**
 * A ledger as CSV: a row for each animal and night, then one for each animal whose `night` is `total`, and one for all of them. What people
 * have written is defused where a spreadsheet would take it for a formula.
 */
export function ledgerCsv(ledger: PresenceLedger, digest: string): string {
  const begin = [ledger.farm.id, ledger.month, ledger.zone];
  const rows = ledger.animals.flatMap((animal) =>
    animal.nights.map(({ date, near, close, inside, fixes, longestGapS, closest }, index) => {
      const { from, to } = ledger.nights[index]!;
      const by = closest && (closest.between ? 'path' : 'fix');
      const when = [animal.id, animal.name, date, from, to];
      return [
        ...begin,
        ...when,
        near,
        close,
        inside,
        fixes,
        longestGapS,
        closest?.m,
        closest?.at,
        by,
        `sha256:${digest}`,
      ];
    }),
  );
  const total = (id: string, name: string, totals: Totals) => {
    const counts = RINGS.map((ring) => countText(totals[ring]));
    return [...begin, id, name, 'total', '', '', ...counts, '', '', '', '', '', `sha256:${digest}`];
  };
  const totals = ledger.animals.map(({ id, name, totals: own }) => total(id, name, own));
  return stringify([HEADERS, ...rows, ...totals, total('', '', ledger.totals)], { escape_formulas: true });
}

export function countText({ present, absent, unknown }: Count): string {
  return `${present} present, ${absent} absent, ${unknown} unknown`;
}
