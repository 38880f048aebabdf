// The import table of ARCHITECTURE.md, as a check. Data flows down the list of rooms; imports point up it.
// A feed, and the Nest module that provides it.
const FEEDS = '^src/(ingest/(committed-fixes|ingest\\.module)|alerting/(alert-changes|alerting\\.module))\\.ts$';
const room = (name, may, extra = '') => ({
  name: `${name}-imports`,
  comment: `${name} may import of ours only: itself${may.map((other) => `, ${other}`).join('')}.`,
  severity: 'error',
  from: { path: `^src/${name}/`, pathNot: '\\.spec\\.ts$' },
  to: {
    path: '^(src|simulator|bench|test)/',
    pathNot: `^src/(${[name, ...may].join('|')})/|^src/(config|folder)\\.ts$${extra}`,
  },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle is two rooms that are one.',
      severity: 'error',
      from: {},
      to: { circular: true, pathNot: 'generated', viaOnly: { pathNot: 'generated' } },
    },
    {
      name: 'pure-rooms',
      comment:
        'domain, formats and rules do no I/O and know no framework: from outside only zod, geojson types and pure maths.',
      severity: 'error',
      from: { path: '^src/(domain|formats|rules)/', pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'],
        pathNot: 'node_modules/(zod|@types/geojson|geojson|flatbush|suncalc)',
      },
    },
    room('domain', []),
    room('formats', ['domain']),
    room('rules', ['domain']),
    room('database', []),
    room('access', ['domain', 'database']),
    room('registry', ['access', 'domain', 'database']),
    room('ingest', ['formats', 'registry', 'access', 'domain', 'database']),
    room('imports', ['ingest', 'formats', 'registry', 'access', 'domain', 'database']),
    room('alerting', ['rules', 'registry', 'access', 'domain', 'database'], `|${FEEDS}`),
    room('streams', ['registry', 'access', 'domain', 'database'], `|${FEEDS}`),
    room('history', ['registry', 'access', 'domain', 'database']),
    room('ops', ['access', 'domain', 'database', 'ingest', 'alerting', 'streams', 'registry']),
    {
      name: 'reading-knows-files-alone',
      comment:
        'Reading a file knows of ours the domain and the items it yields; from outside no database and no framework.',
      severity: 'error',
      from: { path: '^src/imports/reading/', pathNot: '\\.spec\\.ts$' },
      to: {
        pathNot:
          '^src/(imports/(reading/|import-item\\.ts$)|domain/)|^(node:)?(buffer|events|timers/promises|util|zlib)$|node_modules/(zod|saxes|@types/node)/',
      },
    },
    {
      name: 'prisma-in-stores',
      comment: 'Only stores and the database room speak Prisma.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/database/|\\.store\\.ts$' },
      to: { path: 'node_modules/(@prisma|prisma|pg)/|^src/database/generated' },
    },
    {
      name: 'simulator-speaks-mqtt',
      comment: 'The simulator knows the server only as a collar does: by its payload formats.',
      severity: 'error',
      from: { path: '^simulator/' },
      to: { path: '^src/', pathNot: '^src/(formats|domain)/' },
    },
    {
      name: 'no-tests-in-code',
      severity: 'error',
      comment: 'Code does not need its tests.',
      from: { path: '^(src|simulator)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/|\\.spec\\.ts$' },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      comment: 'Every import resolves.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|src/database/generated' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts'],
    },
  },
};
