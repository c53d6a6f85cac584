/** The mission: three panes beside each other or behind tabs, or the editor. */
import { Box } from 'ink';
import { memo, type ReactNode } from 'react';
import type { MissionView } from '../../engine/view.ts';
import { clampScroll, framed, scrollNote } from '../frame.ts';
import { missionHeader, tabRow } from '../header.ts';
import { insideOf, layoutOf, type Layout, type Pane } from '../layout.ts';
import { clusterRows } from '../panes/cluster-pane.ts';
import { editorRows } from '../panes/editor-pane.ts';
import { missionRows } from '../panes/mission-pane.ts';
import { Rows } from '../rows.tsx';
import { linesBelow, terminalRows } from '../panes/terminal-pane.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { EMPTY, line, type Line, type Painter } from '../text.ts';
import type { MissionUi } from '../ui.ts';

interface Props {
  view: MissionView;
  ui: MissionUi;
  size: Size;
  painter: Painter;
}

export const Mission = memo(function Mission(props: Props): ReactNode {
  const { view, ui, size, painter } = props;
  const layout = layoutOf(size, ui.focus);
  const header = missionHeader(view, size.columns, painter.theme);
  if (ui.editor) return <Box flexDirection="column"><Rows rows={[header, ...editor(props, layout)]} painter={painter} /></Box>;
  if (layout.kind === 'tabs') {
    return <Rows rows={[header, tabRow(view, ui.focus, size.columns, painter.theme), ...tabbed(props, layout)]} painter={painter} />;
  }
  return (
    <Box flexDirection="column" height={size.rows - 1}>
      <Rows rows={[header]} painter={painter} />
      {(['mission', 'terminal', 'cluster'] as const).map((pane) => {
        const { left, top } = layout.panes[pane]!;
        return <Box key={pane} position="absolute" marginLeft={left} marginTop={top}><Rows rows={column(pane, props, layout)} painter={painter} /></Box>;
      })}
    </Box>
  );
});

const TITLES: Record<Pane, string> = { mission: 'Mission', terminal: 'Terminal', cluster: 'Cluster' };
const DIGITS: Record<Pane, number> = { mission: 1, terminal: 2, cluster: 3 };

/** A pane with its border, among others. */
function column(pane: Pane, { view, ui, size: _, painter }: Props, layout: Layout): Line[] {
  const { theme } = painter;
  const { width, height } = layout.panes[pane]!;
  const room = insideOf(layout, pane);
  const isFocused = ui.focus === pane;
  const title: Line = [{ text: `${DIGITS[pane]} `, style: isFocused ? 'key' : 'dim' }, { text: TITLES[pane], style: isFocused ? 'title' : 'dim' }];
  if (pane === 'terminal') {
    return framed(terminalRows(view, ui, room, theme), { title, width, height, isFocused, padding: 0, note: terminalNote(view, ui), foot: backNote(view, ui) }, theme);
  }
  const rows = pane === 'mission' ? missionRows(view, room.width, theme) : clusterRows(view.cluster, room, theme);
  const offset = clampScroll(ui.scroll[pane], room.height, rows.length);
  return framed(rows.slice(offset, offset + room.height), { title, width, height, isFocused, foot: scrollNote(offset, room.height, rows.length, theme) }, theme);
}

/** A pane that has the whole body to itself. */
function tabbed({ view, ui, painter }: Props, layout: Layout): Line[] {
  const { theme } = painter;
  const room = insideOf(layout, ui.focus);
  const fill = (rows: Line[]) => [...rows, ...Array.from({ length: Math.max(0, room.height - rows.length) }, () => EMPTY)];
  if (ui.focus === 'terminal') {
    const note = [...terminalNote(view, ui), ...backNote(view, ui)];
    const rows = terminalRows(view, ui, note.length ? { ...room, height: room.height - 1 } : room, theme);
    return note.length ? [...fill(rows).slice(0, room.height - 1), note] : fill(rows);
  }
  const rows = ui.focus === 'mission' ? missionRows(view, room.width, theme) : clusterRows(view.cluster, room, theme);
  const offset = clampScroll(ui.scroll[ui.focus], room.height, rows.length);
  const shown = fill(rows.slice(offset, offset + room.height)).map((row): Line => [{ text: ' ' }, ...row]);
  return [...shown, [{ text: ' ' }, ...scrollNote(offset, room.height, rows.length, theme)]];
}

/** What the terminal is doing, when it does not wait for a line. */
function terminalNote({ prompt }: MissionView, ui: MissionUi): Line {
  const parts: Line[] = [
    prompt.state === 'running' ? line('running', 'accent') : EMPTY,
    prompt.state === 'reading' ? line('the command waits for a line', 'accent') : EMPTY,
    ui.ahead.length > 0 ? line(` ${ui.ahead.length} typed ahead`, 'dim') : EMPTY,
    ui.isTyping ? EMPTY : line(' Esc or i to type', 'dim'),
  ];
  return parts.flat();
}

function backNote({ transcript }: MissionView, { terminalEnd }: MissionUi): Line {
  const below = linesBelow(transcript, terminalEnd);
  return terminalEnd === undefined || below === 0 ? EMPTY : line(` ${below} more ${below === 1 ? 'line' : 'lines'} below, PgDn`, 'warning');
}

function editor({ ui, painter }: Props, { body, kind }: Layout): Line[] {
  const { buffer } = ui.editor!;
  const { theme } = painter;
  const title: Line = [{ text: buffer.fileName, style: 'title' }, { text: ` ${buffer.style}`, style: 'dim' }];
  const inner = { width: body.width - (kind === 'columns' ? 4 : 2), height: body.height - 2 };
  return framed(editorRows(buffer, inner, theme), { ...body, title, isFocused: true, padding: kind === 'columns' ? 1 : 0 }, theme);
}
