/** What is said of a key: in full for the help and the palette, and in a word or two for the footer if it is shown there. */
export interface KeyWords<Short extends string | undefined = string | undefined> { readonly label: string; readonly short: Short }

export function key(label: string): KeyWords<undefined>;
export function key(label: string, short: string): KeyWords<string>;
export function key(label: string, short?: string): KeyWords {
  return { label, short };
}
