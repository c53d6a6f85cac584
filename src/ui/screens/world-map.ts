/** The course as a map: a cell a level, world by world, what the marked one needs and opens; the way there beside it. */
import type { LevelView, WorldView } from '../../engine/view.ts';
import { clampScroll, difficulty, framed, scrollNote, stars } from '../frame.ts';
import { inline } from '../markdown.ts';
import { flowed, part, rowOf, spotAt, type MapRow, type Part } from '../sights/map-row.ts';
import type { UiState } from '../state/state.ts';
import type { Place } from '../terminal/key-parser.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { EMPTY, column, cut, line, spread, widthOf, type Line, type Piece } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import { levelStyle, type Style, type Theme } from '../theme.ts';
import { filterPieces, isMatch, markedLevel, teachesRows } from './levels.ts';

const WIDE = 100;
const DETAIL_ROWS = 9;
const NAME_COLUMNS = 25;
/** Columns that a cell with a level's title takes at least, with its marks and the gap behind it. */
const TITLED_MIN = 24;
const AROUND_TITLE = 7; // the marks take four, the gap three
/** So many screens of titles are worth scrolling; of more, a level is its mark alone. */
const SCREENS_MAX = 2;

interface Shown {
  worlds: readonly WorldView[];
  levels: UiState['levels'];
  size: Size;
}

interface Relations { readonly marked?: LevelView; readonly needs: ReadonlySet<string>; readonly opens: ReadonlySet<string> }

/** What the marked level needs and what it opens, by id. */
function relationsOf(worlds: readonly WorldView[], marked: LevelView | undefined): Relations {
  const levels = worlds.flatMap((world) => world.levels);
  return { ...(marked ? { marked } : {}), needs: new Set(marked?.after), opens: new Set(levels.filter(({ after }) => marked && after?.includes(marked.id)).map(({ id }) => id)) };
}

/** All unsolved levels that lead to one, first things first. */
export function wayTo(worlds: readonly WorldView[], level: LevelView): LevelView[] {
  const levels = worlds.flatMap((world) => world.levels);
  const way: LevelView[] = [];
  const visit = (each: LevelView) => {
    if (each.state === 'won' || way.includes(each)) return;
    for (const id of each.after ?? []) {
      const before = levels.find((candidate) => candidate.id === id);
      if (before) visit(before);
    }
    way.push(each);
  };
  visit(level);
  return way.filter(({ id }) => id !== level.id);
}

/** The rows that can be moved over, with a spot for each level that answers to the filter. */
export function worldMap({ worlds, levels, size }: Shown, theme: Theme): MapRow[] {
  const { width, height } = mapRoom(size);
  const relations = relationsOf(worlds, markedLevel(worlds, levels.selected));
  const draw = (perRow: number) => worlds.flatMap((world, index) => worldRows({ world, filter: levels.filter.text, relations, perRow, width, theme }, index > 0));
  if (size.columns < WIDE) return draw(0);
  const longest = Math.max(0, ...worlds.flatMap((world) => world.levels.map(({ title }) => widthOf(title))));
  const [most, least] = [TITLED_MIN, longest + AROUND_TITLE].map((columns) => Math.max(1, Math.floor((width + 3) / columns))) as [number, number];
  for (const rowsMax of [height, SCREENS_MAX * height]) {
    for (let perRow = Math.min(least, most); perRow <= most; perRow += 1) {
      const titled = draw(perRow);
      if (titled.length <= rowsMax) return titled;
    }
  }
  return draw(0);
}

function mapRoom({ columns, rows }: Size): { width: number; height: number } {
  return columns >= WIDE ? { width: columns - detailColumns(columns) - 4, height: rows - 4 } : { width: columns - 4, height: rows - 4 - DETAIL_ROWS };
}

const detailColumns = (columns: number) => Math.min(60, Math.floor(columns * 0.32));

/** `perRow`: levels with their titles; of 0 the marks alone. */
interface WorldDrawing { world: WorldView; filter: string; relations: Relations; perRow: number; width: number; theme: Theme }

function worldRows({ world, filter, relations, perRow, width, theme }: WorldDrawing, hasOneAbove: boolean): MapRow[] {
  const won = world.levels.filter(({ state }) => state === 'won').length;
  const count = `${won}/${world.levels.length}`;
  const titleColumns = perRow > 0 ? Math.floor((width + 3) / perRow) - AROUND_TITLE : 0;
  const cells = world.levels.map((level) => cellOf(level, isMatch(level, world, filter, theme.words), relations, titleColumns, theme));
  if (perRow > 0) return [...(hasOneAbove ? [rowOf([])] : []), rowOf([part(spread(line(world.title, 'heading'), line(count, 'dim'), width, theme.glyphs.ellipsis))]), ...flowed(cells.map((cell) => [cell]), width, 0)];
  const names = Math.min(NAME_COLUMNS, Math.floor(width * 0.36));
  const [first, ...rest] = flowed([cells], width - names - 7, 0);
  const label = part([{ text: column(world.title, names, theme.glyphs.ellipsis), style: won === world.levels.length ? 'good' : 'heading' }, { text: ` ${count.padStart(5)} `, style: 'dim' }]);
  return [beside(label, first ?? rowOf([])), ...rest.map((row) => beside(part({ text: ' '.repeat(names + 7) }), row))];
}

function beside(lead: Part, { line: cells, spots }: MapRow): MapRow {
  const head = rowOf([lead]);
  const left = head.line.reduce((sum, { text }) => sum + text.length, 0);
  return { line: [...head.line, ...cells], spots: spots.map((spot) => ({ ...spot, left: spot.left + left })) };
}

/** A mark of its state between what says that it leads to the marked one, or comes of it. */
function cellOf(level: LevelView, isFound: boolean, { marked, needs, opens }: Relations, titleColumns: number, theme: Theme): Part {
  const isMarked = level.id === marked?.id;
  const [before, after] = isMarked ? ['[', ']'] : needs.has(level.id) ? [' ', theme.glyphs.leads] : opens.has(level.id) ? [theme.glyphs.leads, ' '] : [' ', ' '];
  const tone: Style = isMarked ? 'chosen' : needs.has(level.id) || opens.has(level.id) ? 'strong' : isFound ? (level.state === 'locked' ? 'dim' : 'plain') : 'border';
  const glyph: Piece = { text: theme.glyphs.level[level.state], style: isMarked ? 'chosen' : isFound ? levelStyle[level.state] : 'border' };
  const title: Piece = { text: titleColumns > 0 ? ` ${column(level.title, titleColumns, theme.glyphs.ellipsis)}` : '', style: tone };
  return part([{ text: before, style: isMarked ? 'chosen' : 'accent' }, glyph, title, { text: after, style: isMarked ? 'chosen' : 'accent' }], isFound ? level.id : undefined);
}

function mapOffset(map: readonly MapRow[], marked: LevelView | undefined, height: number): number {
  const at = map.findIndex(({ spots }) => spots.some(({ id }) => id === marked?.id));
  return clampScroll(at - Math.floor(height / 2), height, map.length);
}

/** The level at a place of the screen. */
export function worldMapSpotAt(shown: Shown, theme: Theme, place: Place): string | undefined {
  const { width, height } = mapRoom(shown.size);
  const map = worldMap(shown, theme);
  const offset = mapOffset(map, markedLevel(shown.worlds, shown.levels.selected), height);
  return place.column < width + 2 && place.row < 2 + height ? spotAt(map, offset, 2, place) : undefined;
}

/** Everything between the header and the footer. */
export function worldMapFrame({ worlds, levels, size }: Shown, theme: Theme): Line[] {
  const { columns, rows } = size;
  const isWide = columns >= WIDE;
  const all = worlds.flatMap((world) => world.levels);
  const marked = markedLevel(worlds, levels.selected);
  const map = worldMap({ worlds, levels, size }, theme);
  const { height } = mapRoom(size);
  const offset = mapOffset(map, marked, height);
  const left = framed(map.slice(offset, offset + height).map((row) => row.line), {
    title: [{ text: theme.words.map.title, style: 'title' }, ...filterPieces(levels)], width: isWide ? columns - detailColumns(columns) : columns, height: height + 2, isFocused: true,
    note: line(theme.words.won(all.filter(({ state }) => state === 'won').length, all.length), 'dim'), foot: scrollNote(offset, height, map.length, theme),
  }, theme);
  const width = isWide ? detailColumns(columns) : columns;
  const detail = framed(marked ? aboutRows(worlds, marked, { width: width - 4, isTall: isWide, theme }) : [], { title: line(marked?.title ?? theme.words.nothingFound, 'title'), width, height: isWide ? rows - 2 : DETAIL_ROWS }, theme);
  return isWide ? left.map((row, index) => [...row, ...detail[index]!]) : [...left, ...detail];
}

function aboutRows(worlds: readonly WorldView[], level: LevelView, { width, isTall, theme }: { width: number; isTall: boolean; theme: Theme }): Line[] {
  const levels = worlds.flatMap((world) => world.levels);
  const { opens } = relationsOf(worlds, level);
  const { glyphs: { ellipsis }, words } = theme;
  const state: Line = [{ text: `${theme.glyphs.level[level.state]} ${words.levels[level.state]}  `, style: levelStyle[level.state] }, ...stars(level.stars, theme)];
  const facts = spread([...difficulty(level.difficulty, theme), { text: `  ${words.minutes(level.minutes)}`, style: 'dim' }], state, width, ellipsis);
  const teaches = teachesRows(level, width, words);
  const needed = levels.filter(({ id }) => level.after?.includes(id));
  const opened = levels.filter(({ id }) => opens.has(id));
  const way = wayTo(worlds, level);
  if (!isTall) return [facts, ...(level.summary ? wrapWords(inline(level.summary), width).slice(0, 2) : []), teaches[0]!, ...relationLine(words.map.needs, needed, width, theme), ...relationLine(words.map.opens, opened, width, theme), ...(way.length > 1 ? [cut(line(words.map.before(way.length, way[0]!.title), 'dim'), width, ellipsis)] : [])];
  const list = (title: string, found: readonly LevelView[]) => (found.length === 0 ? [] : [EMPTY, line(title, 'heading'), ...found.map((each) => levelLine(each, width, theme))]);
  return [
    facts, EMPTY, ...(level.summary ? [...wrapWords(inline(level.summary), width), EMPTY] : []), ...teaches,
    ...list(words.map.needsTitle, needed), ...(way.length > needed.length ? list(words.map.way, way) : []), ...list(words.map.opensTitle, opened),
  ];
}

const levelLine = ({ title, state, stars: earned }: LevelView, width: number, theme: Theme): Line =>
  spread([{ text: `${theme.glyphs.level[state]} `, style: levelStyle[state] }, { text: title, style: state === 'locked' ? 'dim' : 'plain' }], state === 'won' ? stars(earned, theme) : line(theme.words.levels[state], 'dim'), width, theme.glyphs.ellipsis);

function relationLine(word: string, levels: readonly LevelView[], width: number, theme: Theme): Line[] {
  if (levels.length === 0) return [];
  const each = levels.flatMap(({ title, state }, index): Piece[] => [{ text: index > 0 ? ', ' : '' }, { text: `${theme.glyphs.level[state]} `, style: levelStyle[state] }, { text: title }]);
  return [cut([{ text: `${word}  `, style: 'dim' }, ...each], width, theme.glyphs.ellipsis)];
}
