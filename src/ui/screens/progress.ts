/** What a player has reached: streaks, figures, worlds, and mastery of each concept with what would be worth a drill. */
import { dayBefore, type ConceptView, type PracticeView } from '../../engine/practice.ts';
import type { Words } from '../../language/words.ts';
import type { GameView, WorldView } from '../../engine/view.ts';
import { bar, clampScroll, framed, scrollNote } from '../frame.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { EMPTY, column, cut, line, spread, widthOf, type Line, type Piece } from '../text.ts';
import type { Theme } from '../theme.ts';

const WIDE = 100;
const DAY_MS = 86_400_000;

/** Everything between the header and the footer. */
export function progressFrame({ worlds, player }: GameView, practice: PracticeView, marked: number, { columns, rows }: Size, theme: Theme): Line[] {
  const height = rows - 2;
  const isWide = columns >= WIDE;
  const width = isWide ? Math.floor(columns * 0.44) : columns;
  const upper = isWide ? height : 5;
  const figures = figureRows(worlds, practice, player?.score ?? 0, width - 4, theme);
  const days = isWide ? [EMPTY, line(theme.words.progress.byDay, 'heading'), ...calendarRows(practice, width - 4, theme)] : [];
  const left = framed(isWide ? [...figures, ...days, EMPTY, line(theme.words.progress.byWorld, 'heading'), ...worldRows(worlds, width - 4, theme)] : figures, { title: line(theme.words.progress.title, 'title'), width, height: upper }, theme);
  const right = conceptFrame(practice, marked, { width: isWide ? columns - width : columns, height: isWide ? height : height - upper, theme });
  return isWide ? left.map((row, index) => [...row, ...right[index]!]) : [...left, ...right];
}

function figureRows(worlds: readonly WorldView[], { streak, bestStreak, attempts, wins, playedMs }: PracticeView, score: number, width: number, theme: Theme): Line[] {
  const levels = worlds.flatMap((world) => world.levels);
  const won = levels.filter(({ state }) => state === 'won').length;
  const stars = levels.reduce((sum, level) => sum + level.stars, 0);
  const { of, progress: words } = theme.words;
  const figure = (value: string | number, what: string): Piece[] => [{ text: String(value), style: 'strong' }, { text: ` ${what}   `, style: 'dim' }];
  return [
    cut([...figure(of(won, levels.length), words.levelsWon), { text: `${theme.glyphs.star} `, style: 'star' }, ...figure(of(stars, levels.length * 3), words.stars)], width, theme.glyphs.ellipsis),
    cut([...figure(score, words.points), ...figure(streak, words.streak(streak)), ...figure(bestStreak, words.longest)], width, theme.glyphs.ellipsis),
    cut([...figure(wins, words.wins), ...figure(attempts, words.attempts), ...figure(hours(playedMs, theme.words), words.inClusters)], width, theme.glyphs.ellipsis),
  ];
}

function hours(ms: number, words: Words): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? words.minutes(minutes) : words.progress.hours(Math.floor(minutes / 60), minutes % 60);
}

/** A column a week, a row a weekday; the fuller the more was won that day. */
function calendarRows({ days, nowMs }: PracticeView, width: number, theme: Theme): Line[] {
  const weeks = Math.max(1, Math.min(26, Math.floor((width - 4) / 2)));
  const weekday = (new Date(nowMs).getDay() + 6) % 7;
  const { heat } = theme.glyphs;
  return theme.words.progress.weekdays.map((name, row): Line => [
    { text: `${name}  `, style: 'dim' },
    ...Array.from({ length: weeks }, (_, week): Piece => {
      const ago = (weeks - 1 - week) * 7 + weekday - row;
      const won = ago < 0 ? 0 : days[dayBefore(nowMs, ago)] ?? 0;
      return won > 0 ? { text: `${heat[Math.min(heat.length - 1, 1 + won * 2)]!} `, style: 'good' } : { text: ago < 0 ? '  ' : `${theme.glyphs.separator} `, style: 'border' };
    }),
  ]);
}

function worldRows(worlds: readonly WorldView[], width: number, theme: Theme): Line[] {
  const names = Math.min(Math.max(...worlds.map(({ title }) => widthOf(title))), 28, Math.floor(width * 0.6));
  return worlds.map(({ title, levels }): Line => {
    const won = levels.filter(({ state }) => state === 'won').length;
    return [{ text: `${column(title, names, theme.glyphs.ellipsis)} ` }, ...bar(levels.length > 0 ? won / levels.length : 0, Math.min(30, Math.max(4, width - names - 8)), won === levels.length ? 'good' : 'accent', theme), { text: ` ${won}/${levels.length}`.padStart(6), style: 'dim' }];
  });
}

function conceptFrame({ concepts, nowMs, drills }: PracticeView, marked: number, { width, height, theme }: { width: number; height: number; theme: Theme }): Line[] {
  const room = height - 2;
  const rows = concepts.map((concept, index) => conceptRow(concept, index === marked, nowMs, width - 4, theme));
  const offset = clampScroll(marked - Math.floor(room / 2), room, rows.length);
  const { progress: words } = theme.words;
  const due = concepts.filter(({ isDue }) => isDue).length;
  const note = drills.length > 0 ? line(words.due(due), 'accent') : line(words.met(concepts.filter(({ won }) => won > 0).length, concepts.length), 'dim');
  return framed(rows.slice(offset, offset + room), { title: line(words.concepts, 'title'), note, width, height, isFocused: true, foot: scrollNote(offset, room, rows.length, theme) }, theme);
}

function conceptRow({ name, mastery, won, lastWonMs, isDue }: ConceptView, isMarked: boolean, nowMs: number, width: number, theme: Theme): Line {
  const { ago, progress: words } = theme.words;
  const when = lastWonMs === undefined ? (won > 0 ? words.isMet : words.notMet) : ago(Math.floor((nowMs - lastWonMs) / DAY_MS));
  const columns = width >= 60 ? 12 : 6;
  const share: Piece[] = [...bar(mastery, columns, isDue ? 'warning' : mastery > 0.66 ? 'good' : 'accent', theme), { text: `${String(Math.round(mastery * 100)).padStart(4)} %`, style: 'dim' }];
  const right: Line = won === 0 ? line(words.notMet.padEnd(13), 'dim') : [{ text: isDue ? `${words.drill}  ` : '', style: 'warning' }, ...share, { text: `  ${when.padEnd(13)}`, style: 'dim' }];
  return spread([{ text: isMarked ? `${theme.glyphs.pointer} ` : '  ', style: 'key' }, { text: name, style: isMarked ? 'strong' : won > 0 ? 'plain' : 'dim' }], right, width, theme.glyphs.ellipsis);
}
