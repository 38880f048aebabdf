import { Injectable } from '@nestjs/common';
import { viewGranted, type PositionGrant } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import type { EpochMs } from '../domain/fix.ts';
import { HistoryStore } from './history.store.ts';
import type { Span } from './span.ts';

/** Pages of an animal's fixes. At one moment an animal wears one collar, so its time tells a fix from all others. */
@Injectable()
export class FixPages {
  constructor(private readonly store: HistoryStore) {}

  /** A page as text: `{"items":[…],"next":"cursor"|null}`, oldest first. */
  async page(
    grant: PositionGrant,
    spans: readonly Span[],
    after: EpochMs | null,
    limit: number,
  ): Promise<Visible<string>> {
    const texts: string[] = [];
    let left = limit;
    let last: EpochMs | null = null;
    for (const span of spans.filter(({ to }) => to === null || after === null || after < to)) {
      if (left === 0) break;
      const part = await this.store.fixes(grant, span, after, left);
      if (part.count === 0) continue;
      texts.push(part.text);
      left -= part.count;
      last = part.last;
    }
    const more = left === 0 && last !== null && (await this.anyAfter(grant, spans, last));
    const next = more && last !== null ? JSON.stringify(writeCursor(last)) : 'null';
    return viewGranted(grant, `{"items":[${texts.join(',')}],"next":${next}}`);
  }

  private async anyAfter(grant: PositionGrant, spans: readonly Span[], last: EpochMs): Promise<boolean> {
    for (const span of spans.filter(({ to }) => to === null || last < to)) {
      if (await this.store.hasFixAfter(grant, span, last)) return true;
    }
    return false;
  }
}

/** Where the next page begins: after the fix of this moment. */
export function writeCursor(at: EpochMs): string {
  return Buffer.from(`fix:${at}`).toString('base64url');
}

/** @returns null for what is no cursor of ours */
export function readCursor(cursor: string): EpochMs | null {
  const match = /^fix:(-?\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  const at = match ? Number(match[1]) : NaN;
  return Number.isNaN(new Date(at).getTime()) ? null : at;
}
