/** What a caller can be told of a request that was not done, as RFC 9457 has it. Never holds a position or a secret. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param status HTTP status that says the same
   * @param code short stable name, `kebab-case`; the last part of the problem's `type`
   * @param message one sentence for a person: which field, what was expected
   * @param errors each wrong field with what was expected of it, where there are several
   */
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 406 | 409 | 413 | 422 | 429 | 503,
    readonly code: string,
    message: string,
    readonly errors?: readonly { readonly field: string; readonly expected: string }[],
  ) {
    super(message);
  }
}
