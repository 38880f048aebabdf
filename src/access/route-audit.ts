import { RequestMethod, type INestApplicationContext } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { GATEWAY_METADATA, MESSAGE_METADATA as EVENT_METADATA } from '@nestjs/websockets/constants.js';
import { ALLOWED_ROLES, PUBLIC_ROUTE } from './allow.ts';
import type { PersonRole } from './principal.ts';

/** A route as its controller declares it. */
export interface DeclaredRoute {
  /** `FarmsController.list`. */
  readonly handler: string;
  readonly method: string;
  /** Without the global prefix. */
  readonly path: string;
  /** null: closed to everybody, because nobody said otherwise. */
  readonly open: 'public' | readonly PersonRole[] | null;
}

/** Every route of every controller, with whom it is open to. A test fails on those that say nothing. */
export function auditRoutes(app: INestApplicationContext): DeclaredRoute[] {
  const modules = [...app.get(ModulesContainer).values()];
  return modules.flatMap((module) =>
    [...module.controllers.values()].flatMap(({ metatype }) =>
      methodsOf(metatype).flatMap(([name, handler]) => routesOf(metatype as Class, name, handler)),
    ),
  );
}

/** An event that websockets may send, with whom it is open to. */
export type DeclaredEvent = Pick<DeclaredRoute, 'handler' | 'open'> & { readonly event: string };

/** Every event of every gateway, with whom it is open to. A test fails on those that say nothing. */
export function auditEvents(app: INestApplicationContext): DeclaredEvent[] {
  const modules = [...app.get(ModulesContainer).values()];
  return modules.flatMap((module) =>
    [...module.providers.values()].flatMap(({ metatype }) =>
      methodsOf(metatype).flatMap(([name, handler]) => {
        const event = Reflect.getMetadata(EVENT_METADATA, handler) as string | undefined;
        if (event === undefined || !Reflect.hasMetadata(GATEWAY_METADATA, metatype as Class)) return [];
        return [{ handler: `${(metatype as Class).name}.${name}`, event, open: openTo(handler) }];
      }),
    ),
  );
}

interface Class {
  readonly name: string;
  readonly prototype?: object;
}

function methodsOf(metatype: unknown): [name: string, handler: object][] {
  const prototype = typeof metatype === 'function' ? ((metatype as Class).prototype ?? null) : null;
  if (prototype === null) return [];
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = (prototype as Record<string, unknown>)[name];
    return typeof handler === 'function' ? [[name, handler] as [string, object]] : [];
  });
}

function routesOf(controller: Class, name: string, handler: object): DeclaredRoute[] {
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  if (method === undefined) return [];
  const paths = (of: object): string[] => [Reflect.getMetadata(PATH_METADATA, of) as string | string[]].flat();
  return paths(controller).flatMap((base) =>
    paths(handler).map((path) => ({
      handler: `${controller.name}.${name}`,
      method: RequestMethod[method],
      path: `/${[base, path].map(trimmed).filter(Boolean).join('/')}`,
      open: openTo(handler),
    })),
  );
}

function openTo(handler: object): DeclaredRoute['open'] {
  if (Reflect.getMetadata(PUBLIC_ROUTE, handler) === true) return 'public';
  return (Reflect.getMetadata(ALLOWED_ROLES, handler) as PersonRole[] | undefined) ?? null;
}

function trimmed(path: string): string {
  return path.replace(/^\/|\/$/g, '');
}
