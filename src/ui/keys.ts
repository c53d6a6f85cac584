/** Keys are tables: the first layer from the top that handles a key has it; footer and help are read off the same tables. */
import type { KeyPhrase, Phrase, Words } from '../language/words.ts';
import { widthOf, type Line, type Piece } from './text.ts';
import type { Key } from './terminal/key-parser.ts';
import type { Ui } from './ui.ts';

export interface Binding {
  /** The first one that can be pressed is what the footer shows. */
  readonly keys: readonly string[];
  /** For the help, and in short for the footer; those without a short one are in the help only. */
  readonly says: KeyPhrase;
  /** How keys are shown when one name is not enough, such as `↑↓`. */
  readonly shown?: string;
  when?(ui: Ui): boolean;
  /** Said where it is listed although it cannot be done now. */
  readonly whyNot?: Phrase;
  /** Returns false to let the key go on to what lies below. */
  does(ui: Ui, key: Key): void | false;
}

export interface Layer {
  readonly title: Phrase;
  readonly bindings: readonly Binding[];
  /** Takes what is typed; asked after the bindings. Returns whether it was taken. */
  readonly types?: (ui: Ui, key: Key) => boolean;
  /** Nothing below is asked. */
  readonly isModal?: boolean;
}

/** Gives a key to the layers, top first; false when none took it. */
export function press(ui: Ui, layers: readonly Layer[], key: Key): boolean {
  for (const layer of layers) {
    const binding = layer.bindings.find((candidate) => candidate.keys.includes(key.id) && (candidate.when?.(ui) ?? true));
    if (binding && binding.does(ui, key) !== false) return true;
    if (layer.types?.(ui, key)) return true;
    if (layer.isModal) return false;
  }
  return false;
}

interface KeyHint {
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

/** The footer's row: as many hints as there is room for; the last one (help) always. */
export function footer(ui: Ui, layers: readonly Layer[], columns: number): Line {
  const hints = hintsOf(ui, layers, (binding) => binding.says(ui.words).short);
  const last = hints.at(-1);
  const pieces: Piece[] = [{ text: ' ' }];
  let room = columns - 2 - (last ? hintWidth(last) : 0);
  for (const hint of hints.slice(0, -1)) {
    if (hintWidth(hint) > room) continue;
    room -= hintWidth(hint);
    pieces.push({ text: hint.key, style: 'key' }, { text: ` ${hint.label}   `, style: 'dim' });
  }
  if (last) pieces.push({ text: last.key, style: 'key' }, { text: ` ${last.label}`, style: 'dim' });
  return pieces;
}

const hintWidth = ({ key, label }: KeyHint) => widthOf(key) + widthOf(label) + 4;

/** Whether a key is a letter where something is typed. */
export const isPrintable = (key: string) => key === 'space' || [...key].length === 1;

/** How a key is written for the player: `Ctrl-C`, `Alt-h`, `F1`. */
export function keyName(id: string, { keyNames }: Pick<Words, 'keyNames'>): string {
  const names: Readonly<Record<string, string>> = keyNames;
  const [, modifiers = '', base = ''] = /^((?:ctrl-|alt-|shift-)*)(.+)$/.exec(id) ?? [];
  const name = names[base] ?? (/^f\d+$/.test(base) || modifiers.includes('ctrl-') ? base.toUpperCase() : base);
  return modifiers.replace('ctrl-', 'Ctrl-').replace('alt-', 'Alt-').replace('shift-', 'Shift-') + name;
}
