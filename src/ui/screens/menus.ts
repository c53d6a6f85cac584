/** The menus that ink-select-input shows (title, players, sandbox, settings), and the entry of a name: their words and keys. */
import type { Words } from '../../language/words.ts';
import type { DrillView, PracticeView } from '../../engine/practice.ts';
import { invitingLevel } from './levels.ts';
import type { Binding, Layer } from '../keys.ts';
import { settingsMenu } from './settings.ts';
import { editLine, EMPTY_LINE } from '../line-editor.ts';
import { beginTour, offerTour } from '../tour-keys.ts';
import type { Ui } from '../ui.ts';

export interface MenuItem {
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
  const { title: words, busy } = ui.words;
  const inviting = invitingLevel(worlds);
  const levels = worlds.flatMap((world) => world.levels);
  const isBegun = levels.some((level) => level.state === 'won' || level.state === 'started');
  const start = (id: string, fresh?: boolean) => ui.begin(busy.scene, () => ui.game.startLevel(id, fresh ? { fresh } : undefined));
  return {
    title: '',
    items: [
      ...(worlds.length === 0 ? [{ key: 'continue', label: words.begin, note: words.opening, choose: () => undefined }] : []),
      ...(inviting ? [{ key: 'continue', label: isBegun ? words.continue : words.begin, note: inviting.title, choose: () => start(inviting.id) }] : []),
      { key: 'levels', label: words.levels, note: ui.words.won(levels.filter(({ state }) => state === 'won').length, levels.length), choose: () => ui.goTo('levels') },
      ...(sandboxes.length > 0 ? [{ key: 'sandbox', label: words.sandbox, note: words.sandboxNote, choose: () => ui.goTo('sandbox') }] : []),
      ...(practice?.drills[0] ? [drillItem(practice.drills[0], ui.words, start)] : []),
      { key: 'map', label: words.map, note: words.mapNote, choose: () => ui.goTo('map') },
      ...(practice ? [{ key: 'progress', label: words.progress, note: streakNote(practice, ui.words), choose: () => ui.goTo('progress') }] : []),
      { key: 'players', label: words.player, note: player?.name, choose: () => ui.goTo('players') },
      { key: 'settings', label: words.settings, choose: () => ui.goTo('settings') },
      { key: 'quit', label: words.quit, choose: () => ui.quit() },
    ],
  };
}

/** `A drill    Pod: 3 weeks ago, 4 minutes`. */
function drillItem({ levelId, concept, daysAgo, minutes }: DrillView, words: Words, start: (id: string, fresh?: boolean) => void): MenuItem {
  return { key: 'drill', label: words.title.drill, note: words.title.drillNote(concept, words.ago(daysAgo), minutes), choose: () => start(levelId, true) };
}

const streakNote = ({ streak }: PracticeView, { title }: Words) => (streak > 1 ? title.streak(streak) : undefined);

function playersMenu(ui: Ui): Menu {
  const { players: words } = ui.words;
  const choose = (id: string) => ui.attempt(ui.words.busy.opening, () => ui.game.choosePlayer(id), () => ui.goTo('title'));
  return {
    title: words.title,
    items: [
      ...ui.game.view().players.map(({ id, name, stars, score }) => ({
        key: id, label: name, note: words.note(stars, score), choose: () => choose(id),
      })),
      { key: '', label: words.another, choose: () => ui.change({ screen: 'name', name: EMPTY_LINE }) },
    ],
  };
}

function sandboxMenu(ui: Ui): Menu {
  const { sandbox: words, busy } = ui.words;
  return {
    title: words.title,
    items: [
      ...ui.game.view().sandboxes.map(({ id, title, note }) => ({
        key: id, label: title, note, choose: () => ui.begin(busy.cluster, () => ui.game.startSandbox(id)),
      })),
      { key: 'tour', label: words.tour, note: words.tourNote, choose: () => beginTour(ui) },
    ],
  };
}

const moving: readonly Binding[] = [
  { keys: ['enter', 'right', 'l'], says: (w) => w.keys.menus.take, does: (ui) => choose(ui, ui.state.menuIndex) },
  { keys: ['down', 'j', 'tab'], shown: '↑↓', says: (w) => w.keys.menus.nextLine, does: (ui) => move(ui, 1) },
  { keys: ['up', 'k', 'shift-tab'], says: (w) => w.keys.menus.lineBefore, does: (ui) => move(ui, -1) },
  { keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], shown: '1-9', says: (w) => w.keys.menus.takeNumbered, does: (ui, key) => choose(ui, Number(key.id) - 1) },
];

function choose(ui: Ui, index: number): void {
  menuOf(ui).items[index]?.choose();
}

function move(ui: Ui, step: number): void {
  const { length } = menuOf(ui).items;
  ui.change({ menuIndex: (ui.state.menuIndex + step + length) % length });
}

const TITLE: Layer = { title: (w) => w.layers.menu, bindings: [...moving, { keys: ['q'], says: (w) => w.keys.menus.quit, does: (ui) => ui.quit() }] };

const MENU: Layer = {
  title: (w) => w.layers.menu,
  bindings: [...moving, { keys: ['escape', 'q', 'left'], says: (w) => w.keys.menus.back, when: (ui) => ui.game.view().player !== undefined, does: (ui) => ui.goTo('title') }],
};

export const menuLayers = (ui: Ui): Layer[] => [ui.state.screen === 'title' ? TITLE : MENU];

const NAME_MAX = 24;

const NAME: Layer = {
  title: (w) => w.layers.yourName,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.menus.thatIsMe, when: (ui) => ui.state.name.text.trim() !== '', does: createPlayer },
    { keys: ['escape'], says: (w) => w.keys.menus.back, when: (ui) => ui.game.view().players.length > 0, does: (ui) => ui.goTo(ui.game.view().player ? 'title' : 'players') },
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
  ui.attempt(ui.words.busy.saving, () => ui.game.createPlayer(name), () => { ui.goTo('title'); offerTour(ui); });
}
