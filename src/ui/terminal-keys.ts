/** The keys of the terminal: at its prompt, in what it has printed, and over its plain text. */
import type { Phrase } from '../language/words.ts';
import type { Binding, Layer } from './keys.ts';
import { insideOf, layoutOf } from './layout.ts';
import { editLine, EMPTY_LINE, inserted } from './line-editor.ts';
import { editViLine, toCommands } from './line-editor-vi.ts';
import { focusedOn, isRunning, leave } from './mission-deeds.ts';
import { scrolled } from './panes/terminal-pane.ts';
import { asking, inMission, type UiState } from './state/state.ts';
import type { Key } from './terminal/key-parser.ts';
import type { Ui } from './ui.ts';

const isLineEmpty = (ui: Ui) => ui.state.mission.line.text === '';

/** Whether the prompt is of a shell that can be left by itself. */
const canExit = (ui: Ui) => ui.view.mission?.prompt.canExit === true && !isRunning(ui);

const isVi = (ui: Ui) => ui.view.settings.lineKeys === 'vi';

/** Keys that a reducer has and that are only told of here. */
export const told = (keys: readonly (readonly [string, Phrase])[], { isInFooter = false } = {}): Binding[] => keys.map(([shown, phrase]) => ({
  keys: [], shown, says: (words) => ({ label: phrase(words), short: isInFooter ? phrase(words) : undefined }), does: () => undefined,
}));

const PROMPT: Layer = {
  title: (w) => w.layers.atPrompt,
  bindings: [
    { keys: ['escape'], says: (w) => w.keys.terminal.leavePrompt, when: (ui) => !ui.state.mission.line.search, does: leavePrompt },
    { keys: ['enter'], says: (w) => w.keys.terminal.runLine, does: enter },
    { keys: ['tab'], says: (w) => w.keys.terminal.complete, does: ({ state }) => asking(state, { do: 'complete', line: state.mission.line }) },
    { keys: ['f1'], says: (w) => w.keys.terminal.explain, when: (ui) => !isLineEmpty(ui), whyNot: (w) => w.whyNot.lineEmpty, does: ({ state }) => asking(state, { do: 'explainWord', line: state.mission.line }) },
    { keys: ['ctrl-c'], says: (w) => w.keys.terminal.stop, when: (ui) => isRunning(ui), does: interrupt },
    { keys: ['ctrl-c'], says: (w) => w.keys.terminal.giveUpLine, when: (ui) => !isLineEmpty(ui) && !ui.state.mission.line.search, does: interrupt },
    { keys: ['ctrl-d'], says: (w) => w.keys.terminal.exit, when: (ui) => isLineEmpty(ui) && canExit(ui), whyNot: (w) => w.whyNot.firstShell, does: ({ state }) => asking(state, { do: 'submit', line: 'exit' }) },
    { keys: ['ctrl-d'], says: (w) => w.keys.terminal.endInput, when: isLineEmpty, does: endInput },
    { keys: ['ctrl-l'], says: (w) => w.keys.terminal.emptyTerminal, does: ({ state }) => asking(state, { do: 'clear' }) },
    { keys: ['pageup', 'shift-up', 'shift-pageup'], says: (w) => w.keys.terminal.scrollBack, does: (ui) => scroll(ui, 'back') },
    { keys: ['pagedown', 'shift-down', 'shift-pagedown'], says: (w) => w.keys.terminal.scrollForth, does: (ui) => scroll(ui, 'forth') },
    ...told([['↑↓', (w) => w.told.lines], ['→', (w) => w.told.suggestion], ['Ctrl-R', (w) => w.told.search], ['Alt-b Alt-f', (w) => w.told.words], ['Ctrl-A', (w) => w.told.ends], ['Ctrl-W', (w) => w.told.cut]]),
  ],
  types: typeKey,
};

const VI_PROMPT: Layer = {
  ...PROMPT,
  bindings: [
    { keys: ['escape'], says: (w) => w.keys.terminal.viCommands, when: ({ state: { mission: { line } } }) => !line.vi && !line.search, does: ({ state }) => inMission(state, { line: toCommands(state.mission.line) }) },
    ...PROMPT.bindings,
  ],
};

export const promptLayer = (ui: Ui): Layer => (isVi(ui) ? VI_PROMPT : PROMPT);

export const toPrompt: Binding = { keys: ['escape', 'i', 'enter'], says: (w) => w.keys.terminal.backToPrompt, does: (ui) => focusedOn(ui, 'terminal') };

export const TRANSCRIPT: Layer = {
  title: (w) => w.layers.inTerminal,
  bindings: [
    toPrompt,
    { keys: ['ctrl-c'], says: (w) => w.keys.terminal.stop, when: (ui) => isRunning(ui), does: interrupt },
    { keys: ['k', 'up', 'pageup', 'ctrl-b', 'ctrl-u'], shown: 'j k', says: (w) => w.keys.terminal.scrollBackwards, does: (ui) => scroll(ui, 'back') },
    { keys: ['j', 'down', 'pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.terminal.scrollForth, does: (ui) => scroll(ui, 'forth') },
    { keys: ['G', 'end'], says: (w) => w.keys.terminal.toEnd, does: ({ state }) => inMission(state, { terminalEnd: undefined }) },
    { keys: ['ctrl-l'], says: (w) => w.keys.terminal.emptyTerminal, does: ({ state }) => asking(state, { do: 'clear' }) },
  ],
};

export const COPY: Layer = {
  title: (w) => w.layers.copy, isModal: true,
  bindings: [
    { keys: ['escape', 'enter', 'q', 'c', 'alt-c', 'f9', 'ctrl-c'], says: (w) => w.keys.common.backToPanes, does: ({ state }) => inMission(state, { isCopying: false, terminalEnd: undefined }) },
    { keys: ['k', 'up', 'pageup', 'ctrl-b'], shown: 'j k', says: (w) => w.keys.terminal.scrollBackwards, does: (ui) => scroll(ui, 'back') },
    { keys: ['j', 'down', 'pagedown', 'ctrl-f'], says: (w) => w.keys.terminal.scrollForth, does: (ui) => scroll(ui, 'forth') },
  ],
};

function typeKey(ui: Ui, key: Key): UiState | undefined {
  const { line } = ui.state.mission;
  if (key.id === 'paste') return pasted(ui.state, key.text);
  const edited = (isVi(ui) && line.vi ? editViLine : editLine)(line, key, ui.view.mission?.prompt.history ?? []);
  return edited && inMission(ui.state, { line: edited, terminalEnd: undefined });
}

/** Whole lines of a paste are run one after the other; what follows the last line end stays to be edited. */
function pasted(state: UiState, text: string): UiState {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const last = lines.pop()!;
  const [first, ...rest] = lines;
  const { line, ahead } = state.mission;
  if (first === undefined) return inMission(state, { line: inserted(line, last), terminalEnd: undefined });
  return inMission(state, { line: inserted(EMPTY_LINE, last), ahead: [...ahead, inserted(line, first).text, ...rest], terminalEnd: undefined });
}

function enter({ state }: Ui): UiState {
  const { line, ahead } = state.mission;
  return inMission(state, { line: { ...EMPTY_LINE, killed: line.killed }, ahead: [...ahead, line.text], terminalEnd: undefined });
}

/** What is shown stands still, so that it can be selected. */
export function startCopying({ state, view: { mission } }: Ui): UiState {
  if (!mission) return state;
  const { dropped, lines } = mission.transcript;
  return inMission(state, { isCopying: true, terminalEnd: state.mission.terminalEnd ?? dropped + lines.length - 1 });
}

function interrupt(ui: Ui): UiState {
  const given = inMission(ui.state, { line: EMPTY_LINE, ahead: [], terminalEnd: undefined });
  return asking(given, { do: 'interrupt', ...(isRunning(ui) ? {} : { typed: ui.state.mission.line.text }) });
}

function endInput(ui: Ui): UiState {
  return ui.view.mission?.prompt.state === 'ready' ? leave(ui) : asking(ui.state, { do: 'endInput' });
}

function leavePrompt({ state }: Ui): UiState {
  return inMission(state, { isTyping: false, line: { ...state.mission.line, choices: undefined } });
}

function scroll({ state, room: size, view: { mission } }: Ui, direction: 'back' | 'forth'): UiState {
  if (!mission) return state;
  const layout = layoutOf(size, 'terminal');
  const { width, height } = insideOf(layout, 'terminal');
  const room = state.mission.isCopying ? { width: size.columns, height: size.rows - 1 } : { width, height: layout.kind === 'tabs' ? height - 1 : height }; // Behind tabs a row tells how much lies below.
  return inMission(state, { terminalEnd: scrolled(mission.transcript, state.mission.terminalEnd, room, direction) });
}
