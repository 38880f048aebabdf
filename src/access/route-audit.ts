import { RequestMethod, type INestApplicationContext } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
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
  const scanner = new MetadataScanner();
  const routes: DeclaredRoute[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, unknown>;
      for (const name of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name];
        if (typeof handler === 'function') routes.push(...routesOf(metatype, name, handler));
      }
    }
  }
  return routes;
}

function routesOf(controller: object & { name?: string }, name: string, handler: object): DeclaredRoute[] {
  const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
  if (method === undefined) return [];
  const roles = Reflect.getMetadata(ALLOWED_ROLES, handler) as PersonRole[] | undefined;
  const open = Reflect.getMetadata(PUBLIC_ROUTE, handler) === true ? 'public' : (roles ?? null);
  const paths = (of: object): string[] => [Reflect.getMetadata(PATH_METADATA, of) as string | string[]].flat();
  return paths(controller).flatMap((base) =>
    paths(handler).map((path) => ({
      handler: `${controller.name}.${name}`,
      method: RequestMethod[method],
      path: `/${[base, path]
        .map((part) => part.replace(/^\/|\/$/g, ''))
        .filter(Boolean)
        .join('/')}`,
      open,
    })),
  );
}
