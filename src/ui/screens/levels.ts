/** The list of levels by world: stars, difficulty, minutes, what each teaches. */
import type { Words } from '../../language/words.ts';
import type { LevelView, WorldView } from '../../engine/view.ts';
import { clampScroll, difficulty, framed, scrollNote, stars } from '../frame.ts';
import { inline } from '../markdown.ts';
import type { UiState } from '../state/state.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { EMPTY, column, fit, line, spread, type Line, type Piece } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import { levelStyle, type Theme } from '../theme.ts';

/** Whether a level's id, title, world, teachings or state hold every word of the filter. */
export function isMatch(level: LevelView, world: WorldView, filter: string, { levels: words }: Words): boolean {
  const text = `${level.id} ${level.title} ${world.title} ${level.teaches.join(' ')} ${words[level.state]}`.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** The worlds with only the levels that answer to the filter. */
export function matching(worlds: readonly WorldView[], filter: string, words: Words): WorldView[] {
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

/** No title needs more columns; what a wide screen has beyond them goes to what the level teaches. */
const LONG_TITLE = 44;

function levelRow(level: LevelView, isMarked: boolean, width: number, theme: Theme): Line {
  const glyph = theme.glyphs.level[level.state];
  const isLocked = level.state === 'locked';
  const teaches = width >= 84 ? Math.max(Math.floor(width * 0.3), width - 30 - LONG_TITLE) : 0;
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
