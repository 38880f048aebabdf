// Three projects: unit (beside the code, needs nothing), integration (a real Postgres), e2e (the whole server from outside).
const base = {
  setupFiles: ['<rootDir>/test/support/same-cases.mjs'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** One Postgres for the run, with a migrated template that test/support/database.ts clones. */
const postgres = {
  globalSetup: '<rootDir>/test/support/postgres-setup.mjs',
  globalTeardown: '<rootDir>/test/support/postgres-teardown.mjs',
};

export default {
  // A whole server starts in some tests, on machines that do other things besides.
  testTimeout: 30_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{src,simulator,bench}/**/*.spec.ts', '<rootDir>/test/unit/**/*.spec.{ts,js}'],
    },
    { ...base, ...postgres, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.spec.ts'] },
    { ...base, ...postgres, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.e2e.ts'] },
  ],
};
