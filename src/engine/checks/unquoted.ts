/** Reads CEL text without what stands in its strings. */

/** Each character outside of string literals, with its place. */
export function* unquoted(text: string): Iterable<readonly [index: number, character: string]> {
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote) {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else yield [i, c];
  }
}
