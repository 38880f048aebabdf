/** What schema.prisma says of a table, in Postgres' words. */
export interface TableShape {
  readonly columns: Record<string, { type: string; nullable: boolean; hasDefault: boolean }>;
  readonly primaryKey: readonly string[];
  /** Columns of each unique constraint, sorted. */
  readonly unique: readonly string[];
  /** name (columns) of each plain index, sorted. */
  readonly indexes: readonly string[];
  /** (columns) → table (columns) of each foreign key, sorted. */
  readonly foreignKeys: readonly string[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly rest: string;
}

const TYPES: Record<string, string> = {
  String: 'text',
  'String Uuid': 'uuid',
  Int: 'integer',
  'Int SmallInt': 'smallint',
  BigInt: 'bigint',
  Float: 'double precision',
  'Float Real': 'real',
  Boolean: 'boolean',
  'DateTime Timestamptz(3)': 'timestamp(3) with time zone',
  Json: 'jsonb',
  Bytes: 'bytea',
};

/**
 * Reads the models of a schema file by the part of Prisma's language that we use.
 *
 * @throws Error on a type that is not in our table of types
 */
export function readPrismaSchema(text: string): Map<string, TableShape> {
  const models = new Map<string, string[]>();
  for (const [, name, body] of text.matchAll(/^model (\w+) \{\n(.*?)^\}/gms))
    models.set(
      name!,
      body!
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line && !line.startsWith('//')),
    );
  const tableOf = (model: string) => argument(models.get(model)!.join('\n'), /@@map\("(\w+)"\)/) ?? model;
  const columnOf = (model: string) => (field: string) => {
    const { name, rest } = fieldsOf(models.get(model)!).find((each) => each.name === field)!;
    return argument(rest, /@map\("(\w+)"\)/) ?? name;
  };
  return new Map(
    [...models].map(([model, lines]) => [tableOf(model), shapeOf(lines, columnOf(model), models, tableOf, columnOf)]),
  );
}

function shapeOf(
  lines: readonly string[],
  column: (field: string) => string,
  models: ReadonlyMap<string, unknown>,
  tableOf: (model: string) => string,
  columnOf: (model: string) => (field: string) => string,
): TableShape {
  const isRelation = ({ type }: Field) => models.has(type.replace(/[?[\]]/g, ''));
  const scalars = fieldsOf(lines).filter((field) => !isRelation(field));
  const blocks = (attribute: string) => lines.filter((line) => line.startsWith(`@@${attribute}(`));
  const columns = (list: string) => list.split(',').map((name) => column(name.trim()));
  const listed = (line: string) => columns(argument(line, /\[([^\]]*)\]/)!);
  const marked = (attribute: string) =>
    scalars.filter(({ rest }) => new RegExp(`@${attribute}\\b`).test(rest)).map(({ name }) => [column(name)]);
  return {
    columns: Object.fromEntries(
      scalars.map((field) => [
        column(field.name),
        { type: typeOf(field), nullable: field.type.endsWith('?'), hasDefault: field.rest.includes('@default(') },
      ]),
    ),
    primaryKey: [...marked('id'), ...blocks('id').map(listed)].flat(),
    unique: [...marked('unique'), ...blocks('unique').map(listed)].map(String).sort(),
    indexes: blocks('index')
      .map((line) => `${argument(line, /map: "(\w+)"/)} (${listed(line).join(', ')})`)
      .sort(),
    foreignKeys: fieldsOf(lines)
      .filter(({ rest }) => rest.includes('@relation(fields:'))
      .map(({ type, rest }) => {
        const [from, to] = [argument(rest, /fields: \[([^\]]*)\]/)!, argument(rest, /references: \[([^\]]*)\]/)!];
        const there = to.split(',').map((name) => columnOf(type)(name.trim()));
        return `(${columns(from).join(', ')}) → ${tableOf(type)} (${there.join(', ')})`;
      })
      .sort(),
  };
}

function fieldsOf(lines: readonly string[]): Field[] {
  return lines
    .filter((line) => !line.startsWith('@@'))
    .map((line) => {
      const [, name, type, rest] = /^(\w+)\s+([\w?[\]]+)\s*(.*)$/.exec(line)!;
      return { name: name!, type: type!, rest: rest! };
    });
}

function typeOf({ name, type, rest }: Field): string {
  const native = argument(rest, /@db\.(\w+(?:\(\d+\))?)/);
  const base = type.replace(/[?[\]]/g, '');
  const found = TYPES[native ? `${base} ${native}` : base];
  if (!found) throw new Error(`field ${name}: ${type} ${native ?? ''} is not in our table of types`);
  return type.endsWith('[]') ? `${found}[]` : found;
}

function argument(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[1];
}
