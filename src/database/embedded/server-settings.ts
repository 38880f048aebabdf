import { randomInt } from 'node:crypto';

/** Settings of the embedded Postgres: a small machine that must lose nothing. Given on the command line, so that they win. */
export function serverSettings(port: number, connections: number): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    // No socket in the file system: /tmp is everybody's, and a path in DATA_DIR may be longer than a socket's name can be.
    unix_socket_directories: '',
    // Ours, and some for the token command, psql and a server that is just being replaced.
    max_connections: connections + 20,
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',

    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    ...(process.platform === 'darwin' ? { wal_sync_method: 'fsync_writethrough' } : {}),

    shared_buffers: '192MB',
    // Long stretches between checkpoints keep full-page images, and with them the log's volume, down.
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    wal_compression: 'pglz',
    jit: 'off',
    random_page_cost: 1.1,
    // A question over many years touches every month's table and its key.
    max_locks_per_transaction: 256,

    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // The server tells its own errors. Statements and details hold positions, which belong in no log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** A password nobody needs to type: it stays in a file that only the server's account reads. */
export function newPassword(): string {
  return Array.from({ length: 32 }, () => randomInt(36).toString(36)).join('');
}
