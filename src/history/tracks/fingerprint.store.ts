import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.ts';
import type { Span } from '../span.ts';
import { ofSpan } from '../span.store.ts';

/** Tells contents of a span apart without reading them out. */
@Injectable()
export class FingerprintStore {
  constructor(private readonly database: Database) {}

  /**
   * Another text whenever a fix of the span has come or gone, or a doubt of one has changed: how many fixes there are, and all their times
   * and doubts folded into one number. (Nothing else of a fix ever changes.) Read from the key alone.
   */
  async of(span: Span): Promise<string> {
    const [row] = await this.database.client.$queryRaw<[{ fixes: bigint; folded: bigint | null }]>`
      SELECT count(*) AS fixes, bit_xor(hashfloat8extended(date_part('epoch', at), doubts)) AS folded
      FROM fix WHERE ${ofSpan(span)}`;
    return `${row.fixes}:${row.folded ?? 0n}`;
  }
}
