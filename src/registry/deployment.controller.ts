import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked, invalidInput, QuerySchema } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewPlaces } from '../access/visibility.ts';
import { Id, Serial } from '../domain/id.ts';
import { Moment } from '../domain/moment.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from './collar-directory.ts';
import { planDeployments } from './deployment-plan.ts';
import { deploymentWithId } from './documents.ts';
import { RegistryService } from './registry.service.ts';
import type { RegistryEdit } from './registry-edit.store.ts';
import { DeploymentDocument } from './reserve.ts';

const NumberInPath = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'expected the number of a deployment')
  .transform(Number);
const DeploymentQuery = z.strictObject({ animal: Id.optional(), collar: Serial.optional() });
const NewEnd = z.strictObject({ to: Moment.nullable().describe('null: still worn.') });

const unknownDeployment = () => new Problem(404, 'unknown-deployment', 'There is no such deployment.');

/** Deployments one by one: put a collar on an animal, take it off. */
@ApiTags('registry')
@Controller('deployments')
export class DeploymentController {
  constructor(
    private readonly service: RegistryService,
    private readonly directory: CollarDirectory,
  ) {}

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'Deployments in the order of time' })
  @QuerySchema(DeploymentQuery)
  async list(@Caller() caller: Principal, @Query(Checked(DeploymentQuery)) query: z.output<typeof DeploymentQuery>) {
    const registry = await this.directory.upToDate();
    const items = registry.deployments().map((deployment) => deploymentWithId(deployment, registry));
    const wanted = (item: { animal: string; collar: string }) =>
      (query.animal ?? item.animal) === item.animal && (query.collar ?? item.collar) === item.collar;
    return viewPlaces(caller, { items: items.filter(wanted) });
  }

  @Post()
  @Allow('admin')
  @ApiOperation({ summary: 'Put a collar on an animal' })
  @BodySchema(DeploymentDocument)
  async create(
    @Caller() caller: Principal,
    @Body(Checked(DeploymentDocument)) document: z.output<typeof DeploymentDocument>,
  ) {
    await this.service.edit((edit) => putOne(edit, document));
    const registry = await this.directory.upToDate();
    const collarId = registry.collar(document.collar)?.id;
    const made = registry
      .deploymentsOf(document.animal)
      .find((one) => one.collarId === collarId && one.from === document.from);
    if (!made) throw unknownDeployment();
    return viewPlaces(caller, deploymentWithId(made, registry));
  }

  @Patch(':id')
  @Allow('admin')
  @ApiOperation({ summary: 'End a deployment, move its end, or open it again with null' })
  @BodySchema(NewEnd)
  async end(
    @Caller() caller: Principal,
    @Param('id', Checked(NumberInPath)) id: number,
    @Body(Checked(NewEnd)) { to }: z.output<typeof NewEnd>,
  ) {
    const registry = await this.directory.upToDate();
    const known = registry.deployment(id);
    const collar = known && registry.collarById(known.collarId);
    if (!known || !collar) throw unknownDeployment();
    if (to !== null && to <= known.from) throw invalidInput([{ field: 'to', expected: 'later than from' }], 422);
    await this.service.edit((edit) =>
      putOne(edit, { animal: known.animal, collar: collar.serial, from: known.from, to }),
    );
    const after = await this.directory.upToDate();
    const ended = after.deployment(id);
    if (!ended) throw unknownDeployment();
    return viewPlaces(caller, deploymentWithId(ended, after));
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('admin')
  @ApiOperation({ summary: 'Remove a deployment that never was; to end one, PATCH it' })
  @AnswerSchema(204, 'Removed.')
  async remove(@Param('id', Checked(NumberInPath)) id: number): Promise<void> {
    if (!(await this.service.edit((edit) => edit.removeDeployment(id)))) throw unknownDeployment();
  }
}

async function putOne(edit: RegistryEdit, document: z.output<typeof DeploymentDocument>): Promise<void> {
  const known = {
    deployments: await edit.deployments(),
    animals: await edit.animalIds(),
    collars: await edit.collarIds(),
  };
  await edit.putDeployments(planDeployments([document], known, ''));
}
