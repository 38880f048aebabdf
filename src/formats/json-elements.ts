const [QUOTE, BACKSLASH, COMMA, OPEN, CLOSE, OPEN_BRACE, CLOSE_BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The bytes of each element of a JSON array that `JSON.parse` has accepted, as they came: what a parsed value no longer
 * tells (1e999, doubled keys, spelling of numbers) is still there for whoever looks into a dead letter.
 */
export function elementBytes(array: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let i = 0; i < array.length; i++) {
    const byte = array[i];
    if (quoted) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN || byte === OPEN_BRACE) {
      if (depth++ === 0) start = i + 1;
    } else if (byte === CLOSE || byte === CLOSE_BRACE) {
      if (--depth === 0) elements.push(array.subarray(start, i));
    } else if (byte === COMMA && depth === 1) {
      elements.push(array.subarray(start, i));
      start = i + 1;
    }
  }
  return elements;
}
