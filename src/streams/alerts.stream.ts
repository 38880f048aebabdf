import { Injectable } from '@nestjs/common';
import type { Principal } from '../access/principal.ts';
import { mayWatch, visibleFarms } from '../access/visibility.ts';
import { AlertChanges } from '../alerting/alert-changes.ts';
import type { AlertChange } from '../domain/alert/alert.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { AlertsView } from './alerts-view.ts';
import type { CursorText } from './cursor.ts';
import { alertsFilter, demandAnimals, demandFarms } from './filter.ts';
import { InFlight } from './in-flight.ts';
import { LogStream, type Standing } from './log-stream.ts';
import type { AlertsSubscription } from './messages.ts';
import { StreamsMetrics } from './metrics.ts';
import { SnapshotStore } from './snapshot.store.ts';

/** The stream of alerts: the log of their changes. */
@Injectable()
export class AlertsStream extends LogStream<AlertChange, AlertChange, AlertsSubscription, AlertsView> {
  private readonly openAlerts: InFlight<Awaited<ReturnType<SnapshotStore['openAlerts']>>>;

  constructor(
    private readonly changes: AlertChanges,
    private readonly directory: CollarDirectory,
    snapshots: SnapshotStore,
    metrics: StreamsMetrics,
  ) {
    super(
      'alerts',
      changes,
      (change) => change,
      () => 1,
      metrics,
    );
    this.openAlerts = new InFlight(() => snapshots.openAlerts());
  }

  protected override viewOf(request: AlertsSubscription, principal: Principal, cursors: CursorText): AlertsView {
    const registry = this.directory.current;
    const visible = visibleFarms(principal);
    demandFarms(request, (farm) => registry.farm(farm) !== undefined && (visible?.includes(farm) ?? true));
    // Who may not see positions is not told either which animals there are.
    if (mayWatch(principal, 'positions')) demandAnimals(request, (animal) => registry.animal(animal) !== undefined);
    return new AlertsView(request.id, principal, alertsFilter(request), cursors, this.changes);
  }

  protected override async standing(view: AlertsView): Promise<Standing> {
    const { seq, open } = await this.openAlerts.get();
    return { seq, snapshot: view.snapshot(seq, open) };
  }
}
