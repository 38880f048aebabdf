import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { Checked, QuerySchema } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewAlert, viewAlertList, viewAlertWithChanges, visibleFarms } from '../access/visibility.ts';
import type { Alert, Ledger } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';
import { AS_OF } from '../domain/moment.ts';
import { Problem } from '../domain/problem.ts';
import { AlertChanges } from './alert-changes.ts';
import { type AlertQuery, AlertStore, type Deed } from './alert.store.ts';
import { AlertingMetrics } from './metrics.ts';

const MAX_PAGE = 1_000;
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const querySchema = z.object({
  state: z.enum(['open', 'closed', 'retracted']).optional(),
  farm: z.string().max(63).optional().describe('Alerts about this farm.'),
  area: z.string().max(63).optional().describe('Alerts about this area.'),
  animal: z.string().max(63).optional(),
  kind: z.string().max(63).optional(),
  late: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Alerts that no longer described the present when they were learned; or only the others.'),
  from: time.optional().describe('Alerts opened at or after this time.'),
  to: time.optional().describe('Alerts opened before this time.'),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
  after: z.string().max(200).optional().describe('`next` of the page before.'),
  ...AS_OF,
});
const oneSchema = z.object(AS_OF);
const noteSchema = z.object({ note: z.string().trim().max(2_000).default('') });
const commentSchema = z.object({ note: z.string().trim().min(1).max(2_000) });
const idSchema = z.uuid();

function writeCursor({ openedAt, id }: Alert): string {
  return Buffer.from(`${openedAt}:${id}`).toString('base64url');
}

function readCursor(text: string): NonNullable<AlertQuery['after']> {
  const match = /^(-?\d{1,15}):([0-9a-f-]{36})$/.exec(Buffer.from(text, 'base64url').toString());
  if (!match) throw new Problem(400, 'invalid-input', 'after: expected `next` of the page before');
  return { openedAt: Number(match[1]), id: match[2]! };
}

const unknownAlert = () => new Problem(404, 'unknown-alert', 'there is no such alert');

/** The steps that an alert had passed by a moment. */
function by(moment: EpochMs, ledger: Ledger): Ledger {
  const passed = (at: EpochMs | null) => (at !== null && at <= moment ? at : null);
  return {
    fixAt: ledger.fixAt,
    receivedAt: passed(ledger.receivedAt),
    committedAt: passed(ledger.committedAt),
    judgedAt: passed(ledger.judgedAt),
    firstSentAt: passed(ledger.firstSentAt),
    acknowledgedAt: passed(ledger.acknowledgedAt),
  };
}

/** Alerts: listed, read, acknowledged, commented. What one may not see is answered as what is not there. */
@ApiTags('alerts')
@Controller('alerts')
export class AlertController {
  constructor(
    private readonly store: AlertStore,
    private readonly feed: AlertChanges,
    private readonly metrics: AlertingMetrics,
  ) {}

  @Get()
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  @ApiOperation({ summary: 'Alerts, newest opening first' })
  @QuerySchema(querySchema)
  async list(@Caller() caller: Principal, @Query(Checked(querySchema)) query: z.output<typeof querySchema>) {
    const { after, limit, ...filter } = query;
    const found = await this.store.list({
      ...filter,
      limit: limit + 1,
      ...(after === undefined ? {} : { after: readCursor(after) }),
      visibleFarms: visibleFarms(caller),
    });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return viewAlertList(caller, page, last ? writeCursor(last) : null);
  }

  @Get(':id')
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  @ApiOperation({ summary: 'One alert with its changes, and when it passed each step on its way to people' })
  @QuerySchema(oneSchema)
  async read(
    @Caller() caller: Principal,
    @Param('id', Checked(idSchema)) id: string,
    @Query(Checked(oneSchema)) { asOf }: z.output<typeof oneSchema>,
  ) {
    const [alert, ledger, changes] = await Promise.all([
      this.store.find(id, asOf),
      this.store.ledger(id),
      this.store.changesOf(id, asOf),
    ]);
    const passed = ledger && (asOf === undefined ? ledger : by(asOf, ledger));
    const view = alert && passed && viewAlertWithChanges(caller, alert, passed, changes);
    if (!view) throw unknownAlert();
    return view;
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  @ApiOperation({ summary: 'Acknowledge an alert; the first acknowledgement stays' })
  acknowledge(
    @Caller() caller: Principal,
    @Param('id', Checked(idSchema)) id: string,
    @Body(Checked(noteSchema)) { note }: z.output<typeof noteSchema>,
  ) {
    return this.record(caller, id, { change: 'acknowledged', by: caller.name, note, at: Date.now() });
  }

  @Post(':id/comment')
  @HttpCode(200)
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  @ApiOperation({ summary: 'Add a note to an alert' })
  comment(
    @Caller() caller: Principal,
    @Param('id', Checked(idSchema)) id: string,
    @Body(Checked(commentSchema)) { note }: z.output<typeof commentSchema>,
  ) {
    return this.record(caller, id, { change: 'commented', by: caller.name, note, at: Date.now() });
  }

  private async record(caller: Principal, id: string, deed: Deed) {
    const before = await this.store.find(id);
    if (!before || !viewAlert(caller, before)) throw unknownAlert();
    const recorded = await this.store.record(id, deed);
    if (recorded?.change) {
      this.feed.announce(recorded.change);
      if (deed.change === 'acknowledged') await this.noteAcknowledged(recorded.alert);
    }
    const view = recorded && viewAlert(caller, recorded.alert);
    if (!view) throw unknownAlert();
    return view;
  }

  private async noteAcknowledged({ id, late }: Alert): Promise<void> {
    const ledger = await this.store.ledger(id).catch(() => null);
    if (ledger) this.metrics.acknowledged(ledger, late);
  }
}
