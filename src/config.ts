import { z } from 'zod';

const host = z.string().min(1);
const port = z.coerce.number().int().min(0).max(65_535);
const seconds = (fallback: number) => z.coerce.number().positive().max(86_400).default(fallback);
const bytes = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const count = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((value) => value === '1');

/**
 * Every setting: name, type, default, one sentence. Nothing else in the server reads the environment.
 * `.env.example` lists the same names; test/unit/config.spec.ts keeps the two equal.
 */
export const settings = {
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('Postgres 15 or newer to use; unset: an embedded one under DATA_DIR.'),
  DATA_DIR: z.string().min(1).default('.data').describe('Folder that the embedded parts keep.'),
  DATABASE_CONNECTIONS: count(10).describe('Connections to Postgres at most.'),
  DATABASE_TIMEOUT_S: seconds(15).describe('Longest wait for a connection, a statement or a transaction, in seconds.'),
  ALLOW_UNSAFE_DB: flag.describe('1: run although the database may lose what it has acknowledged.'),

  HTTP_HOST: host.default('127.0.0.1').describe('Address of REST, websocket and live page.'),
  HTTP_PORT: port.default(3000).describe('Port of REST, websocket and live page; 0 picks a free one.'),
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .describe('Origins, comma separated, whose pages may use the session cookie beside our own.'),
  TRUSTED_PROXIES: z
    .string()
    .regex(/^[\s\d.,:/a-fA-F]*$/, 'expected addresses or networks like 10.0.0.0/8, comma separated')
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((address) => address.trim())
        .filter(Boolean),
    )
    .describe('Addresses or networks of proxies, comma separated, whose X-Forwarded-For tells who asks.'),
  AUTH_MAX_FAILURES_PER_MINUTE: count(30).describe(
    'Credentials that are not good, from one address, before the address has to wait.',
  ),
  ADMIN_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{32,512}$/, 'expected 32 to 512 characters, ASCII without spaces')
    .optional()
    .describe(
      'Bearer token of the first administrator, 32 characters or more; unset: a sign-in link is printed at the first start.',
    ),

  MQTT_HOST: host.default('127.0.0.1').describe('Address of the embedded door.'),
  MQTT_PORT: z
    .union([z.literal('off'), port])
    .default(1883)
    .describe('Port of the embedded door; 0 picks a free one, off closes it.'),
  MQTT_MAX_CONNECT_BYTES: bytes(8_192).describe('Longest packet before a client has authenticated, in bytes.'),
  MQTT_MAX_PACKET_BYTES: bytes(1_048_576).describe(
    'Longest packet of an authenticated client, in bytes; a longer one ends the connection.',
  ),
  MQTT_MAX_CONNECTIONS: count(20_000).describe('Connections to the embedded door at most.'),
  MQTT_MAX_CONNECTIONS_PER_ADDRESS: count(1_000).describe('Connections to the embedded door from one address at most.'),
  MQTT_URL: z
    .url({ protocol: /^(mqtts?|wss?)$/ })
    .optional()
    .describe('External broker to consume from: the broker door.'),
  MQTT_CLIENT_ID: z
    .string()
    .min(1)
    .default('collarwatch')
    .describe('Client id of the persistent session at the external broker.'),
  MQTT_PROTOCOL: z
    .enum(['4', '5'])
    .default('5')
    .transform((value) => (value === '4' ? 4 : 5))
    .describe('MQTT version spoken to the external broker: 5, or 4 for 3.1.1.'),
  MQTT_RECEIVE_MAXIMUM: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(1_000)
    .describe('Unacknowledged messages the external broker may send at once.'),

  INGEST_MAX_WAITING: count(20_000).describe(
    'Messages that may wait for their commit at most; more are refused unacknowledged.',
  ),
  INGEST_MAX_WAITING_BYTES: bytes(134_217_728).describe('Bytes of messages that may wait for their commit at most.'),
  INGEST_MAX_BATCH: count(5_000).describe('Messages in one commit at most.'),
  INGEST_ACK_TIMEOUT_S: seconds(30).describe(
    'Longest wait of a message for its commit, in seconds; then its connection is closed unacknowledged, to send again.',
  ),
  LOG_RETENTION_DAYS: count(7).describe('Days that the log of batches reaches back.'),

  SEAL_AFTER_DAYS: z
    .union([z.literal('off'), z.coerce.number().int().min(0).max(3_650)])
    .default(7)
    .describe('Days after its end that a month of fixes is packed closely on the disk; off: never.'),
  RETENTION_MONTHS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_200)
    .optional()
    .describe('Whole months that fixes stay in the database before they go to the archive; unset: for ever.'),
  ARCHIVE_DIR: z.string().min(1).optional().describe('Folder of archived months; unset: archive under DATA_DIR.'),
  UPKEEP_EVERY_S: seconds(3_600).describe('Seconds between looks for months to pack or to archive.'),

  LATE_AFTER_H: z.coerce
    .number()
    .positive()
    .max(8_760)
    .default(12)
    .describe('Hours after which what is learned of an alert is late: it does not describe the present any more.'),

  IMPORT_MAX_BYTES: bytes(4_294_967_296).describe('Longest file of an import, in bytes as it is sent.'),
  IMPORT_MAX_RUNNING: count(1).describe('Imports that are checked or stored at once at most; others wait.'),
  IMPORT_KEEP_DAYS: count(7).describe('Days that the file of an import is kept after its end.'),

  BACKTEST_MAX: count(1).describe('Backtests of rules that run at once at most.'),

  LIVE_MAX_CONNECTIONS: count(5_000).describe('Websocket connections at most.'),
  LIVE_MAX_BUFFERED_BYTES: bytes(1_048_576).describe(
    'Bytes that may wait for one slow websocket reader before its positions are folded.',
  ),
  LIVE_HEARTBEAT_S: seconds(20).describe('Seconds between heartbeats of a websocket.'),
  SHUTDOWN_TIMEOUT_S: seconds(10).describe('Longest wait for connections to drain at the end, in seconds.'),

  DEMO: flag.describe('1: an empty database gets the demo reserve, and Sofia starts to walk.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least level of what is logged, on standard error.'),
} as const;

const schema = z.object(settings);
export type Config = z.output<typeof schema>;

/** A setting that cannot be used. The message is one line and names it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings. An empty value counts as unset, as in compose files.
 *
 * @throws ConfigError naming the first wrong setting and what was expected; never its value, which may be a secret.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name in settings && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ConfigError(`setting ${String(issue?.path[0])}: ${issue?.message ?? 'invalid'}`);
}

/** What Nest injects the settings by: `@Inject(CONFIG) config: Config`. */
export const CONFIG = Symbol('config');
