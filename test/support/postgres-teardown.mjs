// Jest's global teardown: nothing of the run's Postgres stays behind.
export default async function teardown() {
  await globalThis.collarwatchTestPostgres?.();
}
