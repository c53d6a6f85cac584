/** What can be pressed, read off the tables of keys: for the footer and the help. */
import { isPrintable, keyName } from './key-names.ts';
import type { Binding, Layer } from './keys.ts';
import type { Ui } from './ui.ts';

export interface KeyHint {
  readonly key: string;
  readonly label: string;
}

/**
 * What can be pressed, top layer first; hidden are the keys that a layer above takes.
 * Now, or with `isComplete` at some time in these layers: for the help.
 */
export function hintsOf(ui: Ui, layers: readonly Layer[], text: (binding: Binding) => string | undefined, options: { isComplete?: boolean } = {}): KeyHint[] {
  const hints: KeyHint[] = [];
  const taken = new Set<string>();
  let isTyped = false;
  for (const layer of layers) {
    for (const binding of layer.bindings) {
      const isNow = binding.when?.(ui) ?? true;
      if (!isNow && !options.isComplete) continue;
      const free = binding.keys.filter((key) => !taken.has(key) && !(isTyped && isPrintable(key)));
      if (!(options.isComplete && binding.when)) binding.keys.forEach((key) => taken.add(key));
      const label = text(binding);
      const shown = binding.shown?.replace('↑↓', ui.theme.glyphs.arrows).replace('→', ui.words.keyNames.right);
      const key = shown && free.length === binding.keys.length ? shown : free[0] && keyName(free[0], ui.words);
      if (label && key) hints.push({ key, label });
    }
    if (layer.isModal) break;
    isTyped ||= layer.types !== undefined;
  }
  return hints;
}
