import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.ts';

@Injectable()
export class ArchivedMonthsStore {
  constructor(private readonly database: Database) {}

  /** Months of which some file has not been put back, in their order. */
  async months(): Promise<string[]> {
    const rows = await this.database.client.$queryRaw<{ month: string }[]>`
      SELECT DISTINCT month FROM archive_file WHERE restored_at IS NULL ORDER BY month`;
    return rows.map(({ month }) => month);
  }
}
