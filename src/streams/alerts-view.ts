import type { Principal } from '../access/principal.ts';
import { viewAlert, viewAlertChange } from '../access/visibility.ts';
import type { AlertChanges } from '../alerting/alert-changes.ts';
import type { Alert, AlertChange } from '../domain/alert/alert.ts';
import type { CursorText } from './cursor.ts';
import { letsAlert, type AlertsFilter } from './filter.ts';
import type { Told, View } from './view.ts';
import { frame } from './websocket-frame.ts';

/** The stream of alerts as one kind of reader gets it. Alerts are never folded: a slow reader reads the log again. */
export class AlertsView implements View<AlertChange> {
  readonly startBacklog = null;

  constructor(
    readonly id: string,
    private readonly principal: Principal,
    private readonly filter: AlertsFilter,
    private readonly cursors: CursorText,
    private readonly ledger: Pick<AlertChanges, 'told'>,
  ) {}

  get filterKey(): string {
    return this.filter.key;
  }

  /** How things stood at `seq`: of the open alerts those that this view asks for and that are for this reader to see. */
  snapshot(seq: number, open: readonly Alert[]): Told {
    const alerts = open
      .filter((alert) => letsAlert(this.filter, alert))
      .map((alert) => viewAlert(this.principal, alert))
      .filter((alert) => alert !== null);
    const bytes = frame('snapshot', { id: this.id, cursor: this.cursors.write(seq), alerts });
    return { bytes, frames: 1, written: this.noteOnce(alerts) };
  }

  /** One frame for all: changes that were read together are told together. */
  tell(entries: readonly AlertChange[]): Told | null {
    const changes = entries
      .filter(({ alert }) => letsAlert(this.filter, alert))
      .map((change) => viewAlertChange(this.principal, change))
      .filter((change) => change !== null);
    const last = entries.at(-1);
    if (!last || changes.length === 0) return null;
    const bytes = frame('alerts', { id: this.id, cursor: this.cursors.write(last.seq), changes });
    return { bytes, frames: 1, written: this.noteOnce(changes.map(({ alert }) => alert)) };
  }

  /** Bytes are written to many, and the ledger is told once. */
  private noteOnce(alerts: readonly { readonly id: string }[]): () => void {
    let isNoted = false;
    return () => {
      if (isNoted) return;
      isNoted = true;
      this.ledger.told(alerts.map(({ id }) => id));
    };
  }
}
