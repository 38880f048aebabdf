import js from '@eslint/js';
import ts from 'typescript-eslint';

/** In the pure rooms time is an argument and nothing is random. */
const impure = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Pure rooms read no clock: take the time as an argument.',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Pure rooms read no clock: take the time as an argument.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Pure rooms are not random: take the generator as an argument.',
  },
  {
    selector: 'Identifier[name=/^(setTimeout|setInterval|setImmediate|fetch|process)$/]',
    message: 'Pure rooms do no I/O.',
  },
];
const unsafeSql = [
  {
    selector: 'MemberExpression[property.name=/^\\$(query|execute)RawUnsafe$/]',
    message: 'SQL is written with the tagged $queryRaw and $executeRaw.',
  },
  {
    selector: "MemberExpression[object.name='Prisma'][property.name='raw']",
    message: 'SQL is written with the tagged $queryRaw and $executeRaw.',
  },
];
/** What may leave the server is made by src/access/visibility.ts alone. */
const minting = [
  {
    selector: 'TSAsExpression TSTypeReference[typeName.name=/^(Visible|Seen|PositionGrant)$/]',
    message: 'Only src/access/visibility.ts says what may leave the server.',
  },
];

export default ts.config(
  { ignores: ['dist', 'src/database/generated', 'node_modules', '.data', 'coverage', 'web/vendor'] },
  js.configs.recommended,
  {
    files: ['**/*.{mjs,cjs,js}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        require: 'readonly',
        module: 'writable',
        setTimeout: 'readonly',
      },
    },
  },
  {
    files: ['web/**/*.js'],
    languageOptions: {
      globals: {
        document: 'readonly',
        HTMLElement: 'readonly',
        window: 'readonly',
        location: 'readonly',
        WebSocket: 'readonly',
        fetch: 'readonly',
        history: 'readonly',
        localStorage: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        clearTimeout: 'readonly',
        Intl: 'readonly',
      },
    },
  },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...unsafeSql, ...minting],
      eqeqeq: 'error',
    },
  },
  { files: ['src/access/visibility.ts'], rules: { 'no-restricted-syntax': ['error', ...unsafeSql] } },
  {
    files: ['src/{domain,formats,rules}/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-restricted-syntax': ['error', ...impure, ...unsafeSql] },
  },
  {
    files: ['**/*.spec.ts', '**/*.e2e.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
);
