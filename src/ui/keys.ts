/** Keys are tables: the first layer from the top that handles a key has it; footer, help and palette are read off the same tables. */
import type { KeyPhrase, Phrase } from '../language/words.ts';
import type { Key } from './terminal/key-parser.ts';
import type { UiState } from './state/state.ts';
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
  /** The state after it; undefined lets the key go on to what lies below. */
  does(ui: Ui, key: Key): UiState | undefined;
}

export interface Layer {
  readonly title: Phrase;
  readonly bindings: readonly Binding[];
  /** Takes what is typed; asked after the bindings. The state after it; undefined when it was not taken. */
  readonly types?: (ui: Ui, key: Key) => UiState | undefined;
  /** Nothing below is asked. */
  readonly isModal?: boolean;
}

/** The state after a key, which the layers hear top first; undefined when none took it. */
export function press(ui: Ui, layers: readonly Layer[], key: Key): UiState | undefined {
  for (const layer of layers) {
    const binding = layer.bindings.find((candidate) => candidate.keys.includes(key.id) && (candidate.when?.(ui) ?? true));
    const after = binding?.does(ui, key) ?? layer.types?.(ui, key);
    if (after || layer.isModal) return after;
  }
  return undefined;
}
