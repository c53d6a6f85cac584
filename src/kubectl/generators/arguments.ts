/** What the generators of `kubectl create` read from their arguments. */
import type { Call } from '../command.ts';
import { KubectlError } from '../errors.ts';

/** The arguments before `--`. */
export function beforeDash({ args, dash }: Call): readonly string[] {
  return dash === undefined ? args : args.slice(0, dash);
}

/** `{ command }` of what follows the name, with or without `--`; {} when nothing does. */
export function commandOf({ args }: Call): { command?: readonly string[] } {
  const command = args.slice(1);
  return command.length > 0 ? { command } : {};
}

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
