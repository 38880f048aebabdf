// Profile demo of docker-compose.yml: registers the invented reserve, so that the simulator's collar is known to the server.
// Needs URL (the server's), ADMIN_TOKEN and DEMO_SECRET in its environment.
import { spawnSync } from 'node:child_process';

const { fetch, AbortSignal } = globalThis;
const { URL: server, ADMIN_TOKEN: token, DEMO_SECRET: secret } = process.env;
for (const name of ['URL', 'ADMIN_TOKEN', 'DEMO_SECRET'])
  if (!process.env[name]) {
    process.stderr.write(`profile demo needs ${name}; see docker-compose.yml\n`);
    process.exit(1);
  }

const farms = spawnSync(process.execPath, ['dist/simulator/main.js', 'farms'], { encoding: 'utf8' });
if (farms.status !== 0) throw new Error(farms.stderr);
const historyBegan = new Date(Date.now() - 60 * 86_400_000).toISOString();

const answer = await fetch(`${server}/api/v1/reserve`, {
  method: 'PUT',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    farms: JSON.parse(farms.stdout),
    animals: [{ id: 'sofia', name: 'Sofia', species: 'Panthera pardus orientalis', sex: 'female' }],
    collars: [{ serial: 'sofia', format: 'json-v1', secret, fixIntervalS: 900 }],
    deployments: [{ animal: 'sofia', collar: 'sofia', from: historyBegan, to: null }],
  }),
  signal: AbortSignal.timeout(30_000),
});
if (!answer.ok) {
  process.stderr.write(`the demo reserve was refused: ${answer.status} ${await answer.text()}\n`);
  process.exit(1);
}
