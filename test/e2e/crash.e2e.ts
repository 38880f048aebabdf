import { aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { dataFolder, eventually, startServer } from '../support/server.ts';

const KILLS = 5;
const COLLARS = 40;
const HOUR = 3_600_000;
const START = Math.floor(Date.now() / HOUR) * HOUR - 900 * HOUR;

/** Serial, animal and way of one of the walkers: in and out of the farm's rings for ever. */
const walkers = Array.from({ length: COLLARS }, (_, i) => ({ serial: `c${i}`, animal: `a${i}` }));
const placeOf = (walker: number, step: number) => northOfFarm([4_000, 1_800, 300, 2_900, 3_500][(step + walker) % 5]!);

const reserve = {
  ...aReserve(),
  animals: walkers.map(({ animal }) => ({ id: animal, name: animal })),
  collars: walkers.map(({ serial }) => ({ serial, format: 'json-v1', secret: SECRET })),
  deployments: walkers.map(({ serial, animal }) => ({
    collar: serial,
    animal,
    from: '2020-01-01T00:00:00Z',
    to: null,
  })),
};

describe('kill -9 of the server under load', () => {
  it(`${KILLS} times: what was acknowledged is stored, no fix twice, no alert twice or missing`, async () => {
    const data = await dataFolder();
    const settings = { DATA_DIR: data.path, MQTT_PORT: String(20_000 + (process.pid % 20_000)) };
    let server = await startServer(settings);
    expect((await server.api('PUT', '/reserve', reserve)).status).toBe(200);
    const gateway = await connectCollar({ url: server.mqtt!, username: 'iridium', password: SECRET, window: 50 });
    const acknowledged: string[] = [];
    const sent: Promise<unknown>[] = [];
    let step = 0;
    const sendStep = () => {
      for (const [i, { serial }] of walkers.entries()) {
        const at = new Date(START + step * HOUR).toISOString();
        const payload = { ...placeOf(i, step), at, accuracyM: 10 };
        sent.push(publishFix(gateway, serial, payload).then(() => acknowledged.push(`${serial} ${at}`)));
      }
      step++;
    };
    for (let kill = 0; kill < KILLS; kill++) {
      const until = acknowledged.length + 600 + kill * 137;
      while (acknowledged.length < until) {
        if (gateway.unacknowledged < 500) sendStep();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      expect(gateway.unacknowledged).toBeGreaterThan(0);
      await server.kill('SIGKILL');
      server = await startServer(settings);
    }
    await Promise.all(sent);
    expect(acknowledged).toHaveLength(step * COLLARS);

    for (const { serial, animal } of walkers) {
      const stored = await allFixes(server, animal);
      expect(stored).toEqual(
        acknowledged.filter((key) => key.startsWith(`${serial} `)).map((key) => key.split(' ')[1]),
      );
    }
    await expectAlertsOf(server, step);
    await gateway.close();
    expect(await server.kill('SIGTERM')).toBe(0);
    await data.remove();
  }, 240_000);
});

type Server = Awaited<ReturnType<typeof startServer>>;

async function allFixes(server: Server, animal: string): Promise<string[]> {
  const { json } = await server.api('GET', `/animals/${animal}/fixes?limit=10000`);
  expect(json.next).toBeNull();
  return (json.items as { at: string }[]).map(({ at }) => at);
}

/** Each round of five steps comes in (1,800 m), deepens (300 m) and is out twice: one alert, opened, escalated, closed. */
async function expectAlertsOf(server: Server, steps: number): Promise<void> {
  for (const [i, { animal }] of walkers.entries()) {
    const openings = Array.from({ length: steps }, (_, step) => step).filter((step) => opens(i, step));
    const expected = openings.map((step) => new Date(START + step * HOUR).toISOString());
    const read = async () =>
      (
        (await server.api('GET', `/alerts?animal=${animal}&limit=1000`)).json.items as {
          openedAt: string;
          id: string;
        }[]
      ).reverse();
    const alerts = await eventually(read, (found) => found.length >= expected.length, 30_000);
    expect(alerts.map(({ openedAt }) => openedAt)).toEqual(expected);
    // The first visit may begin at its deepest; the second is whole.
    const { json } = await server.api('GET', `/alerts/${alerts[1]!.id}`);
    expect((json.changes as { change: string }[]).map(({ change }) => change)).toEqual([
      'opened',
      'escalated',
      'closed',
    ]);
  }
}

/** A visit begins where a walker comes within `near`: at 1,800 m, or at its very first fix if that is at 300 m. */
function opens(walker: number, step: number): boolean {
  const phase = (step + walker) % 5;
  return phase === 1 || (step === 0 && phase === 2);
}
