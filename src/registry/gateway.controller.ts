import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked, checked } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewPlaces } from '../access/visibility.ts';
import { Id } from '../domain/id.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from './collar-directory.ts';
import { gatewayOut } from './documents.ts';
import { RegistryService } from './registry.service.ts';
import { GatewayDocument } from './reserve.ts';
import { demandSameId } from './same-id.ts';

const unknownGateway = () => new Problem(404, 'unknown-gateway', 'There is no such gateway.');

/** Gateways one by one. A secret goes in and never comes out. */
@ApiTags('registry')
@Controller('gateways')
export class GatewayController {
  constructor(
    private readonly service: RegistryService,
    private readonly directory: CollarDirectory,
  ) {}

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'All gateways' })
  async list(@Caller() caller: Principal) {
    return viewPlaces(caller, { items: (await this.directory.upToDate()).gateways().map(gatewayOut) });
  }

  @Get(':id')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'One gateway' })
  async read(@Caller() caller: Principal, @Param('id', Checked(Id)) id: string) {
    const gateway = (await this.directory.upToDate()).gateway(id);
    if (!gateway) throw unknownGateway();
    return viewPlaces(caller, gatewayOut(gateway));
  }

  @Put(':id')
  @Allow('admin')
  @ApiOperation({ summary: 'Add a gateway, or replace it; without a secret, that stays as it was' })
  @BodySchema(GatewayDocument)
  async put(@Caller() caller: Principal, @Param('id', Checked(Id)) id: string, @Body() given: unknown) {
    await this.service.put({ gateways: [checked(GatewayDocument, demandSameId(given, 'id', id), 422)] });
    return this.read(caller, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('admin')
  @ApiOperation({ summary: 'Remove a gateway; its connections end' })
  @AnswerSchema(204, 'Removed.')
  async remove(@Param('id', Checked(Id)) id: string): Promise<void> {
    if (!(await this.service.edit((edit) => edit.removeGateway(id)))) throw unknownGateway();
  }
}
