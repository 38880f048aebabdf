import { setImmediate as breath } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import type { VisibleChunks } from '../../access/visible-stream.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { Registry } from '../../registry/registry.ts';
import type { StoredAnimal } from '../../registry/stored.ts';
import type { TrackAbout, TrackFormat, TrackOf, TrackPart } from '../formats/track-format.ts';
import { spansOf } from '../span.ts';
import { holdsLong, isHeld, tagOfBody, tagOfContent } from './entity-tag.ts';
import { FingerprintStore } from './fingerprint.store.ts';
import { segmented } from './segments.ts';
import { SideBySide } from './side-by-side.ts';
import { type Simplify, thinned } from './thinned.ts';
import { TrackReport } from './track-report.ts';

/** Fixes that an answer is made of as a whole before it is sent: it has a length then, and its tag is a digest of itself. */
const WHOLE_FIXES = 65_536;

/** Tracks that are asked for. */
export interface TrackAsk {
  readonly animals: readonly StoredAnimal[];
  /** Asked for as a list, even if of one. */
  readonly several: boolean;
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  readonly asOf?: EpochMs | undefined;
  readonly doubted: boolean;
  readonly simplify: Simplify;
  /** null: nothing is a gap. */
  readonly gapFactor: number | null;
  readonly format: TrackFormat;
  /** What the client holds: `If-None-Match`. */
  readonly held?: string | undefined;
  readonly now: EpochMs;
}

/** An answer, with its strong entity tag. */
export type TrackAnswer =
  | { readonly kind: 'held'; readonly tag: string }
  | { readonly kind: 'whole'; readonly tag: string; readonly body: Visible<Uint8Array> }
  | { readonly kind: 'streamed'; readonly tag: string; readonly chunks: VisibleChunks };

/** Tracks, of any length, in any format. */
@Injectable()
export class TrackService {
  constructor(
    private readonly sideBySide: SideBySide,
    private readonly fingerprints: FingerprintStore,
  ) {}

  /**
   * A short answer whole, a long one as a stream. The tag of a stream is taken before its first fix is read: what comes meanwhile may be
   * in the answer, and then the next question has another tag.
   */
  async answer(grant: PositionGrant, registry: Registry, ask: TrackAsk): Promise<TrackAnswer> {
    if (!holdsLong(ask.held)) {
      const body = await this.whole(grant, registry, ask);
      if (body !== null) {
        const tag = tagOfBody(body);
        if (isHeld(tag, ask.held)) return { kind: 'held', tag };
        return { kind: 'whole', tag, body: viewGranted(grant, body) };
      }
    }
    const tag = tagOfContent(await this.contentOf(registry, ask));
    if (isHeld(tag, ask.held)) return { kind: 'held', tag };
    return { kind: 'streamed', tag, chunks: this.chunks(grant, registry, ask) };
  }

  /** null: it is too long for that. */
  private async whole(grant: PositionGrant, registry: Registry, ask: TrackAsk): Promise<Uint8Array | null> {
    const texts: (string | Uint8Array)[] = [];
    const room = { fixes: WHOLE_FIXES };
    try {
      for await (const chunk of this.written(grant, registry, ask, room)) {
        if (chunk.length === 0) continue;
        texts.push(chunk);
        // A long text is no reason for others to wait.
        await breath();
      }
    } catch (error) {
      if (error instanceof TooLong) return null;
      throw error;
    }
    return joined(texts);
  }

  private async *chunks(grant: PositionGrant, registry: Registry, ask: TrackAsk): VisibleChunks {
    for await (const chunk of this.written(grant, registry, ask)) yield viewGranted(grant, chunk);
  }

  private written(grant: PositionGrant, registry: Registry, ask: TrackAsk, room?: Room) {
    const reports = new Map(ask.animals.map(({ id }) => [id, new TrackReport(ask.gapFactor)]));
    const about: TrackAbout = {
      animals: ask.animals.map(trackOf),
      several: ask.several,
      doubted: ask.doubted,
      said: (id) => ({ ...(ask.asOf === undefined ? {} : { asOf: iso(ask.asOf) }), ...reports.get(id)?.said() }),
    };
    return ask.format.write(this.parts(grant, registry, ask, reports, room), about);
  }

  private async *parts(
    grant: PositionGrant,
    registry: Registry,
    ask: TrackAsk,
    reports: ReadonlyMap<string, TrackReport>,
    room: Room = { fixes: Infinity },
  ): AsyncGenerator<TrackPart, void, void> {
    const intervalS = (serial: string) => registry.collar(serial)?.fixIntervalS ?? null;
    for (const animal of ask.animals) {
      const report = reports.get(animal.id)!;
      const { from, to, asOf, doubted } = ask;
      const question = { animal: animal.id, from, to, asOf, doubted, columns: ask.format.columns };
      const blocks = this.sideBySide.blocks(grant, registry, question, ask.now);
      const segments = segmented(trackOf(animal), blocks, { factor: ask.gapFactor, intervalS }, report);
      for await (const part of thinned(segments, ask.simplify, report)) {
        room.fixes -= part.block.length;
        if (room.fixes < 0) throw new TooLong();
        yield part;
      }
    }
  }

  /** What the answer is made from. As it was known then, doubts depend on what lies beside: on all of the track. */
  private async contentOf(registry: Registry, ask: TrackAsk): Promise<unknown> {
    const { from, to, asOf, doubted, simplify, gapFactor, format, several } = ask;
    const folded: string[] = [];
    for (const { id } of ask.animals) {
      const spans = asOf === undefined ? spansOf(registry, id, from, to) : spansOf(registry, id);
      for (const span of spans)
        folded.push(`${span.serial} ${span.from} ${span.to} ${await this.fingerprints.of(span)}`);
    }
    const asked = { from, to, asOf, doubted, simplify, gapFactor, several, format: format.name };
    return { asked, animals: ask.animals.map(({ id }) => id), registry: registry.version, folded };
  }
}

/** How many fixes an answer may still have. */
interface Room {
  fixes: number;
}

class TooLong extends Error {}

const iso = (at: EpochMs): string => new Date(at).toISOString();

function trackOf({ id, name, details }: StoredAnimal): TrackOf {
  const { species } = details as { species?: unknown };
  return typeof species === 'string' ? { id, name, species } : { id, name };
}

function joined(texts: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(texts.map((text) => (typeof text === 'string' ? Buffer.from(text) : text)));
}
