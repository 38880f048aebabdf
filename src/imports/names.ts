/** Cyrillic letters as ICAO Doc 9303 writes them, without the marks that an id cannot hold. */
const CYRILLIC: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh щ=shch ' +
    'ъ= ы=y ь= э=e ю=iu я=ia і=i ї=i є=ie ґ=g ў=u'
  )
    .split(' ')
    .map((pair) => pair.split('=') as [string, string]),
);
const MAX_ID = 63;
const MAX_SERIAL = 64;

/** A name in ASCII: Cyrillic by its sound, other letters without their marks. What has neither becomes a hyphen. */
function ascii(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\u0400-\u04ff]/g, (letter) => {
      const small = CYRILLIC[letter.toLowerCase()] ?? '-';
      return letter === letter.toLowerCase() ? small : small.charAt(0).toUpperCase() + small.slice(1);
    })
    .normalize('NFKD')
    .replace(/\p{M}/gu, '');
}

/** An animal's name as an id: `F53` → `f53`, `Жучка` → `zhuchka`; `animal` where nothing of it can be written so. */
export function idOf(name: string): string {
  const id = ascii(name)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_ID)
    .replace(/-+$/, '');
  return id === '' ? 'animal' : id;
}

/** A tag's name as a serial: as it stands where it is one. */
export function serialOf(tag: string): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(tag)) return tag;
  const serial = ascii(tag)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_SERIAL)
    .replace(/-+$/, '');
  return serial === '' ? 'collar' : serial;
}

/** The first of `f53`, `f53-2`, `f53-3` … that is free. */
export function freeName(wanted: string, isTaken: (name: string) => boolean, longest: 63 | 64): string {
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : `-${number}`;
    const name = `${wanted.slice(0, longest - end.length)}${end}`;
    if (!isTaken(name)) return name;
  }
}
