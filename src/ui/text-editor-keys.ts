/** The keys of the editor. */
import type { Layer } from './keys.ts';
import { asking, inMission, type UiState } from './state/state.ts';
import { told } from './terminal-keys.ts';
import type { Key } from './terminal/key-parser.ts';
import { editText, type TextEditor } from './text-editor.ts';
import { wantsFields } from './text-editor-help.ts';
import type { Ui } from './ui.ts';

/** It takes every key; those it is best known for are told of. */
export const editorLayer = ({ style }: TextEditor): Layer => (style === 'vi' ? VI : NANO);

const editorKeys = { types: editKey, isModal: true };
const VI: Layer = {
  title: (w) => w.layers.vi, ...editorKeys,
  bindings: told([['i', ({ vi }) => vi.insert], ['Esc', ({ vi }) => vi.commands], [':wq', ({ vi }) => vi.saveAndLeave], [':q!', ({ vi }) => vi.leave], ['Tab', ({ field }) => field], ['dd', ({ vi }) => vi.deleteLine], ['o', ({ vi }) => vi.newLine], ['u', ({ vi }) => vi.undo], ['/', ({ vi }) => vi.search]], { isInFooter: true }),
};
const NANO: Layer = {
  title: (w) => w.layers.nano, ...editorKeys,
  bindings: told([['^O', ({ nano }) => nano.save], ['^X', ({ nano }) => nano.leave], ['Tab', ({ field }) => field], ['^K', ({ nano }) => nano.cutLine], ['^U', ({ nano }) => nano.paste], ['^W', ({ nano }) => nano.search], ['M-U', ({ nano }) => nano.undo]], { isInFooter: true }),
};

function editKey({ state }: Ui, key: Key): UiState | undefined {
  const { editor } = state.mission;
  if (!editor) return undefined;
  if (key.id === 'tab' && wantsFields(editor)) return asking(state, { do: 'completeField', buffer: editor.buffer });
  const buffer = editText(editor.buffer, key);
  const edited = inMission(state, { editor: { ...editor, buffer, offered: undefined } });
  return buffer.isClosed ? asking(edited, { do: 'closeEditor', written: buffer.written }) : edited;
}
