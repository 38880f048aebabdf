import type { Readable } from 'node:stream';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { wholeBetween } from '../access/query-number.ts';
import { RAW_TYPES, RawBody } from '../access/raw-body.ts';
import { grantPositions, viewGranted, viewRawMessages } from '../access/visibility.ts';
import { Problem } from '../domain/problem.ts';
import type { ImportJob } from './import-job.ts';
import { importOptions, ImportQuery } from './import-query.ts';
import { importView } from './import-views.ts';
import { Imports } from './imports.service.ts';

const ImportId = z.uuid('expected the id of an import');
const ListQuery = z.strictObject({
  limit: wholeBetween(1, 200).default(50),
  after: ImportId.optional().describe('next of the page before.'),
});
const ProblemsQuery = z.strictObject({
  limit: wholeBetween(1, 1_000).default(100),
  after: z
    .string()
    .regex(/^\d{1,9}\.(bad|conflict)$/, 'expected next of the page before')
    .transform((text) => {
      const [line, kind] = text.split('.') as [string, string];
      return { line: Number(line), kind };
    })
    .optional(),
});
const File = ApiBody({ schema: { type: 'string', format: 'binary' } });

/** A request whose body nobody has read. */
interface Sent {
  readonly body: unknown;
}

/** Old tracks: a file is sent, checked, and stored when it is told to. */
@ApiTags('imports')
@Controller('imports')
export class ImportsController {
  constructor(private readonly imports: Imports) {}

  @Post()
  @HttpCode(202)
  @Allow('admin')
  @RawBody()
  @ApiOperation({ summary: 'Send a file of tracks: it is checked, and with dryRun=false stored' })
  @ApiConsumes(...RAW_TYPES)
  @File
  @QuerySchema(ImportQuery)
  @AnswerSchema(202, 'The import; ask for it again to see how far it is.')
  async receive(
    @Caller() caller: Principal,
    @Query(Checked(ImportQuery)) query: z.output<typeof ImportQuery>,
    @Req() request: Sent,
  ) {
    const job = await this.imports.receive(bodyOf(request), query.name, caller.name, importOptions(query));
    return this.view(caller, job);
  }

  @Put(':id/reference')
  @HttpCode(202)
  @Allow('admin')
  @RawBody()
  @ApiOperation({ summary: 'Give Movebank reference data beside a file: who wore which tag when; it is checked again' })
  @ApiConsumes(...RAW_TYPES)
  @File
  async addReference(@Caller() caller: Principal, @Param('id', Checked(ImportId)) id: string, @Req() request: Sent) {
    return this.view(caller, await this.imports.addReference(id, bodyOf(request)));
  }

  @Get()
  @Allow('admin')
  @ApiOperation({ summary: 'Imports, newest first, without their reports' })
  @QuerySchema(ListQuery)
  @AnswerSchema(200, '{"items":[…],"next":"id"|null}')
  async list(@Caller() caller: Principal, @Query(Checked(ListQuery)) query: z.output<typeof ListQuery>) {
    const jobs = await this.imports.list(query.after ?? null, query.limit + 1);
    const items = jobs.slice(0, query.limit);
    const next = jobs.length > query.limit ? (items.at(-1)?.id ?? null) : null;
    return viewRawMessages(caller, { items: items.map((job) => importView(job, this.imports.isAtWork(job.id))), next });
  }

  @Get(':id')
  @Allow('admin')
  @ApiOperation({ summary: 'One import: its state, how far it is, and what was found in its file' })
  async read(@Caller() caller: Principal, @Param('id', Checked(ImportId)) id: string) {
    return this.view(caller, await this.imports.find(id));
  }

  @Post(':id/start')
  @HttpCode(202)
  @Allow('admin')
  @ApiOperation({ summary: 'Store what was checked' })
  async start(@Caller() caller: Principal, @Param('id', Checked(ImportId)) id: string) {
    return this.view(caller, await this.imports.begin(id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Allow('admin')
  @ApiOperation({ summary: 'End an import; what it has stored stays' })
  async cancel(@Caller() caller: Principal, @Param('id', Checked(ImportId)) id: string) {
    return this.view(caller, await this.imports.cancel(id));
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('admin')
  @ApiOperation({ summary: 'Forget an import and its file; what it has stored stays' })
  @AnswerSchema(204, 'Removed.')
  async remove(@Param('id', Checked(ImportId)) id: string): Promise<void> {
    await this.imports.remove(id);
  }

  @Get(':id/picture.svg')
  @Header('content-type', 'image/svg+xml; charset=utf-8')
  @Allow('admin')
  @ApiOperation({ summary: 'The tracks of the file, as a picture' })
  async picture(@Caller() caller: Principal, @Param('id', Checked(ImportId)) id: string) {
    return viewGranted(grantPositions(caller), await this.imports.picture(id));
  }

  @Get(':id/problems')
  @Allow('admin')
  @ApiOperation({ summary: 'Rows that were not stored, in the order of their lines: the first 10,000 of them' })
  @QuerySchema(ProblemsQuery)
  @AnswerSchema(200, '{"items":[{"line","kind","column","expected"}],"next":"cursor"|null}')
  async problems(
    @Caller() caller: Principal,
    @Param('id', Checked(ImportId)) id: string,
    @Query(Checked(ProblemsQuery)) query: z.output<typeof ProblemsQuery>,
  ) {
    const found = await this.imports.problems(id, query.after ?? { line: 0, kind: '' }, query.limit + 1);
    const items = found.slice(0, query.limit);
    const last = items.at(-1);
    return viewRawMessages(caller, {
      items,
      next: found.length > query.limit && last ? `${last.line}.${last.kind}` : null,
    });
  }

  private view(caller: Principal, job: ImportJob) {
    return viewRawMessages(caller, importView(job, this.imports.isAtWork(job.id)));
  }
}

/** @throws Problem 400 when nothing was sent */
function bodyOf({ body }: Sent): Readable {
  if (typeof body !== 'object' || body === null || !('pipe' in body))
    throw new Problem(400, 'empty-file', `Send the file as it is, as one of ${RAW_TYPES.join(', ')}.`);
  return body as Readable;
}
