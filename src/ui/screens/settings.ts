/** The settings: a line each, with the value it has; taking a line goes on to the next value. */
import { LANGUAGES, wordsIn, type Words } from '../../language/words.ts';
import type { Settings } from '../../engine/view.ts';
import type { Ui } from '../ui.ts';
import type { Menu, MenuItem } from './menus.ts';

type Values<K extends keyof Settings> = readonly (readonly [Settings[K], string])[];

/** What each setting is called, and its values in the order in which they follow each other. */
const choicesIn = ({ settings: words }: Words, systemLanguage: string): { readonly [K in keyof Settings]: { label: string; values: Values<K> } } => ({
  language: { label: words.language, values: [['system', words.asSystem(wordsIn(systemLanguage).name)], ...Object.entries(LANGUAGES).map(([tag, { name }]): [string, string] => [tag, name])] },
  editor: { label: words.editor, values: [['vi', 'vi'], ['nano', 'nano']] },
  palette: { label: words.palette, values: [['dark', words.dark], ['light', words.light], ['colour-blind', words.colourBlind]] },
  colours: { label: words.colours, values: [['auto', words.allColours], ['16', words.sixteen], ['none', words.noColours]] },
  glyphs: { label: words.glyphs, values: [['unicode', words.unicode], ['ascii', words.ascii]] },
  motion: { label: words.motion, values: [[true, words.on], [false, words.off]] },
  lineKeys: { label: words.lineKeys, values: [['emacs', words.emacs], ['vi', words.vi]] },
  mouse: { label: words.mouse, values: [[true, words.mouseOn], [false, words.off]] },
  sound: { label: words.sound, values: [[false, words.off], [true, words.bell]] },
  screenReader: { label: words.screenReader, values: [[false, words.off], [true, words.nextStart]] },
});

const ORDER = ['language', 'palette', 'colours', 'glyphs', 'motion', 'editor', 'lineKeys', 'mouse', 'sound', 'screenReader'] as const satisfies readonly (keyof Settings)[];

export function settingsMenu(ui: Ui): Menu {
  const { settings, systemLanguage } = ui.view;
  const choices = choicesIn(ui.words, systemLanguage);
  const item = <K extends keyof Settings>(name: K): MenuItem => {
    const { label, values } = choices[name];
    const at = values.findIndex(([value]) => value === settings[name]);
    return { key: name, label, note: values[at]?.[1], ask: { do: 'changeSettings', change: { [name]: values[(at + 1) % values.length]![0] } } };
  };
  return { title: ui.words.settings.title, items: [...ORDER.map(item), { key: 'back', label: ui.words.settings.back, to: 'title' }] };
}
