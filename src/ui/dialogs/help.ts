/** The help: every key that is heard on the screen. */
import { hintsOf } from '../hints.ts';
import type { Binding } from '../keys.ts';
import { screenLayers } from '../screen-layers.ts';
import { EMPTY, line, widthOf, type Line } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import type { Ui } from '../ui.ts';

/** The keys of the screen below, a layer at a time. */
export function helpRows(ui: Ui, columns: number): Line[] {
  const layers = screenLayers(ui);
  return layers.flatMap((layer, index) => {
    const hints = hintsOf(ui, layers.slice(0, index + 1), (binding) => layer.bindings.includes(binding) ? helpLabel(ui, binding) : undefined, { isComplete: true });
    const rows = hints.flatMap(({ key, label }) => keyRows(key, label, columns));
    return rows.length === 0 ? [] : [...(index > 0 ? [EMPTY] : []), line(layer.title(ui.words), 'heading'), ...rows];
  });
}

function helpLabel(ui: Ui, { says, when, whyNot }: Binding): string {
  const { label } = says(ui.words);
  return whyNot && when && !when(ui) ? ui.words.dialogs.notNow(label, whyNot(ui.words)) : label;
}

const KEY_COLUMNS = 12;

function keyRows(key: string, label: string, columns: number): Line[] {
  const lead = key + ' '.repeat(Math.max(1, KEY_COLUMNS - widthOf(key)));
  return wrapWords([{ text: lead, style: 'key' }, { text: label }], columns, KEY_COLUMNS);
}
