/** The list of levels by world: stars, difficulty, minutes, what each teaches. */
import type { Words } from '../../language/words.ts';
import type { LevelView, WorldView } from '../../engine/view.ts';
import { clampScroll, difficulty, framed, scrollNote, stars } from '../frame.ts';
import type { Layer } from '../keys.ts';
import { editLine, EMPTY_LINE } from '../line-editor.ts';
import { inline } from '../markdown.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { EMPTY, column, fit, line, spread, wrapWords, type Line, type Piece } from '../text.ts';
import { levelStyle, type Theme } from '../theme.ts';
import type { Ui, UiState } from '../ui.ts';

/** Whether a level's title, world, teachings or state hold every word of the filter. */
export function isMatch(level: LevelView, world: WorldView, filter: string, { levels: words }: Words): boolean {
  const text = `${level.title} ${world.title} ${level.teaches.join(' ')} ${words[level.state]}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** The worlds with only the levels that answer to the filter. */
function matching(worlds: readonly WorldView[], filter: string, words: Words): WorldView[] {
  return worlds.flatMap((world) => {
    const levels = world.levels.filter((level) => isMatch(level, world, filter, words));
    return levels.length > 0 ? [{ ...world, levels }] : [];
  });
}

/** The level that is marked: the chosen one if it is in the list, else one that invites. */
export function markedLevel(worlds: readonly WorldView[], selected: string | undefined): LevelView | undefined {
  const levels = worlds.flatMap((world) => world.levels);
  return levels.find((level) => level.id === selected) ?? invitingLevel(worlds) ?? levels[0];
}

/** What `Continue` means: a level begun, or the first open one. */
export function invitingLevel(worlds: readonly WorldView[]): LevelView | undefined {
  const levels = worlds.flatMap((world) => world.levels);
  return levels.find((level) => level.state === 'started') ?? levels.find((level) => level.state === 'open');
}

interface Shown {
  worlds: readonly WorldView[];
  levels: UiState['levels'];
  size: Size;
}

/** All rows between header and footer. */
export function levelsRows({ worlds, levels, size }: Shown, theme: Theme): Line[] {
  const found = matching(worlds, levels.filter.text, theme.words);
  const marked = markedLevel(found, levels.selected);
  const height = size.rows - 2;
  const isWide = size.columns >= 100;
  const listWidth = isWide ? size.columns - Math.min(48, Math.floor(size.columns * 0.36)) : size.columns;
  const detailHeight = isWide ? height : 7;
  const list = listRows({ found, marked, levels }, { width: listWidth, height: isWide ? height : height - detailHeight }, theme);
  const detail = framed(marked ? detailRows(marked, worlds, (isWide ? size.columns - listWidth : size.columns) - 4, isWide, theme) : [], {
    title: line(marked?.title ?? theme.words.nothingFound, 'title'), width: isWide ? size.columns - listWidth : size.columns, height: detailHeight,
  }, theme);
  return isWide ? list.map((row, index) => [...row, ...detail[index]!]) : [...list, ...detail];
}

function listRows({ found, marked, levels }: { found: WorldView[]; marked?: LevelView; levels: UiState['levels'] }, box: { width: number; height: number }, theme: Theme): Line[] {
  const inner = box.width - 4;
  const rows: Line[] = [];
  let markedRow = 0;
  for (const world of found) {
    if (rows.length > 0) rows.push(EMPTY);
    rows.push(worldRow(world, inner, theme));
    for (const level of world.levels) {
      if (level === marked) markedRow = rows.length;
      rows.push(levelRow(level, level === marked, inner, theme));
    }
  }
  const height = box.height - 2;
  const isFirst = markedRow === 1;
  const offset = clampScroll(isFirst ? 0 : markedRow - Math.floor(height / 2), height, rows.length);
  const title: Line = [{ text: theme.words.levels.title, style: 'title' }, ...filterPieces(levels)];
  const shown = rows.length > 0 ? rows.slice(offset, offset + height) : [line(theme.words.levels.none, 'dim')];
  return framed(shown, { title, ...box, isFocused: true, note: starNote(found, theme), foot: scrollNote(offset, height, rows.length, theme) }, theme);
}

/** What is looked for, behind a title. */
export function filterPieces({ filter, isFiltering }: UiState['levels']): Line {
  return isFiltering || filter.text ? [{ text: ' /', style: 'key' }, { text: filter.text }, { text: isFiltering ? ' ' : '', style: 'cursor' }] : [];
}

function starNote(worlds: readonly WorldView[], theme: Theme): Line {
  const levels = worlds.flatMap((world) => world.levels);
  return [{ text: `${theme.glyphs.star} `, style: 'star' }, { text: theme.words.of(sum(levels), levels.length * 3), style: 'dim' }];
}

const sum = (levels: readonly LevelView[]) => levels.reduce((total, level) => total + level.stars, 0);

function worldRow({ title, levels }: WorldView, width: number, theme: Theme): Line {
  const won = levels.filter((level) => level.state === 'won').length;
  return spread(line(title, 'heading'), line(theme.words.won(won, levels.length), 'dim'), width, theme.glyphs.ellipsis);
}

function levelRow(level: LevelView, isMarked: boolean, width: number, theme: Theme): Line {
  const glyph = theme.glyphs.level[level.state];
  const isLocked = level.state === 'locked';
  const teaches = width >= 84 ? Math.floor(width * 0.3) : 0;
  const titleColumns = width - 30 - teaches; // mark 2, glyph 2, difficulty 5, minutes 10, gap 3, state 7, edge 1
  const pieces: Piece[] = [
    { text: isMarked ? `${theme.glyphs.pointer} ` : '  ', style: 'key' },
    { text: `${glyph} `, style: levelStyle[level.state] },
    { text: `${column(level.title, titleColumns - 1, theme.glyphs.ellipsis)} `, style: isLocked ? 'dim' : isMarked ? 'strong' : 'plain' },
    { text: teaches ? `${column(level.teaches.join(', '), teaches - 2, theme.glyphs.ellipsis)}  ` : '', style: 'dim' },
    ...(isLocked ? difficulty(level.difficulty, theme).map(dimmed) : difficulty(level.difficulty, theme)), { text: theme.words.minutes(level.minutes).padStart(9), style: 'dim' }, { text: '   ' },
    ...(isLocked ? [{ text: theme.words.levels.locked, style: 'dim' as const }] : level.state === 'started' && level.stars === 0 ? [{ text: theme.words.levels.started, style: 'accent' as const }] : stars(level.stars, theme)),
  ];
  const row = fit(pieces, width, theme.glyphs.ellipsis);
  return isMarked ? row.map((piece) => selected(piece)) : row;
}

const dimmed = (piece: Piece): Piece => ({ text: piece.text, style: 'border' });

/** Coloured glyphs keep their colour only outside of the marked row: one background, two tones. */
const selected = (piece: Piece): Piece => ({ text: piece.text, style: piece.style === 'dim' || piece.style === 'border' ? 'selectedDim' : 'selected' });

function detailRows(level: LevelView, worlds: readonly WorldView[], width: number, isTall: boolean, theme: Theme): Line[] {
  const { glyphs: { ellipsis }, words } = theme;
  const world = worlds.find((candidate) => candidate.levels.some(({ id }) => id === level.id));
  const state: Piece[] = [{ text: `${theme.glyphs.level[level.state]} ${words.levels[level.state]}`, style: levelStyle[level.state] }];
  const best = level.bestScore === undefined ? [] : [{ text: `${words.levels.best(level.bestScore)}  `, style: 'dim' as const }, ...stars(level.stars, theme)];
  const summary = level.summary ? wrapWords(inline(level.summary), width) : [];
  const needs = level.state === 'locked' && level.needs?.length ? wrapWords(inline(words.levels.opensAfter(level.needs.join(', ')), 'dim'), width) : [];
  const teaches = teachesRows(level, width, words);
  const facts = [...difficulty(level.difficulty, theme), { text: `  ${words.minutes(level.minutes)}  `, style: 'dim' as const }];
  if (!isTall) return [spread([...facts, ...state], best, width, ellipsis), ...summary.slice(0, 2), ...teaches.slice(0, 1), ...needs].slice(0, 5);
  return [
    line(world?.title ?? '', 'dim'), EMPTY, spread(facts, state, width, ellipsis), ...(best.length ? [spread(EMPTY, best, width, ellipsis)] : []),
    EMPTY, ...summary, ...(summary.length ? [EMPTY] : []), ...teaches, ...(needs.length ? [EMPTY, ...needs] : []),
  ];
}

/** What it teaches, behind the word for that. */
export function teachesRows({ teaches }: LevelView, width: number, words: Words): Line[] {
  return wrapWords([{ text: `${words.teaches} `, style: 'dim' }, { text: teaches.join(', ') }], width, words.teaches.length + 1);
}

const foundOf = (ui: Ui) => matching(ui.game.view().worlds, ui.state.levels.filter.text, ui.words);

function move(ui: Ui, step: number): void {
  const found = foundOf(ui);
  const levels = found.flatMap((world) => world.levels);
  const marked = markedLevel(found, ui.state.levels.selected);
  const index = marked ? levels.indexOf(marked) : 0;
  const next = levels[Math.max(0, Math.min(levels.length - 1, index + step))];
  if (next) ui.change({ levels: { ...ui.state.levels, selected: next.id } });
}

/** To the first level of the next or the previous world. */
function moveWorld(ui: Ui, step: number): void {
  const found = foundOf(ui);
  const marked = markedLevel(found, ui.state.levels.selected);
  const index = found.findIndex((world) => marked && world.levels.includes(marked));
  const next = found[Math.max(0, Math.min(found.length - 1, index + step))]?.levels[0];
  if (next) ui.change({ levels: { ...ui.state.levels, selected: next.id } });
}

/** Plays the marked level; a locked one after asking. */
export function play(ui: Ui, options: { fresh?: boolean } = {}): void {
  const marked = markedLevel(foundOf(ui), ui.state.levels.selected);
  if (!marked) return;
  const start = (unlock?: boolean) => ui.begin(ui.words.busy.scene, () => ui.game.startLevel(marked.id, { ...options, ...(unlock ? { unlock } : {}) }));
  if (marked.state !== 'locked') return start();
  const { levels: words } = ui.words;
  ui.openDialog({ kind: 'confirm', title: words.lockedTitle, text: words.lockedText(marked.needs?.join(', ') ?? ''), yes: words.playIt, no: words.notYet, then: () => start(true) });
}

export const setFilter = (ui: Ui, isFiltering: boolean, filter = ui.state.levels.filter) => ui.change({ levels: { ...ui.state.levels, filter, isFiltering } });

export const showAll = (ui: Ui) => setFilter(ui, false, EMPTY_LINE);

/** Types at what is looked for. */
export const FILTER_TYPES: NonNullable<Layer['types']> = (ui, key) => {
  const edited = editLine(ui.state.levels.filter, key, []);
  if (edited) setFilter(ui, true, edited);
  return edited !== undefined;
};

const LIST: Layer = {
  title: (w) => w.layers.levels,
  bindings: [
    { keys: ['enter', 'right', 'l'], says: (w) => w.keys.levels.play, does: (ui) => play(ui) },
    { keys: ['down', 'j', 'ctrl-n'], shown: '↑↓', says: (w) => w.keys.levels.nextLevel, does: (ui) => move(ui, 1) },
    { keys: ['up', 'k', 'ctrl-p'], says: (w) => w.keys.levels.levelBefore, does: (ui) => move(ui, -1) },
    { keys: ['pagedown', 'ctrl-d', 'ctrl-f'], says: (w) => w.keys.levels.tenLevelsOn, does: (ui) => move(ui, 10) },
    { keys: ['pageup', 'ctrl-u', 'ctrl-b'], says: (w) => w.keys.levels.tenLevelsBack, does: (ui) => move(ui, -10) },
    { keys: ['g', 'home'], says: (w) => w.keys.levels.firstLevel, does: (ui) => move(ui, -Infinity) },
    { keys: ['G', 'end'], says: (w) => w.keys.levels.lastLevel, does: (ui) => move(ui, Infinity) },
    { keys: ['tab', '}'], says: (w) => w.keys.levels.nextWorld, does: (ui) => moveWorld(ui, 1) },
    { keys: ['shift-tab', '{'], says: (w) => w.keys.levels.worldBefore, does: (ui) => moveWorld(ui, -1) },
    { keys: ['/'], says: (w) => w.keys.levels.find, does: (ui) => setFilter(ui, true) },
    { keys: ['m'], says: (w) => w.keys.levels.asMap, does: (ui) => ui.goTo('map') },
    { keys: ['r'], says: (w) => w.keys.levels.playAnew, does: (ui) => play(ui, { fresh: true }) },
    { keys: ['escape'], says: (w) => w.keys.common.showAllLevels, when: (ui) => ui.state.levels.filter.text !== '', does: showAll },
    { keys: ['escape', 'q', 'left', 'h'], says: (w) => w.keys.common.backToTitle, does: (ui) => ui.goTo('title') },
  ],
};

const FILTER: Layer = {
  title: (w) => w.layers.findLevels,
  bindings: [
    { keys: ['enter', 'tab'], says: (w) => w.keys.common.keepThese, does: (ui) => setFilter(ui, false) },
    { keys: ['escape'], says: (w) => w.keys.common.showAll, does: showAll },
    { keys: ['down'], shown: '↑↓', says: (w) => w.keys.levels.nextLevel, does: (ui) => move(ui, 1) },
    { keys: ['up'], says: (w) => w.keys.levels.levelBefore, does: (ui) => move(ui, -1) },
  ],
  types: FILTER_TYPES,
};

export const levelsLayers = (ui: Ui): Layer[] => [ui.state.levels.isFiltering ? FILTER : LIST];
