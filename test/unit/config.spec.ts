import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, readConfig, settings } from '../../src/config.ts';

const file = path.resolve(import.meta.dirname, '../../.env.example');

/** `.env.example` as the settings say it: each with its sentence, commented out with its default. */
function example(): string {
  const defaults: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>> = readConfig({});
  const lines = Object.entries(settings).map(([name, schema]) => {
    const value = defaults[name];
    const text = typeof value === 'boolean' ? Number(value) : [value ?? ''].flat().join();
    return `# ${schema.description ?? ''}\n#${name}=${text}\n`;
  });
  return `# Every setting with its default. src/config.ts is where they are read; UPDATE_EXAMPLE=1 npm run test:unit writes this file anew.\n\n${lines.join('\n')}`;
}

describe('settings', () => {
  it('stand in .env.example, every one, with their defaults', () => {
    if (process.env['UPDATE_EXAMPLE'] === '1') writeFileSync(file, example());
    expect(readFileSync(file, 'utf8')).toBe(example());
  });

  it('each have a sentence', () => {
    for (const [name, schema] of Object.entries(settings)) expect(`${name}: ${schema.description}`).toMatch(/: .*\.$/);
  });

  it('have the defaults that users are promised', () => {
    expect(readConfig({})).toMatchObject({
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: 3000,
      MQTT_HOST: '127.0.0.1',
      MQTT_PORT: 1883,
      DATA_DIR: '.data',
      DEMO: false,
    });
    expect(readConfig({ MQTT_PORT: 'off' }).MQTT_PORT).toBe('off');
    expect(readConfig({ DATABASE_URL: '' }).DATABASE_URL).toBeUndefined();
  });

  it.each([
    ['HTTP_PORT', '70000'],
    ['HTTP_PORT', 'http'],
    ['MQTT_PORT', '-1'],
    ['MQTT_PORT', 'of'],
    ['ADMIN_TOKEN', 'short'],
    ['DATABASE_URL', 'mysql://x'],
    ['MQTT_URL', 'http://x'],
    ['DEMO', 'yes'],
    ['INGEST_MAX_BATCH', '0'],
  ])('%s=%s stops the start with one line that names the setting and not its value', (name, value) => {
    const attempt = () => readConfig({ [name]: value });
    expect(attempt).toThrow(ConfigError);
    try {
      attempt();
    } catch (error) {
      const { message } = error as Error;
      expect(message).toContain(name);
      expect(message).not.toContain('\n');
      if (value.length > 3) expect(message).not.toContain(value);
    }
  });
});
