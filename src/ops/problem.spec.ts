import { ConflictException, HttpException } from '@nestjs/common';
import { Problem } from '../domain/problem.ts';
import { loggable, problemOf } from './problem.ts';
import { RouteTable } from './route-table.ts';

const reference = () => '3f0e9d5c-0000-4000-8000-000000000000';

describe('problemOf', () => {
  it('tells our own problems whole', () => {
    const problem = new Problem(422, 'invalid-input', 'name: expected text', [{ field: 'name', expected: 'text' }]);
    expect(problemOf(problem, reference)).toEqual({
      type: '/problems/invalid-input',
      title: 'Unprocessable Entity',
      status: 422,
      detail: 'name: expected text.',
      errors: [{ field: 'name', expected: 'text' }],
    });
  });

  it('says nothing of what is inside: a reference for the log instead', () => {
    for (const error of [
      new Error('password hunter2'),
      'text',
      null,
      undefined,
      { statusCode: 418 },
      new HttpException('x', 500),
    ]) {
      const problem = problemOf(error, reference);
      expect(problem).toMatchObject({ status: 500, instance: 'urn:uuid:3f0e9d5c-0000-4000-8000-000000000000' });
      expect(JSON.stringify(problem)).not.toContain('hunter2');
    }
  });

  it('does not repeat what the framework quotes of a request', () => {
    const malformed = Object.assign(new Error('Unexpected token, "secret" is not JSON'), {
      code: 'FST_X',
      statusCode: 400,
    });
    expect(problemOf(malformed, reference)).toMatchObject({ status: 400, type: '/problems/malformed-request' });
    expect(JSON.stringify(problemOf(malformed, reference))).not.toContain('secret');
    expect(problemOf(new ConflictException('secret'), reference)).toMatchObject({
      status: 409,
      detail: 'The request was refused.',
    });
  });

  it.each([
    { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '57P01' } } } },
    { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable' } } } },
    { code: 'P1001' },
    { code: 'P2028' },
    new Error('timeout exceeded when trying to connect'),
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  ])('takes %p for a database that is away', (error) => {
    expect(problemOf(error, reference)).toMatchObject({ status: 503, type: '/problems/database-away' });
  });

  it('takes a refused statement for a mistake of ours', () => {
    const refused = { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '23505' } } } };
    expect(problemOf(refused, reference).status).toBe(500);
  });
});

describe('loggable', () => {
  it('holds the way through the code, but no token and no place', () => {
    const error = new Error('bad cw_AbCdEfGhIjKlMnOp at 43.123456, 131.765');
    const text = loggable(error);
    expect(text).toContain('problem.spec');
    expect(text).not.toMatch(/AbCdEf|43\.123|131\.765/);
  });
});

describe('RouteTable', () => {
  it('knows the methods of an address, not of what a wildcard serves', () => {
    const routes = new RouteTable();
    routes.add(['GET', 'HEAD'], '/api/v1/farms/:id');
    routes.add('PUT', '/api/v1/farms/:id');
    routes.add('GET', '/*');
    expect(routes.methodsOf('/api/v1/farms/olenevod?x=1')).toEqual(['GET', 'HEAD', 'PUT']);
    expect(routes.methodsOf('/api/v1/farms/olenevod/x')).toEqual([]);
    expect(routes.methodsOf('/api/v1xfarms/olenevod')).toEqual([]);
  });
});
