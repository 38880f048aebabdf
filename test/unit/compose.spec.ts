import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readConfig, settings } from '../../src/config.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Service {
  image?: string;
  build?: string;
  profiles?: string[];
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
}
const compose = parse(read('docker-compose.yml')) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const service = (name: string) => compose.services[name]!;

describe('docker-compose.yml', () => {
  it('has the server between a Postgres and a broker, and the simulator in profile demo alone', () => {
    const inProfile = (profile: string | undefined) =>
      Object.keys(compose.services).filter((name) => service(name).profiles?.[0] === profile);
    expect(inProfile(undefined)).toEqual(['postgres', 'accounts', 'mosquitto', 'server']);
    expect(inProfile('demo')).toEqual(['demo-reserve', 'simulator']);
    expect(service('simulator').command).toContain('dist/simulator/main.js');
  });

  it('gives the server settings that it knows and takes', () => {
    const given = service('server').environment!;
    expect(Object.keys(settings)).toEqual(expect.arrayContaining(Object.keys(given)));
    const filled = Object.entries(given).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:[?-][^}]*\}/g, 'x'.repeat(48)),
    ]);
    const config = readConfig(Object.fromEntries(filled) as Record<string, string>);
    expect(new URL(config.DATABASE_URL!).hostname).toBe('postgres');
    expect(new URL(config.MQTT_URL!).hostname).toBe('mosquitto');
    expect(new URL(config.MQTT_URL!).username).toBe('collarwatch');
    expect(config.MQTT_PORT).toBe('off');
  });

  it('has no password in it and none by default', () => {
    for (const [name, { environment = {} }] of Object.entries(compose.services))
      for (const [key, value] of Object.entries(environment))
        if (/PASSWORD|SECRET|TOKEN|_URL$/.test(key))
          expect([name, key, value]).toEqual([name, key, expect.stringContaining('${')]);
    expect(read('docker-compose.yml')).not.toMatch(/\$\{\w*(PASSWORD|SECRET|TOKEN):-[^}]/);
  });

  it('starts each service after those it needs are well', () => {
    expect(service('server').depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      mosquitto: { condition: 'service_healthy' },
    });
    for (const { depends_on: needs = {} } of Object.values(compose.services))
      for (const [name, { condition }] of Object.entries(needs))
        if (condition === 'service_healthy' && !service(name).build)
          expect(service(name).healthcheck?.test).toBeDefined();
    expect(service('mosquitto').depends_on).toEqual({ accounts: { condition: 'service_completed_successfully' } });
  });

  it('mounts files and volumes that exist', () => {
    for (const { volumes = [] } of Object.values(compose.services))
      for (const volume of volumes) {
        const [from] = volume.split(':') as [string];
        if (from.startsWith('.')) expect([from, existsSync(path.join(root, from))]).toEqual([from, true]);
        else expect(Object.keys(compose.volumes)).toContain(from);
      }
    expect(() => accessSync(path.join(root, 'docker/mosquitto/accounts.sh'), constants.X_OK)).not.toThrow();
  });

  it('opens ports to this machine alone unless told otherwise', () => {
    for (const { ports = [] } of Object.values(compose.services))
      for (const port of ports) expect(port).toMatch(/^\$\{BIND:-127\.0\.0\.1\}:/);
  });
});

describe('the broker of the compose file', () => {
  const lines = read('docker/mosquitto/mosquitto.conf').split('\n');

  it.each([
    'allow_anonymous false',
    'password_file /mosquitto/accounts/passwords',
    'acl_file /mosquitto/config/acl',
    'persistence true',
    'autosave_interval 1',
    'autosave_on_changes true',
    'max_queued_messages 0',
    `max_packet_size ${readConfig({}).MQTT_MAX_PACKET_BYTES}`,
    'retain_available false',
  ])('has %s', (line) => expect(lines).toContain(line));

  it('lets queue by bytes, and as many be under way as the server takes', () => {
    const value = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
    expect(value('max_queued_bytes')).toBeGreaterThanOrEqual(2 ** 28);
    expect(value('max_inflight_messages')).toBeGreaterThanOrEqual(readConfig({}).MQTT_RECEIVE_MAXIMUM);
  });

  it('grants a collar its own topic and the server reading, and nothing else', () => {
    const grants = read('docker/mosquitto/acl')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(grants).toEqual(['user collarwatch', 'topic read collars/+/fixes', 'pattern write collars/%u/fixes']);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('ends in a stage with production packages, a user that is not root, and a health check', () => {
    expect(lines.filter((line) => line.startsWith('FROM '))).toHaveLength(3);
    expect(lines.join('\n')).toContain('npm ci --omit=dev --omit=optional --omit=peer');
    expect(last).toContain('USER node');
    expect(last.join('\n')).toMatch(/HEALTHCHECK .*\n.*\/health\/live/);
    expect(last).toContain('CMD ["node", "dist/src/main.js"]');
    expect(last.findIndex((line) => line.startsWith('USER'))).toBeLessThan(
      last.findIndex((line) => line.startsWith('CMD')),
    );
  });

  it('copies what is there, and nothing that holds secrets or data', () => {
    const sources = last.filter((line) => /^COPY [^-]/.test(line)).flatMap((line) => line.split(' ').slice(1, -1));
    for (const source of sources) expect([source, existsSync(path.join(root, source))]).toEqual([source, true]);
    expect(read('.dockerignore').split('\n')).toEqual(
      expect.arrayContaining(['.data', '.env', '.git', 'node_modules']),
    );
  });
});
