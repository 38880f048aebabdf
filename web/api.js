/** An answer that says no, with its reason for a person. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * A call of REST with the session's cookie.
 *
 * @param {string} method
 * @param {string} route below /api/v1
 * @param {unknown} [body]
 * @returns {Promise<any>} the answer, or null where it is empty
 * @throws {Refused}
 */
export async function call(method, route, body) {
  const answer = await fetch(`/api/v1${route}`, {
    method,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = text === '' ? null : parsed(text, answer.status);
  if (!answer.ok) throw new Refused(answer.status, json?.detail ?? `The server answered ${answer.status}.`);
  return json;
}

/** @param {string} text @param {number} status */
function parsed(text, status) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(status, 'The server’s answer could not be read.');
  }
}

/** Who is signed in; null: nobody. @throws when the server cannot be reached */
export async function who() {
  try {
    return await call('GET', '/session');
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return null;
    throw error;
  }
}
