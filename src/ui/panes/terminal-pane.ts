/** The terminal: the transcript's tail, the prompt with its cursor, what Tab found. */
import type { MissionView, TerminalLine, Transcript } from '../../engine/view.ts';
import { suggestionFor, type EditedLine } from '../line-editor.ts';
import type { MissionUi } from '../state/state.ts';
import { commandPieces } from '../syntax/command-line.ts';
import { outputPieces } from '../syntax/output.ts';
import { harmless } from '../painter.ts';
import { column, line, marked, widthOf, type Line, type Piece } from '../text.ts';
import { wrapHard } from '../wrap.ts';
import type { Theme } from '../theme.ts';

interface Room {
  width: number;
  height: number;
}

const wrapped = new WeakMap<TerminalLine, { width: number; rows: Line[] }>();

/** A line of the transcript as rows; the same rows until the width changes. */
function rowsOf(lines: readonly TerminalLine[], index: number, width: number): Line[] {
  const content = lines[index]!;
  const known = wrapped.get(content);
  if (known?.width === width) return known.rows;
  const rows = wrapHard(outputPieces(lines, index), width);
  wrapped.set(content, { width, rows });
  return rows;
}

/** The rows to show: at most `height`, the newest last, or older ones when scrolled back. */
export function terminalRows(view: MissionView, ui: MissionUi, { width, height }: Room, theme: Theme): Line[] {
  const input = ui.terminalEnd === undefined ? inputRows(view, ui, { width, height }, theme) : [];
  const rows = [...input];
  const { lines } = view.transcript;
  for (let index = lastShown(view.transcript, ui.terminalEnd); index >= 0 && rows.length < height; index -= 1) {
    rows.unshift(...rowsOf(lines, index, width));
  }
  return rows.slice(-height);
}

/** Where one page back or forth ends; undefined for the transcript's end, which is then followed. */
export function scrolled(transcript: Transcript, end: number | undefined, { width, height }: Room, direction: 'back' | 'forth'): number | undefined {
  const { lines, dropped } = transcript;
  const step = direction === 'back' ? -1 : 1;
  let index = lastShown(transcript, end);
  let room = Math.max(1, height - 2);
  while (room > 0 && index >= 0 && index < lines.length) {
    room -= rowsOf(lines, index, width).length;
    index += step;
  }
  if (direction === 'forth') return index >= lines.length - 1 ? undefined : dropped + index;
  const first = firstPageEnd(transcript, { width, height });
  return first >= lines.length - 1 ? undefined : dropped + Math.max(index, first);
}

/** How many lines lie below what is shown. */
export function linesBelow(transcript: Transcript, end: number | undefined): number {
  return transcript.lines.length - 1 - lastShown(transcript, end);
}

function lastShown({ lines, dropped }: Transcript, end: number | undefined): number {
  return end === undefined ? lines.length - 1 : Math.min(lines.length - 1, Math.max(0, end - dropped));
}

function firstPageEnd({ lines }: Transcript, { width, height }: Room): number {
  let used = 0;
  for (const index of lines.keys()) {
    used += rowsOf(lines, index, width).length;
    if (used >= height) return index;
  }
  return lines.length - 1;
}

function inputRows(view: MissionView, ui: MissionUi, room: Room, theme: Theme): Line[] {
  const { prompt } = view;
  const typed = typedPieces(ui, prompt.history);
  const isWaiting = prompt.state === 'running';
  if (isWaiting && !ui.isTyping && ui.line.text === '') return [];
  const lead: Piece[] = isWaiting ? [] : prompt.spans.map(({ text, style }) => ({ text: harmless(text), style }));
  const rows = wrapHard(ui.line.search ? searchPieces(ui.line, ui.isTyping) : [...lead, ...typed], room.width);
  return [...rows, ...choiceRows(ui.line, room, theme)];
}

/** The line being typed: coloured, with its cursor and how the history would go on. */
function typedPieces({ line: edited, isTyping }: MissionUi, history: readonly string[]): Line {
  const pieces = commandPieces(edited.text);
  if (!isTyping) return pieces;
  const rest = suggestionFor(edited, history);
  return marked(rest ? [...pieces, { text: rest, style: 'dim' }] : pieces, edited.cursor, 'cursor');
}

function searchPieces(edited: EditedLine, isTyping: boolean): Piece[] {
  const { query, hasFailed } = edited.search!;
  return [
    { text: `(${hasFailed ? 'failed ' : ''}reverse-i-search)`, style: hasFailed ? 'bad' : 'accent' }, { text: `\`${query}': ` },
    { text: edited.text }, { text: ' ', style: isTyping ? 'cursor' : 'plain' },
  ];
}

/** The words that Tab found, in columns, never more than half of the pane. */
function choiceRows({ choices }: EditedLine, { width, height }: Room, theme: Theme): Line[] {
  if (!choices) return [];
  const names = choices.map((choice) => choice.trimEnd());
  const cell = Math.min(width, Math.max(...names.map(widthOf)) + 2);
  const perRow = Math.max(1, Math.floor(width / cell));
  const rowsMax = Math.max(1, Math.floor(height / 2) - 1);
  const shown = names.slice(0, perRow * rowsMax);
  const rows: Line[] = [];
  for (let at = 0; at < shown.length; at += perRow) {
    rows.push(line(shown.slice(at, at + perRow).map((name) => column(name, cell, theme.glyphs.ellipsis)).join('').trimEnd(), 'accent'));
  }
  if (shown.length < names.length) rows.push(line(`${theme.glyphs.ellipsis} ${theme.words.mission.more(names.length - shown.length)}`, 'dim'));
  return rows;
}
