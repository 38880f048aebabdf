import type { EpochMs } from '../domain/fix.ts';

/** What a person, or a program in a person's place, may be. */
export const PERSON_ROLES = ['admin', 'ranger', 'researcher', 'farmer'] as const;
export type PersonRole = (typeof PERSON_ROLES)[number];

/** What publishes over MQTT: a collar for itself, a gateway for the collars it is granted. */
export type DeviceRole = 'collar' | 'gateway';
export type Role = PersonRole | DeviceRole;

/** Who asks: known only after a credential was checked. */
export interface Principal {
  /** The id of the credential, so that its revocation finds what it opened; a collar's serial, a gateway's id. */
  readonly id: string;
  /** For people: what stands beside a note or an acknowledgement. */
  readonly name: string;
  readonly role: Role;
  /** Ids of the farms whose alerts a farmer sees; empty for everybody else. */
  readonly farms: readonly string[];
  /** Serials that a device may publish for, `*`: every; empty for people. */
  readonly serials: ReadonlySet<string>;
  /** When the credential ends by itself; null: never. */
  readonly until: EpochMs | null;
}

/** Stands in a gateway's list for every collar. */
export const EVERY_SERIAL = '*';

const NONE: ReadonlySet<string> = new Set();

/** A person or program with a role. */
export function person(
  credential: Pick<Principal, 'id' | 'name' | 'farms' | 'until'> & { readonly role: PersonRole },
): Principal {
  const { id, name, role, farms, until } = credential;
  return { id, name, role, farms: role === 'farmer' ? farms : [], serials: NONE, until };
}

/** A collar: it publishes for itself alone. */
export function collarPrincipal(serial: string): Principal {
  return { id: serial, name: serial, role: 'collar', farms: [], serials: new Set([serial]), until: null };
}

/** A satellite or network server that publishes for the collars it is granted. */
export function gatewayPrincipal(id: string, serials: readonly string[]): Principal {
  return { id, name: id, role: 'gateway', farms: [], serials: new Set(serials), until: null };
}
