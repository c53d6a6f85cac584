/** The stream of Events: the newest at the end, those that answer to a filter, the marked one in full below. */
import type { EventsLensView, EventView, LensView } from '../../engine/lens/lens-view.ts';
import type { MissionView } from '../../engine/view.ts';
import { clampScroll, framed, scrollNote } from '../frame.ts';
import { clockTime } from '../header.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { harmless } from '../painter.ts';
import { EMPTY, column, cut, line, type Line } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import type { Theme } from '../theme.ts';
import type { EventsSight } from './sight.ts';

const DETAIL_ROWS = 5;

export function eventsOf(lens: LensView | undefined): EventsLensView | undefined {
  return lens?.of === 'events' ? lens : undefined;
}

/** The Events that answer to every word of the filter, and only warnings if those are wanted. */
export function found(events: readonly EventView[], { filter, isWarningsOnly }: Pick<EventsSight, 'filter' | 'isWarningsOnly'>): EventView[] {
  const words = filter.text.toLowerCase().split(/\s+/);
  return events.filter((event) => (event.isWarning || !isWarningsOnly) && words.every((word) => textOf(event).includes(word)));
}

const textOf = ({ reason, ref, message, source, isWarning }: EventView) => `${isWarning ? 'warning' : 'normal'} ${reason} ${objectText(ref)} ${message} ${source}`.toLowerCase();
const objectText = ({ resource, namespace, name }: EventView['ref']) => `${resource}/${name} ${namespace ?? ''}`;

/** The marked Event: the chosen one while it is there, else the newest. */
export function markedEvent(events: readonly EventView[], selected: string | undefined): EventView | undefined {
  return events.find(({ id }) => id === selected) ?? events.at(-1);
}

/** Everything between the header and the footer. */
export function eventsFrame({ lens }: MissionView, sight: EventsSight, { columns, rows }: Size, theme: Theme): Line[] {
  const height = rows - 2 - DETAIL_ROWS;
  const all = eventsOf(lens)?.events ?? [];
  const shown = found(all, sight);
  const marked = markedEvent(shown, sight.selected);
  const room = height - 2;
  const offset = clampScroll(shown.length === 0 || sight.selected === undefined ? Infinity : shown.indexOf(marked!) - Math.floor(room / 2), room, shown.length);
  const drawn = shown.slice(offset, offset + room).map((event) => eventRow(event, event === marked, columns - 4, theme));
  const { events: words, looking, of } = theme.words;
  const empty = [line(eventsOf(lens) ? (all.length > 0 ? words.noneFound : words.none) : looking, 'dim')];
  const title: Line = [
    { text: words.title, style: 'title' }, { text: sight.isWarningsOnly ? ` ${words.warningsOnly}` : '', style: 'warning' },
    ...(sight.isFiltering || sight.filter.text ? [{ text: ' /', style: 'key' as const }, { text: sight.filter.text }, { text: sight.isFiltering ? ' ' : '', style: 'cursor' as const }] : []),
  ];
  const note = line(shown.length === all.length ? String(all.length) : of(shown.length, all.length), 'dim');
  return [
    ...framed(drawn.length > 0 ? drawn : empty, { title, note, width: columns, height, isFocused: true, foot: scrollNote(offset, room, shown.length, theme) }, theme),
    ...framed(marked ? wrapWords(line(harmless(marked.message)), columns - 4).slice(0, DETAIL_ROWS - 2) : [EMPTY], { title: marked ? [{ text: marked.reason, style: marked.isWarning ? 'warning' : 'title' }, { text: `  ${harmless(`${marked.ref.resource}/${marked.ref.name}`)}`, style: 'code' }, { text: `  ${words.from(harmless(marked.source))}${marked.count > 1 ? `, ${words.times(marked.count)}` : ''}`, style: 'dim' }] : EMPTY, width: columns, height: DETAIL_ROWS }, theme),
  ];
}

function eventRow({ elapsedMs, isWarning, reason, ref, message }: EventView, isMarked: boolean, width: number, theme: Theme): Line {
  const { ellipsis, pointer } = theme.glyphs;
  const names = Math.max(18, Math.floor(width * 0.3));
  const time = elapsedMs < 0 ? theme.words.events.before : clockTime(elapsedMs);
  return cut([
    { text: isMarked ? `${pointer} ` : '  ', style: 'accent' }, { text: time.padStart(6), style: 'dim' }, { text: ` ${isWarning ? theme.glyphs.health.warning : ' '} `, style: 'warning' },
    { text: column(reason, 20, ellipsis), style: isWarning ? 'warning' : isMarked ? 'strong' : 'plain' }, { text: ` ${column(harmless(`${ref.resource}/${ref.name}`), names, ellipsis)} `, style: 'code' }, { text: harmless(message), style: 'dim' },
  ], width, ellipsis);
}
