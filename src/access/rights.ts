import { EVERY_SERIAL, type Principal } from './principal.ts';

/**
 * What a principal may see, before it is known of what. A later axis (delay, history window, coarse grid, den blackout) is a
 * field here, a clause in visibility.ts and one in the statements that demand a PositionGrant; outlets do not change.
 */
export interface Rights {
  readonly positions: 'exact' | 'none';
  /** Ids of farms, or every alert. */
  readonly alerts: 'all' | ReadonlySet<string>;
}

const NOTHING: Rights = { positions: 'none', alerts: new Set() };
const EVERYTHING: Rights = { positions: 'exact', alerts: 'all' };

/** The rights of a principal: by its role, and a farmer's farms. */
export function rightsOf(principal: Principal): Rights {
  switch (principal.role) {
    case 'admin':
    case 'ranger':
    case 'researcher':
      return EVERYTHING;
    case 'farmer':
      return { positions: 'none', alerts: new Set(principal.farms) };
    default:
      return NOTHING;
  }
}

/** Two principals with the same key see the same of everything, so that a frame is made once for all of them. */
export function viewerKey(principal: Principal): string {
  const { positions, alerts } = rightsOf(principal);
  return JSON.stringify([positions, alerts === 'all' ? alerts : [...alerts].sort()]);
}

/** Streams of the websocket. */
export type Stream = 'positions' | 'alerts';

/** Whether a principal may open a stream at all. What it then sees there is for the views to say. */
export function mayWatch(principal: Principal, stream: Stream): boolean {
  if (principal.role === 'collar' || principal.role === 'gateway') return false;
  return stream === 'alerts' || rightsOf(principal).positions !== 'none';
}

/** Whether a principal may publish fixes of a collar. People never do. */
export function mayPublish(principal: Principal, serial: string): boolean {
  if (principal.role !== 'collar' && principal.role !== 'gateway') return false;
  return principal.serials.has(serial) || (principal.role === 'gateway' && principal.serials.has(EVERY_SERIAL));
}

/** The farms whose alerts a principal may list (see concernedFarm), so that pages and counts are made of these alone; null: all alerts. */
export function visibleFarms(principal: Principal): readonly string[] | null {
  const { alerts } = rightsOf(principal);
  return alerts === 'all' ? null : [...alerts];
}
