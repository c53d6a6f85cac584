/** What the engine says of a text that is being edited: what is wrong in it, and what could be typed. */
import type { FieldCompletion, TextProblem } from '../engine/view.ts';
import { commonBeginning } from './line-editor.ts';
import { inMission, type OpenEditor, type UiState } from './state/state.ts';
import { insertText, lineAt, remembered, type TextEditor } from './text-editor.ts';

/** Keeps what was found, unless the text is another by now. */
export function checked(state: UiState, { lines }: TextEditor, problems: readonly TextProblem[] | undefined): UiState {
  const { editor } = state.mission;
  return editor?.buffer.lines === lines ? inMission(state, { editor: { ...editor, problems } }) : state;
}

/** Types what all that was found have in common, and offers the rest. */
export function withFields(state: UiState, asked: TextEditor, { from, names }: FieldCompletion): UiState {
  const { editor } = state.mission;
  if (editor?.buffer !== asked || names.length === 0) return state;
  const typed = lineAt(asked).slice(from, asked.column);
  const more = commonBeginning(names).slice(typed.length);
  const buffer = more ? insertText(remembered(asked), more) : asked;
  return inMission(state, { editor: { ...editor, buffer, ...(names.length > 1 ? { offered: names } : {}) } });
}

/** Whether Tab asks what could be typed: something has been begun, and only fields, kinds and versions can follow. */
export function wantsFields({ problems, buffer }: OpenEditor): boolean {
  return problems !== undefined && isWriting(buffer) && /^ *(?:- +)*[\w-]+$|^(?:kind|apiVersion): *\S*$/.test(lineAt(buffer).slice(0, buffer.column));
}

const isWriting = ({ mode, isReadOnly }: TextEditor) => mode === 'insert' && !isReadOnly;

/** What is wrong in the cursor's line; a line that is being written is left in peace. */
export function problemHere({ problems = [], buffer }: OpenEditor): TextProblem | undefined {
  return buffer.style === 'vi' && isWriting(buffer) ? undefined : problems.find(({ line }) => line === buffer.row + 1);
}
