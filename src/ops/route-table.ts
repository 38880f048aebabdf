/** A route as Fastify serves it. */
export interface ServedRoute {
  readonly method: string;
  /** Fastify's pattern: `/api/v1/farms/:id`. */
  readonly url: string;
}

/** Every route that the server answers, whoever registered it: so that a wrong method is told from a wrong address. */
export class RouteTable {
  private readonly routes: (ServedRoute & { readonly pattern: RegExp })[] = [];

  add(methods: string | readonly string[], url: string): void {
    const pattern = patternOf(url);
    for (const method of [methods].flat()) this.routes.push({ method, url, pattern });
  }

  all(): readonly ServedRoute[] {
    return this.routes.map(({ method, url }) => ({ method, url }));
  }

  /** The methods that an address knows; empty: there is no such address. */
  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0] ?? '';
    return [...new Set(this.routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].sort();
  }
}

/** A wildcard serves whatever is left over, such as files: that an address could be one of them says nothing. */
function patternOf(url: string): RegExp {
  if (url.includes('*')) return /(?!)/;
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
