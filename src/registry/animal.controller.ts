import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked, checked } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewPlaces } from '../access/visibility.ts';
import { Id } from '../domain/id.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from './collar-directory.ts';
import { animalOut } from './documents.ts';
import { knownAnimal, unknownAnimal } from './known-animal.ts';
import { RegistryService } from './registry.service.ts';
import { AnimalDocument } from './reserve.ts';
import { demandSameId } from './same-id.ts';

/** Animals one by one. */
@ApiTags('registry')
@Controller('animals')
export class AnimalController {
  constructor(
    private readonly service: RegistryService,
    private readonly directory: CollarDirectory,
  ) {}

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'All animals' })
  async list(@Caller() caller: Principal) {
    return viewPlaces(caller, { items: (await this.directory.upToDate()).animals().map(animalOut) });
  }

  @Get(':id')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'One animal' })
  async read(@Caller() caller: Principal, @Param('id', Checked(Id)) id: string) {
    return viewPlaces(caller, animalOut(knownAnimal(await this.directory.upToDate(), id)));
  }

  @Put(':id')
  @Allow('admin')
  @ApiOperation({ summary: 'Add an animal, or replace what is known of it' })
  @BodySchema(AnimalDocument)
  async put(@Caller() caller: Principal, @Param('id', Checked(Id)) id: string, @Body() given: unknown) {
    await this.service.put({ animals: [checked(AnimalDocument, demandSameId(given, 'id', id), 422)] });
    return this.read(caller, id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('admin')
  @ApiOperation({ summary: 'Remove an animal that never wore a collar' })
  @AnswerSchema(204, 'Removed.')
  async remove(@Param('id', Checked(Id)) id: string): Promise<void> {
    const outcome = await this.service.edit((edit) => edit.removeAnimal(id));
    if (outcome === 'unknown') throw unknownAnimal();
    if (outcome === 'in-use') throw new Problem(409, 'animal-in-use', 'Deployments or alerts name this animal.');
  }
}
