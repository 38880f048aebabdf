import { z } from 'zod';
import { Problem } from '../domain/problem.ts';
import { checked, openApi } from './checked-input.ts';

const schema = z.strictObject({
  name: z.string().min(1),
  farms: z.array(z.object({ nearM: z.number().positive() })),
});

function problemOf(value: unknown): Problem {
  try {
    checked(schema, value, 422);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('nothing was refused');
}

describe('checked', () => {
  it('names every wrong field by its path, and what was expected there', () => {
    const problem = problemOf({ name: '', farms: [{ nearM: 1 }, { nearM: -1 }], secret: 'shown to nobody' });
    expect(problem).toMatchObject({ status: 422, code: 'invalid-input' });
    expect(problem.errors).toEqual([
      { field: 'name', expected: 'string to have >=1 characters' },
      { field: 'farms[1].nearM', expected: 'number to be >0' },
      { field: 'secret', expected: 'no such field' },
    ]);
    expect(problem.message).toBe('name: expected string to have >=1 characters. And 2 more.');
    expect(JSON.stringify(problem.errors)).not.toContain('shown to nobody');
  });

  it('names the whole when that is wrong, and tells twenty at most', () => {
    expect(problemOf(null).errors).toEqual([{ field: 'the whole', expected: 'object, received null' }]);
    expect(problemOf({ name: 'x', farms: Array(100).fill({}) }).errors).toHaveLength(20);
  });
});

describe('openApi', () => {
  it('describes what the caller writes, in OpenAPI 3.0', () => {
    const described = openApi(
      z.object({ at: z.iso.datetime().transform((text) => Date.parse(text)), to: z.string().nullable() }),
    );
    expect(described).toMatchObject({
      type: 'object',
      properties: { at: { type: 'string', format: 'date-time' }, to: { type: 'string', nullable: true } },
    });
  });
});
