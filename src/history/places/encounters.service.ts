import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../../access/visibility.ts';
import type { VisibleLines } from '../../access/visible-lines.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { Registry } from '../../registry/registry.ts';
import { type Encounter, EncounterSweep, type Meeting, type Sighting } from './encounters.ts';
import { pacer } from './pace.ts';
import { PlaceReader } from './place-reader.ts';

/** Whose encounters are asked for, when, and what counts as one. */
export interface EncounterQuestion extends Meeting {
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  readonly animals?: readonly string[] | undefined;
}

/** Fixes that may wait to be met at once: some 200 MB. So many within a window are no collars any more. */
const MOST_WAITING = 500_000;
/** What holding a fix against those around it costs, in corners of a polygon. */
const SWEEP_CORNERS = 500;

const iso = (at: EpochMs): string => new Date(at).toISOString();

/** Who met whom. */
@Injectable()
export class Encounters {
  constructor(private readonly reader: PlaceReader) {}

  /** A line for each encounter, about in the order of their ends, and at last `{"summary"}` or `{"error"}`. */
  async *lines(grant: PositionGrant, registry: Registry, question: EncounterQuestion): VisibleLines {
    const sweep = new EncounterSweep(question);
    const pace = pacer(SWEEP_CORNERS);
    const { from, to, animals } = question;
    let fixes = 0;
    let count = 0;
    const told = (encounter: Encounter) => {
      count++;
      return viewGranted(grant, lineOf(encounter));
    };
    for await (const block of this.reader.blocks(grant, registry, { shape: null, from, to, animals })) {
      for (const fix of block) {
        fixes++;
        for (const encounter of sweep.next(fix)) yield told(encounter);
        if (pace.isTime()) await pace.breath();
      }
      if (sweep.waiting <= MOST_WAITING) continue;
      const detail = `More than ${MOST_WAITING} fixes within windowS: ask for a shorter one, or for fewer animals.`;
      yield viewGranted(grant, { error: { code: 'too-many-fixes', detail } });
      return;
    }
    for (const encounter of sweep.end()) yield told(encounter);
    yield viewGranted(grant, { summary: { fixes, encounters: count } });
  }
}

function lineOf({ animals, start, end, closest, pairs }: Encounter) {
  return {
    animals,
    start: iso(start),
    end: iso(end),
    closest: { m: Math.round(closest.m * 10) / 10, fixes: closest.fixes.map(fixOf) },
    pairs,
  };
}

function fixOf({ animal, at, lon, lat }: Sighting) {
  return { animal, at: iso(at), lat, lon };
}
