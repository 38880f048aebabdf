import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked } from '../access/checked-input.ts';
import { LargeBody } from '../access/large-body.ts';
import type { Principal } from '../access/principal.ts';
import { viewPlaces, withoutPosition } from '../access/visibility.ts';
import { CollarDirectory } from './collar-directory.ts';
import { reserveOut } from './documents.ts';
import { RegistryService } from './registry.service.ts';
import { Reserve } from './reserve.ts';

/** Ten thousand farms with drawn borders and as many collars. */
const RESERVE_BYTES = 33_554_432;

const Counts = z.object({
  farms: z.number(),
  areas: z.number(),
  animals: z.number(),
  collars: z.number(),
  deployments: z.number(),
  gateways: z.number(),
});

/** The whole registry as one document. */
@ApiTags('registry')
@Controller('reserve')
export class ReserveController {
  constructor(
    private readonly service: RegistryService,
    private readonly directory: CollarDirectory,
  ) {}

  @Put()
  @Allow('admin')
  @LargeBody(RESERVE_BYTES, 'admin')
  @ApiOperation({ summary: 'Add to the registry and update it, all or nothing; what the document does not name stays' })
  @BodySchema(Reserve)
  @AnswerSchema(200, 'How many of each part the document held.', Counts)
  async put(@Body(Checked(Reserve)) reserve: z.output<typeof Reserve>) {
    return withoutPosition(await this.service.put(reserve));
  }

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'The whole registry, as PUT takes it, without secrets' })
  @AnswerSchema(200, 'The registry.')
  async read(@Caller() caller: Principal) {
    return viewPlaces(caller, reserveOut(await this.directory.upToDate()));
  }
}
