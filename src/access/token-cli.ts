import { parseArgs } from 'node:util';
import { wrongFields } from './checked-input.ts';
import { TokenRequestSchema } from './token.controller.ts';
import type { TokenService } from './token.service.ts';

export const USAGE = `npm run token -- create --name NAME --role admin|ranger|researcher|farmer [--farms a,b] [--expires-in-days N]
npm run token -- list
npm run token -- revoke ID`;

/** A command that cannot be done as it was written. The message is for the person who wrote it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Where a command writes: what a script wants to `out`, what a person wants to know beside it to `aside`. */
export interface Output {
  out(line: string): void;
  aside(line: string): void;
}

/** @throws CommandError */
export async function runTokenCommand(args: readonly string[], tokens: TokenService, output: Output): Promise<void> {
  const [command, ...rest] = args;
  if (command === 'create') return create(rest, tokens, output);
  if (command === 'list' && rest.length === 0) return list(tokens, output);
  if (command === 'revoke' && rest.length === 1) return revoke(rest[0]!, tokens, output);
  throw new CommandError(USAGE);
}

async function create(args: string[], tokens: TokenService, output: Output): Promise<void> {
  const { name, role, farms, days } = readOptions(args);
  const request = TokenRequestSchema.safeParse({
    name,
    role,
    ...(farms !== undefined && { farms: farms.split(',') }),
    ...(days !== undefined && { expiresInDays: Number(days) }),
  });
  if (!request.success) {
    const option = (field: string) => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const wrong = wrongFields(request.error).map(({ field, expected }) => `--${option(field)}: expected ${expected}`);
    throw new CommandError(wrong.join('\n'));
  }
  const made = await tokens.create(request.data);
  output.aside(`token ${made.id} for ${made.name} (${made.role}), shown this once:`);
  output.out(made.token);
}

function readOptions(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ args, options: { name: text, role: text, farms: text, 'expires-in-days': text } });
    return { ...values, days: values['expires-in-days'] };
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\n${USAGE}`);
  }
}

async function list(tokens: TokenService, output: Output): Promise<void> {
  for (const { id, name, role, farms, createdAt, expiresAt, revokedAt } of await tokens.list()) {
    const state = revokedAt ? `revoked ${revokedAt}` : expiresAt ? `until ${expiresAt}` : 'until revoked';
    output.out([id, role, state, `made ${createdAt}`, name, farms.join(',')].join('\t').trimEnd());
  }
}

async function revoke(id: string, tokens: TokenService, output: Output): Promise<void> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  if (!isId || !(await tokens.revoke(id))) throw new CommandError(`there is no token ${id}`);
  output.aside('revoked; a running server knows within five seconds');
}
