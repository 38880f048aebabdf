import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked, checked } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewPlaces } from '../access/visibility.ts';
import { Id } from '../domain/id.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from './collar-directory.ts';
import { areaOut, areasOut } from './documents.ts';
import { areaRow, RegistryService } from './registry.service.ts';
import { AreaFeature } from './reserve.ts';
import { demandSameId } from './same-id.ts';

const unknownArea = () => new Problem(404, 'unknown-area', 'There is no such area.');

/** Areas one by one, as GeoJSON features: polygons that are not farms, and that animals leave or enter. */
@ApiTags('registry')
@Controller('areas')
export class AreaController {
  constructor(
    private readonly service: RegistryService,
    private readonly directory: CollarDirectory,
  ) {}

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'All areas, as a FeatureCollection' })
  async list(@Caller() caller: Principal) {
    return viewPlaces(caller, areasOut((await this.directory.upToDate()).areas()));
  }

  @Get(':id')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'One area' })
  async read(@Caller() caller: Principal, @Param('id', Checked(Id)) id: string) {
    const area = (await this.directory.upToDate()).area(id);
    if (!area) throw unknownArea();
    return viewPlaces(caller, areaOut(area));
  }

  @Put(':id')
  @Allow('admin')
  @ApiOperation({ summary: 'Add an area, or replace it: a reserve, a state border, village land' })
  @BodySchema(AreaFeature)
  async put(@Caller() caller: Principal, @Param('id', Checked(Id)) id: string, @Body() given: unknown) {
    const feature = checked(AreaFeature, demandSameId(given, 'id', id), 422);
    await this.service.edit((edit) => edit.putAreas([areaRow(feature)]));
    return this.read(caller, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('admin')
  @ApiOperation({ summary: 'Remove an area; its alerts stay' })
  @AnswerSchema(204, 'Removed.')
  async remove(@Param('id', Checked(Id)) id: string): Promise<void> {
    if (!(await this.service.edit((edit) => edit.removeArea(id)))) throw unknownArea();
  }
}
