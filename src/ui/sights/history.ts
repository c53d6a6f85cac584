/** The time machine: etcd's revisions, and below or beside them what differs between two. */
import type { HistoryLensView, LensView } from '../../engine/lens/lens-view.ts';
import type { MissionView } from '../../engine/view.ts';
import { clampScroll, framed, scrollNote } from '../frame.ts';
import { clockTime } from '../header.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { harmless } from '../painter.ts';
import { cut, line, type Line } from '../text.ts';
import type { Theme } from '../theme.ts';
import { WIDE, type HistorySight } from './sight.ts';

export function historyOf(lens: LensView | undefined): HistoryLensView | undefined {
  return lens?.of === 'history' ? lens : undefined;
}

interface Room { width: number; height: number; theme: Theme }

/** Everything between the header and the footer. */
export function historyFrame(view: MissionView, sight: HistorySight, { columns, rows }: Size, theme: Theme): Line[] {
  const lens = historyOf(view.lens);
  const height = rows - 2;
  if (columns < WIDE) {
    const upper = Math.ceil(height / 2);
    return [...momentsFrame(lens, sight, { width: columns, height: upper, theme }), ...diffFrame(lens, sight, { width: columns, height: height - upper, theme })];
  }
  const width = Math.floor(columns * 0.42);
  const left = momentsFrame(lens, sight, { width, height, theme });
  const right = diffFrame(lens, sight, { width: columns - width, height, theme });
  return left.map((row, index) => [...row, ...right[index]!]);
}

function momentsFrame(lens: HistoryLensView | undefined, sight: HistorySight, { width, height, theme }: Room): Line[] {
  const rows = (lens?.moments ?? []).map(({ revision, elapsedMs, text }): Line => cut([
    { text: revision === lens!.to ? `${theme.glyphs.pointer} ` : '  ', style: 'accent' }, { text: elapsedMs === undefined || elapsedMs < 0 ? '      ' : clockTime(elapsedMs).padStart(6), style: 'dim' },
    { text: ` ${String(revision).padStart(6)}`, style: revision === sight.from ? 'selected' : 'dim' }, { text: `  ${harmless(text)}`, style: revision === lens!.to ? 'strong' : 'plain' },
  ], width - 4, theme.glyphs.ellipsis));
  const room = height - 2;
  const at = lens?.moments.findIndex(({ revision }) => revision === lens.to) ?? 0;
  const offset = clampScroll(at - Math.floor(room / 2), room, rows.length);
  return framed(rows.length > 0 ? rows.slice(offset, offset + room) : [line(lens ? theme.words.history.nothing : theme.words.looking, 'dim')], { title: line(theme.words.history.title, 'title'), width, height, isFocused: true, foot: scrollNote(offset, room, rows.length, theme) }, theme);
}

function diffFrame(lens: HistoryLensView | undefined, { scroll }: HistorySight, { width, height, theme }: Room): Line[] {
  const rows = (lens?.diff ?? []).map((text): Line => cut(line(harmless(text), text.startsWith('+') ? 'good' : text.startsWith('-') ? 'bad' : text.startsWith('@@') ? 'dim' : /^\S/.test(text) ? 'heading' : 'plain'), width - 4, theme.glyphs.ellipsis));
  const room = height - 2;
  const offset = clampScroll(scroll, room, rows.length);
  const title = lens ? line(theme.words.history.fromTo(lens.from, lens.to), 'dim') : line('');
  return framed(rows.slice(offset, offset + room), { title, width, height, foot: scrollNote(offset, room, rows.length, theme) }, theme);
}
