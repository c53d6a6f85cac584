/** The menus that ink-select-input shows (title, players, sandbox, settings): their lines, and where each leads. */
import type { Words } from '../../language/words.ts';
import type { DrillView, PracticeView } from '../../engine/practice.ts';
import { invitingLevel } from './levels.ts';
import { settingsMenu } from './settings.ts';
import type { Deed } from '../state/deeds.ts';
import { asking, goneTo, type Screen, type UiState } from '../state/state.ts';
import { BEGIN_TOUR } from '../tour-keys.ts';
import type { Ui } from '../ui.ts';

export interface MenuItem {
  readonly key: string;
  readonly label: string;
  /** Said behind the label, dim. */
  readonly note?: string;
  /** The screen that it leads to, or what it asks for. */
  readonly to?: Screen;
  readonly ask?: Deed;
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
  const { worlds, player, sandboxes, practice } = ui.view;
  const { title: words } = ui.words;
  const inviting = invitingLevel(worlds);
  const levels = worlds.flatMap((world) => world.levels);
  const isBegun = levels.some((level) => level.state === 'won' || level.state === 'started');
  const items: readonly (MenuItem | undefined)[] = [
    worlds.length === 0 ? { key: 'continue', label: words.begin, note: words.opening } : undefined,
    inviting && { key: 'continue', label: isBegun ? words.continue : words.begin, note: inviting.title, ask: { do: 'startLevel', id: inviting.id } },
    { key: 'levels', label: words.levels, note: ui.words.won(levels.filter(({ state }) => state === 'won').length, levels.length), to: 'levels' },
    sandboxes.length > 0 ? { key: 'sandbox', label: words.sandbox, note: words.sandboxNote, to: 'sandbox' } : undefined,
    practice?.drills[0] && drillItem(practice.drills[0], ui.words),
    { key: 'map', label: words.map, note: words.mapNote, to: 'map' },
    practice && { key: 'progress', label: words.progress, note: streakNote(practice, ui.words), to: 'progress' },
    { key: 'players', label: words.player, note: player?.name, to: 'players' },
    { key: 'settings', label: words.settings, to: 'settings' },
    { key: 'quit', label: words.quit, ask: { do: 'exit' } },
  ];
  return { title: '', items: items.filter((item) => item !== undefined) };
}

/** `A drill    Pod: 3 weeks ago, 4 minutes`. */
function drillItem({ levelId, concept, daysAgo, minutes }: DrillView, words: Words): MenuItem {
  return { key: 'drill', label: words.title.drill, note: words.title.drillNote(concept, words.ago(daysAgo), minutes), ask: { do: 'startLevel', id: levelId, fresh: true } };
}

const streakNote = ({ streak }: PracticeView, { title }: Words) => (streak > 1 ? title.streak(streak) : undefined);

function playersMenu(ui: Ui): Menu {
  const { players: words } = ui.words;
  return {
    title: words.title,
    items: [
      ...ui.view.players.map(({ id, name, stars, score }): MenuItem => ({ key: id, label: name, note: words.note(stars, score), ask: { do: 'choosePlayer', id } })),
      { key: '', label: words.another, to: 'name' },
    ],
  };
}

function sandboxMenu(ui: Ui): Menu {
  const { sandbox: words } = ui.words;
  return {
    title: words.title,
    items: [
      ...ui.view.sandboxes.map(({ id, title, note }): MenuItem => ({ key: id, label: title, note, ask: { do: 'startSandbox', size: id } })),
      { key: 'tour', label: words.tour, note: words.tourNote, ask: BEGIN_TOUR },
    ],
  };
}

/** The state after a line is taken. */
export function taken(state: UiState, item: MenuItem | undefined): UiState {
  if (item?.to) return goneTo(state, item.to);
  return item?.ask ? asking(state, item.ask) : state;
}
