/** How keys are written for the player. */
import type { Words } from '../language/words.ts';

/** Whether a key is a letter where something is typed. */
export const isPrintable = (key: string) => key === 'space' || [...key].length === 1;

/** How a key is written for the player: `Ctrl-C`, `Alt-h`, `F1`. */
export function keyName(id: string, { keyNames }: Pick<Words, 'keyNames'>): string {
  const names: Readonly<Record<string, string>> = keyNames;
  const [, modifiers = '', base = ''] = /^((?:ctrl-|alt-|shift-)*)(.+)$/.exec(id) ?? [];
  const name = names[base] ?? (/^f\d+$/.test(base) || modifiers.includes('ctrl-') ? base.toUpperCase() : base);
  return modifiers.replace('ctrl-', 'Ctrl-').replace('alt-', 'Alt-').replace('shift-', 'Shift-') + name;
}
