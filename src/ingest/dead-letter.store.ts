import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import type { DeadLetter } from './dead-letter.ts';

interface LetterRow {
  received_at: Date;
  door: DeadLetter['door'];
  serial: string;
  reason: DeadLetter['reason'];
  detail: string;
  payload: Uint8Array;
}

/** Dead letters, one by one: for another try. */
@Injectable()
export class DeadLetterStore {
  constructor(private readonly database: Database) {}

  async find(id: bigint): Promise<DeadLetter | null> {
    const [row] = await this.database.client.$queryRaw<LetterRow[]>`
      SELECT received_at, door, serial, reason, detail, payload FROM dead_letter WHERE id = ${id}`;
    if (!row) return null;
    const { received_at, door, serial, reason, detail, payload } = row;
    return { receivedAt: received_at.getTime(), door, serial, reason, detail, payload };
  }

  /** Notes another try; `resolved`: all of it is stored now. */
  async noteRetry(id: bigint, at: Date, resolved: boolean): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE dead_letter SET retried_at = ${at}, resolved_at = CASE WHEN ${resolved}::boolean THEN ${at}::timestamptz END
      WHERE id = ${id}`;
  }
}
