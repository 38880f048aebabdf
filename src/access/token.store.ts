import { Injectable } from '@nestjs/common';
import type { EpochMs } from '../domain/fix.ts';
import { Database } from '../database/database.ts';
import type { PersonRole } from './principal.ts';

/** `token`: of a program. `session`: of a browser. `sign-in`: a code that becomes a session, once. `ticket`: opens one websocket. */
export type TokenKind = 'token' | 'session' | 'sign-in' | 'ticket';

/** A credential about to be stored. */
export interface NewToken {
  readonly id: string;
  readonly kind: TokenKind;
  readonly name: string;
  readonly role: PersonRole;
  readonly farms: readonly string[];
  readonly digest: Uint8Array;
  /** Digest of the token it was made from; null: of none. */
  readonly grantedBy: Uint8Array | null;
  /** Seconds from now; null: never ends by itself. */
  readonly lastsS: number | null;
}

/** A stored credential that is good now. */
export interface LiveToken {
  readonly id: string;
  readonly kind: TokenKind;
  readonly name: string;
  readonly role: PersonRole;
  readonly farms: readonly string[];
  readonly expiresAt: EpochMs | null;
  readonly grantedBy: Uint8Array | null;
  /** `grantedBy` is a row of the table, not the token of the settings. */
  readonly grantedByStored: boolean;
}

/** A token as its list shows it. */
export interface ListedToken {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly farms: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** The table of credentials. All of its times are the database's, so that replicas agree. */
@Injectable()
export class TokenStore {
  constructor(private readonly database: Database) {}

  async insert(token: NewToken): Promise<{ createdAt: EpochMs; expiresAt: EpochMs | null }> {
    const [row] = await this.database.client.$queryRaw<[{ created_at: number; expires_at: number | null }]>`
      INSERT INTO access_token (id, kind, name, role, farms, digest, granted_by, created_at, expires_at)
      VALUES (${token.id}::uuid, ${token.kind}, ${token.name}, ${token.role}, ${[...token.farms]}::text[], ${token.digest},
        ${token.grantedBy}, now(), now() + ${token.lastsS}::float8 * interval '1 second')
      RETURNING extract(epoch FROM created_at)::float8 * 1000 AS created_at,
        extract(epoch FROM expires_at)::float8 * 1000 AS expires_at`;
    return { createdAt: Math.round(row.created_at), expiresAt: rounded(row.expires_at) };
  }

  /** The token or session of a digest, while neither it nor the token that it was made from has ended. */
  async find(digest: Uint8Array, kind: 'token' | 'session' | 'any'): Promise<LiveToken | null> {
    const rows = await this.database.client.$queryRaw<Row[]>`
      SELECT own.id::text AS id, own.kind, own.name, own.role, own.farms, own.granted_by,
        extract(epoch FROM own.expires_at)::float8 * 1000 AS expires_at, origin.id IS NOT NULL AS granted_by_stored
      FROM access_token own LEFT JOIN access_token origin ON origin.digest = own.granted_by
      WHERE own.digest = ${digest} AND own.kind IN ('token', 'session') AND (own.kind = ${kind} OR ${kind} = 'any')
        AND own.revoked_at IS NULL AND (own.expires_at IS NULL OR own.expires_at > now())
        AND origin.revoked_at IS NULL AND (origin.expires_at IS NULL OR origin.expires_at > now())`;
    return rows[0] ? liveToken(rows[0]) : null;
  }

  /** Takes a code or ticket, which is good once: who comes second finds nothing. */
  async take(digest: Uint8Array, kind: 'sign-in' | 'ticket'): Promise<LiveToken | null> {
    const rows = await this.database.client.$queryRaw<Row[]>`
      DELETE FROM access_token WHERE digest = ${digest} AND kind = ${kind} AND expires_at > now()
      RETURNING id::text AS id, kind, name, role, farms, granted_by,
        extract(epoch FROM expires_at)::float8 * 1000 AS expires_at, false AS granted_by_stored`;
    return rows[0] ? liveToken(rows[0]) : null;
  }

  /** Tokens of programs, newest first; never a digest. */
  async list(): Promise<ListedToken[]> {
    const [row] = await this.database.client.$queryRaw<[{ items: ListedToken[] }]>`
      SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'role', role, 'farms', farms,
        'createdAt', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'expiresAt', to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'revokedAt', to_char(revoked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        ORDER BY created_at DESC, id), '[]') AS items
      FROM access_token WHERE kind = 'token'`;
    return row.items;
  }

  /** Ends a token or session and what was made from it. @returns the ids that ended; empty: there is no such credential */
  async revoke(id: string): Promise<string[]> {
    const rows = await this.database.client.$queryRaw<{ id: string }[]>`
      UPDATE access_token SET revoked_at = coalesce(revoked_at, now())
      WHERE id = ${id}::uuid OR granted_by = (SELECT digest FROM access_token WHERE id = ${id}::uuid)
      RETURNING id::text AS id`;
    return rows.map((row) => row.id);
  }

  /** What ended in the last seconds by revocation or by itself, whichever process ended it. */
  async ended(withinS: number): Promise<string[]> {
    const rows = await this.database.client.$queryRaw<{ id: string }[]>`
      SELECT id::text AS id FROM access_token
      WHERE kind IN ('token', 'session') AND (revoked_at > now() - ${withinS}::float8 * interval '1 second'
        OR (expires_at <= now() AND expires_at > now() - ${withinS}::float8 * interval '1 second'))`;
    return rows.map((row) => row.id);
  }

  /** Whether anybody can act as administrator by what this table holds. */
  async hasAdmin(): Promise<boolean> {
    const [row] = await this.database.client.$queryRaw<[{ found: boolean }]>`
      SELECT EXISTS (SELECT FROM access_token WHERE role = 'admin' AND kind IN ('token', 'session') AND granted_by IS NULL
        AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())) AS found`;
    return row.found;
  }

  /** Forgets sign-in codes: with the first administrator signed in, none is needed. */
  async forgetSignInCodes(): Promise<void> {
    await this.database.client.$executeRaw`DELETE FROM access_token WHERE kind = 'sign-in'`;
  }

  /** Deletes codes and tickets that have ended, and sessions a day later; tokens stay, so that a name in an old note is found. */
  async prune(): Promise<void> {
    await this.database.client.$executeRaw`
      DELETE FROM access_token WHERE (kind IN ('sign-in', 'ticket') AND expires_at < now())
        OR (kind = 'session' AND coalesce(revoked_at, expires_at) < now() - interval '1 day')`;
  }
}

interface Row {
  id: string;
  kind: TokenKind;
  name: string;
  role: PersonRole;
  farms: string[];
  granted_by: Uint8Array | null;
  granted_by_stored: boolean;
  expires_at: number | null;
}

function liveToken(row: Row): LiveToken {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    role: row.role,
    farms: row.farms,
    expiresAt: rounded(row.expires_at),
    grantedBy: row.granted_by,
    grantedByStored: row.granted_by_stored,
  };
}

/** Float seconds times 1000 is a hair off the millisecond. */
function rounded(ms: number | null): EpochMs | null {
  return ms === null ? null : Math.round(ms);
}
