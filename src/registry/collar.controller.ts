import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked, checked } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewPlaces } from '../access/visibility.ts';
import { Serial } from '../domain/id.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from './collar-directory.ts';
import { collarOut } from './documents.ts';
import { RegistryService } from './registry.service.ts';
import { CollarDocument } from './reserve.ts';
import { demandSameId } from './same-id.ts';

const unknownCollar = () => new Problem(404, 'unknown-collar', 'There is no such collar.');

/** Collars one by one, by their serials. A secret goes in and never comes out. */
@ApiTags('registry')
@Controller('collars')
export class CollarController {
  constructor(
    private readonly service: RegistryService,
    private readonly directory: CollarDirectory,
  ) {}

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'All collars' })
  async list(@Caller() caller: Principal) {
    return viewPlaces(caller, { items: (await this.directory.upToDate()).collars().map(collarOut) });
  }

  @Get(':serial')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'One collar' })
  async read(@Caller() caller: Principal, @Param('serial', Checked(Serial)) serial: string) {
    const collar = (await this.directory.upToDate()).collar(serial);
    if (!collar) throw unknownCollar();
    return viewPlaces(caller, collarOut(collar));
  }

  @Put(':serial')
  @Allow('admin')
  @ApiOperation({ summary: 'Add a collar, or replace what is known of it; without a secret, that stays as it was' })
  @BodySchema(CollarDocument)
  async put(@Caller() caller: Principal, @Param('serial', Checked(Serial)) serial: string, @Body() given: unknown) {
    await this.service.put({ collars: [checked(CollarDocument, demandSameId(given, 'serial', serial), 422)] });
    return this.read(caller, serial);
  }

  @Delete(':serial')
  @HttpCode(204)
  @Allow('admin')
  @ApiOperation({ summary: 'Remove a collar that was never deployed and never reported' })
  @AnswerSchema(204, 'Removed.')
  async remove(@Param('serial', Checked(Serial)) serial: string): Promise<void> {
    const outcome = await this.service.edit((edit) => edit.removeCollar(serial));
    if (outcome === 'unknown') throw unknownCollar();
    if (outcome === 'in-use') throw new Problem(409, 'collar-in-use', 'Deployments or fixes name this collar.');
  }
}
