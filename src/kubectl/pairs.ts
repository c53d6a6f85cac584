/** Small notations of arguments that several verbs read. */
import { KubectlError } from './errors.ts';

/** `key=value` pairs. Throws KubectlError for one without `=`. */
export function pairs(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(list.map((text) => {
    const at = text.indexOf('=');
    if (at < 0) throw new KubectlError(`unexpected value: ${text}, expected key=value`);
    return [text.slice(0, at), text.slice(at + 1)];
  }));
}

/** A number, or the text of a name or percentage. */
export function intOrString(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
