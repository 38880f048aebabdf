import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import type { EpochMs } from '../../domain/fix.ts';
import { Problem } from '../../domain/problem.ts';
import type { Registry } from '../../registry/registry.ts';
import { spansOf } from '../span.ts';
import { FingerprintStore } from '../tracks/fingerprint.store.ts';
import { segmented } from '../tracks/segments.ts';
import { SideBySide } from '../tracks/side-by-side.ts';
import { TrackReport } from '../tracks/track-report.ts';
import { type DrawnTrack, drawTrack, TooManyFixes } from './drawn-track.ts';

/** A gap is longer than so many intervals between fixes, as in tracks. */
const GAP_FACTOR = 3;
/** Fixes in one tile's tracks at most: what a map can show, and what is read within a second. */
export const MOST_FIXES = 500_000;
/** Bytes of drawn tracks that are kept: of some twenty animals a year of fixes every ten minutes. */
const KEPT_BYTES = 33_554_432;
/** How long it is not asked again whether a track has changed: a map asks for its tiles all at once. */
const FRESH_MS = 2_000;
const MOST_FRESH = 1_000;

/** Which track. */
export interface TrackKey {
  readonly animal: string;
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
}

/** A track as it is now. */
export interface TrackVersion {
  /** Another text whenever a fix of the track, or who wore which collar, has changed. */
  readonly text: string;
  /** How many fixes it has, doubted ones too. */
  readonly fixes: number;
}

interface Kept {
  readonly version: string;
  readonly track: Promise<DrawnTrack>;
  bytes: number;
}

/** Tracks that are ready to be cut, the last ones asked for kept in memory as long as their fixes are the same. */
@Injectable()
export class DrawnTracks {
  /** In the order of use, the least recent first. */
  private readonly kept = new Map<string, Kept>();
  private keptBytes = 0;
  private readonly fresh = new Map<string, { readonly version: Promise<TrackVersion>; readonly until: number }>();
  private drawing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly reader: SideBySide,
    private readonly fingerprints: FingerprintStore,
  ) {}

  /** Up to two seconds late. */
  version(_grant: PositionGrant, registry: Registry, key: TrackKey): Promise<TrackVersion> {
    const name = `${registry.version} ${nameOf(key)}`;
    const now = performance.now();
    const known = this.fresh.get(name);
    if (known && now < known.until) return known.version;
    const version = this.askVersion(registry, key);
    this.fresh.delete(name);
    this.fresh.set(name, { version, until: now + FRESH_MS });
    version.catch(() => this.fresh.delete(name));
    for (const oldest of this.fresh.keys()) {
      if (this.fresh.size <= MOST_FRESH) break;
      this.fresh.delete(oldest);
    }
    return version;
  }

  /** @throws Problem 422 when the track is too long */
  async track(
    grant: PositionGrant,
    registry: Registry,
    key: TrackKey,
    { text: version }: TrackVersion,
  ): Promise<DrawnTrack> {
    const name = nameOf(key);
    const known = this.kept.get(name);
    if (known?.version === version) {
      this.kept.delete(name);
      this.kept.set(name, known);
      return known.track;
    }
    this.forget(name);
    const kept: Kept = { version, track: this.drawInTurn(grant, registry, key), bytes: 0 };
    this.kept.set(name, kept);
    try {
      const track = await kept.track;
      if (this.kept.get(name) === kept) {
        kept.bytes = track.bytes;
        this.keptBytes += track.bytes;
        this.makeRoom();
      }
      return track;
    } catch (error) {
      if (this.kept.get(name) === kept) this.forget(name);
      throw error;
    }
  }

  /** One after the other: each holds what it reads, and the database has others to answer. */
  private drawInTurn(grant: PositionGrant, registry: Registry, key: TrackKey): Promise<DrawnTrack> {
    const drawn = this.drawing
      .then(() => this.draw(grant, registry, key))
      .catch((error: unknown) => {
        throw error instanceof TooManyFixes ? tooLong() : error;
      });
    this.drawing = drawn.catch(() => undefined);
    return drawn;
  }

  private draw(grant: PositionGrant, registry: Registry, key: TrackKey): Promise<DrawnTrack> {
    const { animal } = key;
    const of = { id: animal, name: registry.animal(animal)?.name ?? animal };
    const rule = {
      factor: GAP_FACTOR,
      intervalS: (serial: string) => registry.collar(serial)?.fixIntervalS ?? null,
    };
    const blocks = this.reader.blocks(grant, registry, key, Date.now());
    return drawTrack(segmented(of, blocks, rule, new TrackReport(GAP_FACTOR)), MOST_FIXES);
  }

  private async askVersion(registry: Registry, { animal, from, to }: TrackKey): Promise<TrackVersion> {
    const texts: string[] = [];
    for (const span of spansOf(registry, animal, from, to)) texts.push(await this.fingerprints.of(span));
    // A fingerprint begins with the number of its fixes.
    const fixes = texts.reduce((sum, text) => sum + Number.parseInt(text, 10), 0);
    return { text: `${registry.version} ${texts.join(' ')}`, fixes };
  }

  private makeRoom(): void {
    for (const name of this.kept.keys()) {
      if (this.keptBytes <= KEPT_BYTES) return;
      this.forget(name);
    }
  }

  private forget(name: string): void {
    this.keptBytes -= this.kept.get(name)?.bytes ?? 0;
    this.kept.delete(name);
  }
}

export function tooLong(): Problem {
  return new Problem(
    422,
    'track-too-long',
    `Tracks of more than ${MOST_FIXES} fixes: ask for fewer animals or a shorter time.`,
  );
}

function nameOf({ animal, from, to }: TrackKey): string {
  return `${animal} ${from ?? ''} ${to ?? ''}`;
}
