const NAME = 'collarwatch_session';

/** The session in a `Cookie` header; null: none. A value of ours needs no decoding. */
export function sessionInCookie(header: string | undefined): string | null {
  for (const pair of header?.split(';') ?? []) {
    const cut = pair.indexOf('=');
    if (pair.slice(0, cut).trim() === NAME) return pair.slice(cut + 1).trim() || null;
  }
  return null;
}

/**
 * The `Set-Cookie` header of a session: no script reads it and no foreign page sends it.
 *
 * @param maxAgeS seconds; 0 takes the cookie back
 * @param secure the page came over TLS, so the cookie goes over nothing else
 */
export function sessionCookie(session: string, maxAgeS: number, secure: boolean): string {
  const attributes = `Max-Age=${maxAgeS}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return `${NAME}=${session}; ${attributes}`;
}
