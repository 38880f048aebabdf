import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow } from '../access/allow.ts';
import { Checked } from '../access/checked-input.ts';
import { withoutPosition } from '../access/visibility.ts';
import { Problem } from '../domain/problem.ts';
import { DeadLetterStore } from './dead-letter.store.ts';
import { Pipeline } from './pipeline.ts';

@ApiTags('dead letters')
@Controller('dead-letters')
export class DeadLetterController {
  constructor(
    private readonly letters: DeadLetterStore,
    private readonly pipeline: Pipeline,
  ) {}

  /** Sends what the letter holds through the pipeline again, as of when it was received. */
  @Post(':id/retry')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'Try a dead letter again' })
  async retry(@Param('id', Checked(z.string().regex(/^[1-9]\d{0,17}$/, 'a dead letter’s number'))) id: string) {
    const letter = await this.letters.find(BigInt(id));
    if (!letter) throw new Problem(404, 'unknown-dead-letter', 'there is no such dead letter');
    if (letter.door === 'import')
      throw new Problem(409, 'imported', 'It is a row of a file: correct the file and import it again.');
    const settled = () => undefined;
    const outcome = await this.pipeline.process([{ ...letter, acknowledge: settled, refuse: settled }]);
    const again = outcome.letters.some(
      (other) => other.reason === letter.reason && Buffer.compare(other.payload, letter.payload) === 0,
    );
    await this.letters.noteRetry(BigInt(id), new Date(), !again);
    const { stored, duplicates } = outcome;
    const deadLetters = outcome.letters.map(({ reason, detail }) => ({ reason, detail }));
    return withoutPosition({ id, resolved: !again, stored, duplicates, deadLetters });
  }
}
