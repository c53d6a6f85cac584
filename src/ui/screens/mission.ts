/** The mission: three panes beside each other or behind tabs, or the editor. */
import type { MissionView } from '../../engine/view.ts';
import { clampScroll, framed, scrollNote } from '../frame.ts';
import { missionHeader, tabRow } from '../header.ts';
import { insideOf, layoutOf, PANES, type Layout, type Pane } from '../layout.ts';
import { clusterRows } from '../panes/cluster-pane.ts';
import { editorRows } from '../panes/editor-pane.ts';
import { missionRows } from '../panes/mission-pane.ts';
import { shellTabs } from '../panes/shell-tabs.ts';
import { linesBelow, terminalRows } from '../panes/terminal-pane.ts';
import { sightFrame } from '../sights/frame.ts';
import { rememberLast } from '../remember.ts';
import type { MissionUi } from '../state/state.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { EMPTY, line, type Line } from '../text.ts';
import type { Theme } from '../theme.ts';

interface Shown {
  view: MissionView;
  ui: MissionUi;
  size: Size;
  theme: Theme;
}

/** All rows but the footer's. */
export function missionFrame(shown: Shown): Line[] {
  const { view, ui, size, theme } = shown;
  if (ui.isCopying) return plainText(shown);
  const layout = layoutOf(size, ui.focus);
  const header = missionHeader(view, size.columns, theme);
  if (ui.editor) return [header, ...editor(shown, layout)];
  if (ui.sight) return [header, ...sightFrame(view, ui.sight, size, theme)];
  if (layout.kind === 'tabs') return [header, tabRow(view, ui.focus, size.columns, theme), ...tabbed(shown, layout)];
  return [header, ...sideBySide(shown, layout)];
}

/** The transcript alone: what is selected here has no border in it. */
function plainText({ view, ui, size, theme }: Shown): Line[] {
  const height = size.rows - 1;
  const rows = terminalRows(view, ui, { width: size.columns, height }, theme);
  return [...rows, ...Array.from({ length: height - rows.length }, () => EMPTY)];
}

/** Two or three columns; panes with the same left edge stand on each other. */
function sideBySide(shown: Shown, layout: Layout): Line[] {
  const drawn = PANES.map((pane) => ({ rect: layout.panes[pane]!, rows: bordered(pane, shown, layout) }));
  const columns = [...new Set(drawn.map(({ rect }) => rect.left))].sort((a, b) => a - b)
    .map((left) => drawn.filter(({ rect }) => rect.left === left).sort((a, b) => a.rect.top - b.rect.top).flatMap(({ rows }) => rows));
  return Array.from({ length: layout.body.height }, (_, row) => columns.flatMap((rows) => rows[row] ?? EMPTY));
}

const DIGITS: Record<Pane, number> = { mission: 1, terminal: 2, cluster: 3 };

/** A pane with its border, among others. */
function bordered(pane: Pane, { view, ui, theme }: Shown, layout: Layout): Line[] {
  const { width, height } = layout.panes[pane]!;
  const room = insideOf(layout, pane);
  const isFocused = ui.focus === pane;
  const title: Line = [{ text: `${DIGITS[pane]} `, style: isFocused ? 'key' : 'dim' }, { text: theme.words.mission[pane], style: isFocused ? 'title' : 'dim' }];
  if (pane === 'terminal') {
    return framed(terminalRows(view, ui, room, theme), { title: [...title, ...shellTabs(view, theme)], width, height, isFocused, padding: 0, note: terminalNote(view, ui, theme), foot: backNote(view, ui, theme) }, theme);
  }
  const rows = paneRows(pane, view, room, theme);
  const offset = clampScroll(ui.scroll[pane], room.height, rows.length);
  return framed(rows.slice(offset, offset + room.height), { title, width, height, isFocused, foot: scrollNote(offset, room.height, rows.length, theme) }, theme);
}

/** A pane that has the whole body to itself. */
function tabbed({ view, ui, theme }: Shown, layout: Layout): Line[] {
  const room = insideOf(layout, ui.focus);
  const fill = (rows: Line[]) => [...rows, ...Array.from({ length: Math.max(0, room.height - rows.length) }, () => EMPTY)];
  if (ui.focus === 'terminal') {
    const note = [...shellTabs(view, theme), ...terminalNote(view, ui, theme), ...backNote(view, ui, theme)];
    const rows = terminalRows(view, ui, note.length ? { ...room, height: room.height - 1 } : room, theme);
    return note.length ? [...fill(rows).slice(0, room.height - 1), note] : fill(rows);
  }
  const rows = paneRows(ui.focus, view, room, theme);
  const offset = clampScroll(ui.scroll[ui.focus], room.height, rows.length);
  const shown = fill(rows.slice(offset, offset + room.height)).map((row): Line => [{ text: ' ' }, ...row]);
  return [...shown, [{ text: ' ' }, ...scrollNote(offset, room.height, rows.length, theme)]];
}

const rememberedMission = rememberLast((objectives: MissionView['objectives'], guards: MissionView['guards'], hints: MissionView['hints'], briefing: string, width: number, theme: Theme) =>
  missionRows({ objectives, guards, hints, briefing }, width, theme));
const rememberedCluster = rememberLast((cluster: MissionView['cluster'], width: number, height: number, theme: Theme) => clusterRows(cluster, { width, height }, theme));

/** All rows of a pane that scrolls from its top; drawn again only when what it shows has changed. */
export function paneRows(pane: 'mission' | 'cluster', { objectives, guards, hints, briefing, cluster }: MissionView, room: { width: number; height: number }, theme: Theme): Line[] {
  return pane === 'mission' ? rememberedMission(objectives, guards, hints, briefing, room.width, theme) : rememberedCluster(cluster, room.width, room.height, theme);
}

/** What the terminal is doing, when it does not wait for a line. */
function terminalNote({ prompt }: MissionView, ui: MissionUi, { words: { mission: words } }: Theme): Line {
  const parts: Line[] = [
    prompt.state === 'running' ? line(words.running, 'accent') : EMPTY,
    prompt.state === 'reading' ? line(words.waitsForLine, 'accent') : EMPTY,
    ui.ahead.length > 0 ? line(` ${words.typedAhead(ui.ahead.length)}`, 'dim') : EMPTY,
    ui.isTyping ? EMPTY : line(` ${words.escToType}`, 'dim'), ui.line.vi ? line(` ${words.viCommands}`, 'accent') : EMPTY,
  ];
  return parts.flat();
}

function backNote({ transcript }: MissionView, { terminalEnd }: MissionUi, { words }: Theme): Line {
  const below = linesBelow(transcript, terminalEnd);
  return terminalEnd === undefined || below === 0 ? EMPTY : line(` ${words.mission.below(below)}`, 'warning');
}

function editor({ ui, theme }: Shown, { body, kind }: Layout): Line[] {
  const { buffer } = ui.editor!;
  const title: Line = [{ text: buffer.fileName, style: 'title' }, { text: ` ${buffer.style}`, style: 'dim' }];
  const inner = { width: body.width - (kind === 'columns' ? 4 : 2), height: body.height - 2 };
  return framed(editorRows(ui.editor!, inner, theme), { ...body, title, isFocused: true, padding: kind === 'columns' ? 1 : 0 }, theme);
}
