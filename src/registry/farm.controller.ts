import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked, checked } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewPlaces } from '../access/visibility.ts';
import { Id } from '../domain/id.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from './collar-directory.ts';
import { farmOut, farmsOut } from './documents.ts';
import { farmRow, RegistryService } from './registry.service.ts';
import { FarmFeature } from './reserve.ts';
import { demandSameId } from './same-id.ts';

/** Any of a farm's properties, and its geometry. */
const FarmChange = z.looseObject({}).refine((change) => Object.keys(change).length > 0, 'expected a field to change');

const unknownFarm = () => new Problem(404, 'unknown-farm', 'There is no such farm.');

/** Farms one by one, as GeoJSON features. */
@ApiTags('registry')
@Controller('farms')
export class FarmController {
  constructor(
    private readonly service: RegistryService,
    private readonly directory: CollarDirectory,
  ) {}

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'All farms, as a FeatureCollection' })
  async list(@Caller() caller: Principal) {
    return viewPlaces(caller, farmsOut((await this.directory.upToDate()).farms()));
  }

  @Get(':id')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'One farm' })
  async read(@Caller() caller: Principal, @Param('id', Checked(Id)) id: string) {
    const farm = (await this.directory.upToDate()).farm(id);
    if (!farm) throw unknownFarm();
    return viewPlaces(caller, farmOut(farm));
  }

  @Put(':id')
  @Allow('admin')
  @ApiOperation({ summary: 'Add a farm, or replace it' })
  @BodySchema(FarmFeature)
  async put(@Caller() caller: Principal, @Param('id', Checked(Id)) id: string, @Body() given: unknown) {
    const feature = checked(FarmFeature, demandSameId(given, 'id', id), 422);
    await this.service.edit((edit) => edit.putFarms([farmRow(feature)]));
    return this.read(caller, id);
  }

  @Patch(':id')
  @Allow('admin')
  @ApiOperation({ summary: 'Change some of a farm: { "nearM": 3000 }, { "name": … }, { "geometry": … }' })
  @BodySchema(FarmChange)
  async change(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Body(Checked(FarmChange)) { geometry, ...properties }: z.output<typeof FarmChange>,
  ) {
    await this.service.edit(async (edit) => {
      const farm = await edit.farm(id);
      if (!farm) throw unknownFarm();
      const now = farmOut(farm);
      const changed = { ...now, geometry: geometry ?? now.geometry, properties: { ...now.properties, ...properties } };
      await edit.putFarms([farmRow(checked(FarmFeature, changed, 422))]);
    });
    return this.read(caller, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('admin')
  @ApiOperation({ summary: 'Remove a farm; its alerts stay' })
  @AnswerSchema(204, 'Removed.')
  async remove(@Param('id', Checked(Id)) id: string): Promise<void> {
    if (!(await this.service.edit((edit) => edit.removeFarm(id)))) throw unknownFarm();
  }
}
