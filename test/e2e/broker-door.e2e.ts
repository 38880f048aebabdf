import { aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { describeWithMosquitto, Mosquitto } from '../support/mosquitto.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { eventually, startServer, type TestServer } from '../support/server.ts';
import { Sluice } from '../support/sluice.ts';

const MINUTE = 60_000;
const START = Math.floor(Date.now() / MINUTE) * MINUTE - 5_000 * MINUTE;

describeWithMosquitto('the broker door, at a Mosquitto', () => {
  let broker: Mosquitto;
  let sluice: Sluice;
  let database: Awaited<ReturnType<typeof createBareDatabase>>;
  let server: TestServer;
  const start = async () => {
    server = await startServer({
      DATABASE_URL: database.url,
      MQTT_URL: `mqtt://127.0.0.1:${sluice.port}`,
      MQTT_PORT: 'off',
      MQTT_RECEIVE_MAXIMUM: '200',
      INGEST_MAX_WAITING: '250',
    });
  };
  let step = 0;
  const send = async (count: number) => {
    const collar = await connectCollar({ url: broker.url, username: '30211', password: SECRET });
    const sent = Array.from({ length: count }, () =>
      publishFix(collar, '30211', { ...northOfFarm(5_000), at: START + step++ * MINUTE }),
    );
    await Promise.all(sent);
    await collar.close();
  };
  const stored = async () => {
    const { json } = await server.api('GET', '/animals/sofia/fixes?limit=10000');
    return (json.items as { at: string }[]).map(({ at }) => Date.parse(at));
  };
  const expectAll = async () => {
    const times = Array.from({ length: step }, (_, i) => START + i * MINUTE);
    await eventually(
      async () => (await stored()).length,
      (count) => count >= step,
      30_000,
    );
    expect(await stored()).toEqual(times);
  };
  const readyReasons = async () =>
    (await fetch(`${server.http}/health/ready`).then((answer) => answer.json())) as { reasons: string[] };

  beforeAll(async () => {
    broker = await Mosquitto.start();
    sluice = await Sluice.to('127.0.0.1', Number(new URL(broker.url).port));
    database = await createBareDatabase();
    await start();
    await server.api('PUT', '/reserve', aReserve());
    await eventually(readyReasons, ({ reasons }) => reasons.length === 0);
  });
  afterAll(async () => {
    await server.kill('SIGTERM');
    await sluice.close();
    await broker.stop();
    await database.drop();
  });

  it('says that the embedded door is closed', () => {
    expect(server.mqtt).toBeNull();
  });

  it('stores what is published there, as fast as it can and no faster, though the broker oversteps the window', async () => {
    await send(3_000);
    await expectAll();
    expect((await server.api('GET', '/metrics')).text).not.toMatch(/ingest_refused_total\{reason="full"\} [1-9]/);
  });

  it('stores what came in while the server was away, gracefully or killed', async () => {
    await server.kill('SIGTERM');
    await send(300);
    await start();
    await expectAll();
    await server.kill('SIGKILL');
    await send(300);
    await start();
    await expectAll();
  });

  it('loses nothing and doubles nothing when the connection is cut again and again', async () => {
    const cutting = setInterval(() => sluice.cut(), 150);
    await send(1_500);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    clearInterval(cutting);
    await expectAll();
  });

  it('says that it is not ready while the broker is away, and comes back by itself', async () => {
    await broker.down();
    await eventually(readyReasons, ({ reasons }) => reasons.join().includes('external broker'));
    await broker.up();
    await eventually(readyReasons, ({ reasons }) => reasons.length === 0, 20_000);
    await send(50);
    await expectAll();
  });

  it('keeps what is unreadable there as dead letters too', async () => {
    const collar = await connectCollar({ url: broker.url, username: 'x', password: 'x' });
    await publishFix(collar, '30211', 'hello');
    await publishFix(collar, 'nobody', { at: START, lat: 1, lon: 1 });
    await collar.close();
    const reasons = async () =>
      ((await server.api('GET', '/dead-letters')).json.items as { reason: string; door: string }[]).map(
        ({ reason, door }) => `${door} ${reason}`,
      );
    await eventually(reasons, (found) => found.length === 2);
    expect((await reasons()).sort()).toEqual(['broker unknown-collar', 'broker unreadable']);
  });
});
