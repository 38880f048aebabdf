/** What comes back of a text from XML 1.0: what it cannot hold, control characters and halves of a character, as question marks. */
export function xmlRead(text: string): string {
  return [...text]
    .map((character) =>
      /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]$/u.test(character) ? character : '?',
    )
    .join('');
}
