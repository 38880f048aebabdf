import path from 'node:path';
import ts from 'typescript';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const FIXTURE = path.join(ROOT, 'test/fixtures/access/unseen-answers.ts');
const EXPECTED = /\/\/ @ts-expect-error.*/g;

/** Lines of the fixture that do not compile, once it no longer expects them not to. */
function brokenLines(): number[] {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, noEmit: true }, ROOT);
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  host.readFile = (file) => (path.resolve(file) === FIXTURE ? read(file)?.replace(EXPECTED, '//') : read(file));
  const program = ts.createProgram([FIXTURE], options, host);
  const source = program.getSourceFile(FIXTURE);
  if (!source) throw new Error('the fixture was not read');
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return [...new Set(found.map(({ start = 0 }) => source.getLineAndCharacterOfPosition(start).line))];
}

it('compiles no answer that did not pass visibility', () => {
  const lines = (ts.sys.readFile(FIXTURE) ?? '').split('\n');
  const expected = lines.flatMap((line, i) => (line.includes('@ts-expect-error') ? [i + 1] : []));
  expect(expected).toHaveLength(11);
  expect(brokenLines()).toEqual(expected);
}, 60_000);
