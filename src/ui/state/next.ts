/** The one function that changes the state: a message comes in, the state after it goes out, with what it asks of the game. */
import type { Completion, FieldCompletion, GameView, TextProblem } from '../../engine/view.ts';
import { press } from '../keys.ts';
import { layersOf } from '../layers.ts';
import { completed, type EditedLine } from '../line-editor.ts';
import { pressMouse } from '../mouse.ts';
import type { Key } from '../terminal/key-parser.ts';
import type { Size } from '../terminal/screen-writer.ts';
import type { TextEditor } from '../text-editor.ts';
import { checked, withFields } from '../text-editor-help.ts';
import { uiOf } from '../ui.ts';
import type { Deed } from './deeds.ts';
import { done } from './done.ts';
import { settled } from './settled.ts';
import { asking, inMission, opened, type UiState } from './state.ts';

export type Message =
  /** A key, a paste, a click. */
  | { type: 'key'; key: Key }
  /** The game looks otherwise. */
  | { type: 'view' }
  | { type: 'resized'; size: Size }
  | { type: 'ask'; deed: Deed }
  | { type: 'done'; deed: Deed }
  /** Told to the player, who can mend it. */
  | { type: 'failed'; text: string }
  | { type: 'completed'; line: EditedLine; found: Completion }
  | { type: 'checked'; buffer: TextEditor; problems: readonly TextProblem[] | undefined }
  | { type: 'fieldsFound'; buffer: TextEditor; found: FieldCompletion }
  | { type: 'explained'; help: { title: string; text: string } | undefined };

export function next(state: UiState, message: Message, view: GameView): UiState {
  return settled(answered(state.asks.length > 0 ? { ...state, asks: [] } : state, message, view), view);
}

function answered(state: UiState, message: Message, view: GameView): UiState {
  switch (message.type) {
    case 'key': return pressed(state, message.key, view);
    case 'view': return state;
    case 'resized': return { ...state, size: message.size };
    case 'ask': return asking(state, message.deed);
    case 'done': return done(uiOf(state, view), message.deed);
    case 'failed': return opened({ ...state, busy: undefined }, { kind: 'problem', text: message.text });
    case 'completed': return withCompletion(state, message.line, message.found);
    case 'checked': return checked(state, message.buffer, message.problems);
    case 'fieldsFound': return withFields(state, message.buffer, message.found);
    case 'explained': return opened(state, message.help ? { kind: 'manual', ...message.help, scroll: 0 } : { kind: 'problem', text: uiOf(state, view).words.dialogs.noManual });
  }
}

function pressed(before: UiState, key: Key, view: GameView): UiState {
  const state = before.isQuitArmed && key.id !== 'ctrl-c' ? { ...before, isQuitArmed: false } : before;
  const ui = uiOf(state, view);
  return pressMouse(ui, layersOf(ui), key) ?? press(ui, layersOf(ui), key) ?? state;
}

/** What Tab found, if nothing was typed meanwhile. */
function withCompletion(state: UiState, asked: EditedLine, found: Completion): UiState {
  const { line } = state.mission;
  return line.text === asked.text && line.cursor === asked.cursor ? inMission(state, { line: completed(line, found), terminalEnd: undefined }) : state;
}
