import { createHash } from 'node:crypto';
import { RINGS } from '../../domain/farm.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { ZoneClock } from '../../domain/movement/zone-clock.ts';
import { countText } from './ledger-csv.ts';
import type { LedgerAnimal, LedgerNight, PresenceLedger, Totals } from './ledger.ts';

const STYLE = `
body { font: 10pt/1.4 sans-serif; color: #000; background: #fff; max-width: 62rem; margin: 1rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; break-after: avoid }
table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #999; padding: .15rem .4rem; text-align: left }
thead { display: table-header-group } tr { break-inside: avoid } td.n { text-align: right }
.present { font-weight: bold } .unknown { font-style: italic } .digest { font-family: monospace; overflow-wrap: anywhere }
@media print { body { margin: 0; max-width: none } @page { margin: 15mm } }
`;

/** The page runs nothing and loads nothing: its own style is all it may use. */
export const PAGE_SECURITY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A ledger as a page to print. Times are those of its zone. @param asOf as it was known then; undefined: as it is known */
export function ledgerHtml(
  ledger: PresenceLedger,
  digest: string,
  clock: ZoneClock,
  asOf: EpochMs | undefined,
): string {
  const { farm, month, zone, nights, animals } = ledger;
  const title = `${farm.name}: nights of ${month}`;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p>Nights with collared animals at the farm ${escaped(farm.name)} (${escaped(farm.id)}), from sunset to sunrise at the farm; a night belongs to
the date on which it begins. Times are those of ${escaped(zone)}.</p>
<p>Near: within ${farm.nearM} m of the fence. Close: within ${farm.closeM} m. Inside: within the fence. ${nights.length === 0 ? 'The sun did not set at the farm on any day of this month.' : `${nights.length} nights.`}</p>
${totalsHtml(ledger, animals)}
${animals.map((animal) => animalHtml(animal, ledger, clock)).join('\n')}
<h2>How to read it</h2>
<p>Present: a position of its collar, or the straight path between two no more than 6 hours apart, was within the ring. Absent: none was, and
between any two positions it could not have come. Unknown: data is missing for too long to tell. Closest is told for nights on which it was near;
“path” means between two positions.</p>
<p>${
    asOf === undefined
      ? 'As it is known today: what collars send later may change it. Ask with <em>asOf</em> for a ledger that can be made again.'
      : `As it was known at ${new Date(asOf).toISOString()}.`
  }</p>
<p>SHA-256 of the canonical ledger: <span class="digest">${digest}</span></p>
</body></html>
`;
}

function totalsHtml({ totals, nights }: PresenceLedger, animals: readonly LedgerAnimal[]): string {
  const row = (name: string, of: Totals) =>
    `<tr><th>${escaped(name)}</th>${RINGS.map((ring) => `<td>${countText(of[ring])}</td>`).join('')}</tr>`;
  const rows = animals.map(({ name, totals: own }) => row(name, own));
  return `<h2>Nights, of ${nights.length}</h2>
<table><thead><tr><th></th><th>near</th><th>close</th><th>inside</th></tr></thead><tbody>
${[...rows, row('any of them', totals)].join('\n')}
</tbody></table>`;
}

function animalHtml({ id, name, nights }: LedgerAnimal, ledger: PresenceLedger, clock: ZoneClock): string {
  const time = (text: string) => localTime(text, clock);
  const rows = nights.map((night, index) => {
    const { from, to } = ledger.nights[index]!;
    const rings = RINGS.map((ring) => `<td class="${night[ring]}">${night[ring]}</td>`).join('');
    const numbers = `<td class="n">${night.fixes}</td><td class="n">${gapText(night.longestGapS)}</td>`;
    return `<tr><th>${night.date}</th><td>${time(from)}–${time(to)}</td>${rings}${closestHtml(night, time)}${numbers}</tr>`;
  });
  return `<h2>${escaped(name)} (${escaped(id)})</h2>
<table><thead><tr><th>night</th><th>from, to</th><th>near</th><th>close</th><th>inside</th><th>closest</th><th>at</th><th>positions</th><th>longest gap</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
}

function closestHtml({ closest }: LedgerNight, time: (text: string) => string): string {
  if (closest === null) return '<td></td><td></td>';
  return `<td class="n">${closest.m} m</td><td>${time(closest.at)}${closest.between ? ', path' : ''}</td>`;
}

function gapText(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Time of day by the zone's clock. */
function localTime(text: string, clock: ZoneClock): string {
  const at = Date.parse(text);
  return new Date(at + clock.offsetAt(at)).toISOString().slice(11, 16);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that people have written, harmless in a page. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
