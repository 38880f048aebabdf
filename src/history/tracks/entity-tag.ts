import { createHash } from 'node:crypto';

/** A strong tag (RFC 9110, 8.8.3) of an answer as it is. */
export function tagOfBody(body: Uint8Array): string {
  return `"${digest(body)}"`;
}

/** How the tag of an answer begins that is too long to be made before it is known. */
const OF_CONTENT = '"c-';

/** A strong tag of what an answer is made from, in any form that JSON can hold. */
export function tagOfContent(content: unknown): string {
  return `${OF_CONTENT}${digest(JSON.stringify(content))}"`;
}

/** Whether a client holds an answer that was too long: its tag can be compared before anything is read. */
export function holdsLong(ifNoneMatch: string | undefined): boolean {
  return ifNoneMatch?.includes(OF_CONTENT) === true;
}

/** Whether a client holds this very answer already: `If-None-Match` (RFC 9110, 13.1.2; compared weakly, as it says). */
export function isHeld(tag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((text) => text.trim() === '*' || text.trim().replace(/^W\//, '') === tag);
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 27);
}
