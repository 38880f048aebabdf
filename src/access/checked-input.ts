import { applyDecorators, type PipeTransform } from '@nestjs/common';
import { ApiBody, ApiQuery, ApiResponse, type SchemaObject } from '@nestjs/swagger';
import { z } from 'zod';
import { Problem } from '../domain/problem.ts';

/** Wrong fields told at once; a document can have thousands. */
const MAX_ERRORS = 20;

/** A field with what was expected of it. Never the value: it may be a secret or a position. */
export interface WrongField {
  readonly field: string;
  readonly expected: string;
}

/**
 * Lets only what a schema accepts into a route: `@Body(Checked(schema)) body: z.output<typeof schema>`.
 *
 * @throws Problem `invalid-input` with every wrong field: 422 for a body, 400 for a query or a part of the path
 */
export function Checked<Schema extends z.ZodType>(schema: Schema): PipeTransform<unknown, z.output<Schema>> {
  return {
    transform(value, { type }) {
      return checked(schema, value, type === 'body' ? 422 : 400);
    },
  };
}

/** @throws Problem as Checked does */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, status: 400 | 422): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidInput(wrongFields(result.error), status);
}

/** The problem of wrong fields; its sentence tells the first of them. */
export function invalidInput(errors: readonly WrongField[], status: 400 | 422): Problem {
  const [first] = errors;
  const rest = errors.length > 1 ? ` And ${errors.length - 1} more.` : '';
  return new Problem(
    status,
    'invalid-input',
    first ? `${first.field}: expected ${first.expected}.${rest}` : 'The input is not as expected.',
    errors.slice(0, MAX_ERRORS),
  );
}

/** What zod found, as paths (`farms.features[3].geometry`) and what was expected there. */
export function wrongFields(error: z.ZodError): WrongField[] {
  return error.issues.flatMap((issue) => {
    const field = fieldName(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: fieldName([...issue.path, key.slice(0, 64)]),
        expected: 'no such field',
      }));
    }
    return [{ field, expected: issue.message.replace(/^(?:[^:]*: )?expected /, '') }];
  });
}

function fieldName(path: readonly PropertyKey[]): string {
  const name = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return name.replace(/^\./, '') || 'the whole';
}

/** A zod schema in the words of OpenAPI 3.0, as the caller writes it. */
export function openApi(schema: z.ZodType): SchemaObject {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }) as SchemaObject;
}

/** Describes the body of a route. */
export function BodySchema(schema: z.ZodType): MethodDecorator {
  return ApiBody({ schema: openApi(schema) });
}

/** Describes the query of a route, field by field. */
export function QuerySchema(schema: z.ZodObject): MethodDecorator {
  return applyDecorators(
    ...Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) =>
      ApiQuery({ name, required: !field.safeParse(undefined).success, schema: openApi(field) }),
    ),
  );
}

/** Describes what a route answers with. */
export function AnswerSchema(status: number, description: string, schema?: z.ZodType): MethodDecorator {
  return ApiResponse({ status, description, ...(schema && { schema: openApi(schema) }) });
}
