/** The menus that ink-select-input shows (title, players, sandbox, settings), and the entry of a name: their words and keys. */
import { agoInWords, type DrillView, type PracticeView } from '../../engine/practice.ts';
import type { Settings } from '../../engine/view.ts';
import { invitingLevel } from './levels.ts';
import type { Binding, Layer } from '../keys.ts';
import { editLine, EMPTY_LINE } from '../line-editor.ts';
import { beginTour, offerTour } from '../tour-keys.ts';
import type { Ui } from '../ui.ts';

interface MenuItem {
  readonly key: string;
  readonly label: string;
  /** Said behind the label, dim. */
  readonly note?: string;
  readonly choose: () => void;
}

export interface Menu {
  readonly title: string;
  readonly items: readonly MenuItem[];
}

/** The menu of the present screen. */
export function menuOf(ui: Ui): Menu {
  switch (ui.state.screen) {
    case 'players': return playersMenu(ui);
    case 'sandbox': return sandboxMenu(ui);
    case 'settings': return settingsMenu(ui);
    default: return titleMenu(ui);
  }
}

function titleMenu(ui: Ui): Menu {
  const { worlds, player, sandboxes, practice } = ui.game.view();
  const inviting = invitingLevel(worlds);
  const won = worlds.flatMap((world) => world.levels).some((level) => level.state === 'won' || level.state === 'started');
  const start = (id: string, fresh?: boolean) => ui.begin('Setting the scene', () => ui.game.startLevel(id, fresh ? { fresh } : undefined));
  return {
    title: '',
    items: [
      ...(worlds.length === 0 ? [{ key: 'continue', label: 'Begin', note: 'the course is being opened', choose: () => undefined }] : []),
      ...(inviting ? [{ key: 'continue', label: won ? 'Continue' : 'Begin', note: inviting.title, choose: () => start(inviting.id) }] : []),
      { key: 'levels', label: 'Levels', choose: () => ui.goTo('levels') },
      ...(sandboxes.length > 0 ? [{ key: 'sandbox', label: 'Sandbox', note: 'a cluster to try things', choose: () => ui.goTo('sandbox') }] : []),
      ...(practice?.drills[0] ? [drillItem(practice.drills[0], start)] : []),
      { key: 'map', label: 'World map', note: 'what opens what', choose: () => ui.goTo('map') },
      ...(practice ? [{ key: 'progress', label: 'Progress', note: streakNote(practice), choose: () => ui.goTo('progress') }] : []),
      { key: 'players', label: 'Player', note: player?.name, choose: () => ui.goTo('players') },
      { key: 'settings', label: 'Settings', choose: () => ui.goTo('settings') },
      { key: 'quit', label: 'Quit', choose: () => ui.quit() },
    ],
  };
}

/** `A drill    Pod: 3 weeks ago, 4 minutes`. */
function drillItem({ levelId, concept, daysAgo, minutes }: DrillView, start: (id: string, fresh?: boolean) => void): MenuItem {
  return { key: 'drill', label: 'A drill', note: `${concept}: ${agoInWords(daysAgo)}, ${minutes} minutes`, choose: () => start(levelId, true) };
}

const streakNote = ({ streak }: PracticeView) => (streak > 1 ? `${streak} days in a row` : undefined);

function playersMenu(ui: Ui): Menu {
  const choose = (id: string) => ui.attempt('Opening', () => ui.game.choosePlayer(id), () => ui.goTo('title'));
  return {
    title: 'Who plays?',
    items: [
      ...ui.game.view().players.map(({ id, name, stars, score }) => ({
        key: id, label: name, note: `${stars} ${stars === 1 ? 'star' : 'stars'}, ${score} points`, choose: () => choose(id),
      })),
      { key: '', label: 'Someone new', choose: () => ui.change({ screen: 'name', name: EMPTY_LINE }) },
    ],
  };
}

function sandboxMenu(ui: Ui): Menu {
  return {
    title: 'How large a cluster?',
    items: [
      ...ui.game.view().sandboxes.map(({ id, title, note }) => ({
        key: id, label: title, note, choose: () => ui.begin('Building the cluster', () => ui.game.startSandbox(id)),
      })),
      { key: 'tour', label: 'The tour', note: 'two minutes, from the first command on', choose: () => beginTour(ui) },
    ],
  };
}

/** The values of a setting in the order in which they follow each other, in words. */
const CHOICES: { readonly [K in keyof Settings]: { label: string; values: readonly (readonly [Settings[K], string])[] } } = {
  editor: { label: 'Editor', values: [['vi', 'vi'], ['nano', 'nano']] },
  palette: { label: 'Theme', values: [['dark', 'for a dark terminal'], ['light', 'for a light terminal'], ['colour-blind', 'told apart without red and green']] },
  colours: { label: 'Colours', values: [['auto', 'all that the terminal has'], ['16', 'its own sixteen'], ['none', 'none']] },
  glyphs: { label: 'Characters', values: [['unicode', 'all'], ['ascii', 'plain ASCII']] },
  motion: { label: 'Motion', values: [[true, 'on'], [false, 'off']] },
  lineKeys: { label: 'Prompt', values: [['emacs', 'the keys of bash'], ['vi', 'the keys of vi (set -o vi)']] },
  mouse: { label: 'Mouse', values: [[true, 'on; hold Shift to select text'], [false, 'off']] },
  sound: { label: 'Sound', values: [[false, 'off'], [true, 'a bell for each objective']] },
  screenReader: { label: 'Screen reader', values: [[false, 'off'], [true, 'on from the next start']] },
};

function settingsMenu(ui: Ui): Menu {
  const { settings } = ui.game.view();
  const change = (to: Partial<Settings>) => ui.attempt('Saving', () => ui.game.changeSettings(to));
  const item = <K extends keyof Settings>(name: K): MenuItem => {
    const { label, values } = CHOICES[name];
    const at = values.findIndex(([value]) => value === settings[name]);
    return { key: name, label, note: values[at]?.[1], choose: () => change({ [name]: values[(at + 1) % values.length]![0] }) };
  };
  return {
    title: 'Settings',
    items: [
      item('palette'), item('colours'), item('glyphs'), item('motion'), item('editor'), item('lineKeys'), item('mouse'), item('sound'), item('screenReader'),
      { key: 'back', label: 'Back', choose: () => ui.goTo('title') },
    ],
  };
}

const moving: readonly Binding[] = [
  { keys: ['enter', 'right', 'l'], label: 'Take the marked line', short: 'choose', does: (ui) => choose(ui, ui.state.menuIndex) },
  { keys: ['down', 'j', 'tab'], shown: '↑↓', label: 'The next line', short: 'move', does: (ui) => move(ui, 1) },
  { keys: ['up', 'k', 'shift-tab'], label: 'The line before', does: (ui) => move(ui, -1) },
  { keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], shown: '1-9', label: 'Take that line', does: (ui, key) => choose(ui, Number(key.id) - 1) },
];

function choose(ui: Ui, index: number): void {
  menuOf(ui).items[index]?.choose();
}

function move(ui: Ui, step: number): void {
  const { length } = menuOf(ui).items;
  ui.change({ menuIndex: (ui.state.menuIndex + step + length) % length });
}

const TITLE: Layer = { title: 'Menu', bindings: [...moving, { keys: ['q'], label: 'Quit', short: 'quit', does: (ui) => ui.quit() }] };

const MENU: Layer = {
  title: 'Menu',
  bindings: [...moving, { keys: ['escape', 'q', 'left'], label: 'Back', short: 'back', when: (ui) => ui.game.view().player !== undefined, does: (ui) => ui.goTo('title') }],
};

export const menuLayers = (ui: Ui): Layer[] => [ui.state.screen === 'title' ? TITLE : MENU];

const NAME_MAX = 24;

const NAME: Layer = {
  title: 'Your name',
  bindings: [
    { keys: ['enter'], label: 'That is me', short: 'that is me', when: (ui) => ui.state.name.text.trim() !== '', does: createPlayer },
    { keys: ['escape'], label: 'Back', short: 'back', when: (ui) => ui.game.view().players.length > 0, does: (ui) => ui.goTo(ui.game.view().player ? 'title' : 'players') },
  ],
  types: (ui, key) => {
    const edited = editLine(ui.state.name, key, []);
    if (edited && [...edited.text].length <= NAME_MAX) ui.change({ name: edited });
    return edited !== undefined;
  },
};

export const nameLayers = (_: Ui): Layer[] => [NAME];

function createPlayer(ui: Ui): void {
  const name = ui.state.name.text.trim();
  ui.attempt('Saving', () => ui.game.createPlayer(name), () => { ui.goTo('title'); offerTour(ui); });
}
