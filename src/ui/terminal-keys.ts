/** The keys of the terminal: at its prompt, in what it has printed, and over its plain text. */
import type { Completion } from '../engine/view.ts';
import type { Binding, Layer } from './keys.ts';
import { insideOf, layoutOf } from './layout.ts';
import { completed, editLine, EMPTY_LINE, inserted, type EditedLine } from './line-editor.ts';
import { editViLine, toCommands } from './line-editor-vi.ts';
import { focusOn, isRunning, leave } from './mission-deeds.ts';
import { scrolled } from './panes/terminal-pane.ts';
import type { Key } from './terminal/key-parser.ts';
import type { Ui } from './ui.ts';

const isLineEmpty = (ui: Ui) => ui.state.mission.line.text === '';

const isVi = (ui: Ui) => ui.game.view().settings.lineKeys === 'vi';

/** Keys that a reducer has and that are only told of here. */
export const told = (keys: readonly (readonly [string, string])[]): Binding[] => keys.map(([shown, label]) => ({ keys: [], shown, label, does: () => false }));

export const PROMPT: Layer = {
  title: 'At the prompt',
  bindings: [
    { keys: ['escape'], label: 'From typing to the commands of vi', short: 'vi commands', when: (ui) => isVi(ui) && !ui.state.mission.line.vi && !ui.state.mission.line.search, does: (ui) => ui.changeMission({ line: toCommands(ui.state.mission.line) }) },
    { keys: ['escape'], label: 'Leave the prompt: single letters are the game’s then', short: 'game keys', when: (ui) => !ui.state.mission.line.search, does: leavePrompt },
    { keys: ['enter'], label: 'Run the line', does: enter },
    { keys: ['tab'], label: 'Complete the word; what fits is listed', short: 'complete', does: complete },
    { keys: ['f1'], label: 'Help for the word under the cursor: a verb’s options, a kind’s fields', when: (ui) => !isLineEmpty(ui), whyNot: 'the line is empty', does: explainWord },
    { keys: ['ctrl-c'], label: 'Stop the running command', short: 'stop', when: (ui) => isRunning(ui), does: interrupt },
    { keys: ['ctrl-c'], label: 'Give up the line', when: (ui) => !isLineEmpty(ui) && !ui.state.mission.line.search, does: interrupt },
    { keys: ['ctrl-d'], label: 'End the input; on an empty prompt: leave the mission', when: isLineEmpty, does: endInput },
    { keys: ['ctrl-l'], label: 'Empty the terminal', does: (ui) => ui.withMission((actions) => actions.clear()) },
    { keys: ['pageup', 'shift-up', 'shift-pageup'], label: 'Scroll back', does: (ui) => scroll(ui, 'back') },
    { keys: ['pagedown', 'shift-down', 'shift-pagedown'], label: 'Scroll forth', does: (ui) => scroll(ui, 'forth') },
    ...told([['Up Down', 'Earlier and later lines'], ['Right', 'Take what the history suggests; Alt-f a word of it'], ['Ctrl-R', 'Search the lines before'], ['Alt-b Alt-f', 'A word back, a word on'], ['Ctrl-A', 'To the beginning; Ctrl-E to the end'], ['Ctrl-W', 'Cut the word before; Ctrl-U and Ctrl-K cut to the ends; Ctrl-Y pastes']]),
  ],
  types: typeKey,
};

export const toPrompt: Binding = { keys: ['escape', 'i', 'enter'], label: 'Back to the prompt', short: 'to the prompt', does: (ui) => focusOn(ui, 'terminal') };

export const TRANSCRIPT: Layer = {
  title: 'In the terminal, not typing',
  bindings: [
    toPrompt,
    { keys: ['ctrl-c'], label: 'Stop the running command', short: 'stop', when: (ui) => isRunning(ui), does: interrupt },
    { keys: ['k', 'up', 'pageup', 'ctrl-b', 'ctrl-u'], shown: 'j k', label: 'Scroll back', short: 'scroll', does: (ui) => scroll(ui, 'back') },
    { keys: ['j', 'down', 'pagedown', 'ctrl-f', 'ctrl-d'], label: 'Scroll forth', does: (ui) => scroll(ui, 'forth') },
    { keys: ['G', 'end'], label: 'To the end', does: (ui) => ui.changeMission({ terminalEnd: undefined }) },
    { keys: ['ctrl-l'], label: 'Empty the terminal', does: (ui) => ui.withMission((actions) => actions.clear()) },
  ],
};

export const COPY: Layer = {
  title: 'Plain text to copy', isModal: true,
  bindings: [
    { keys: ['escape', 'enter', 'q', 'c', 'alt-c', 'f9', 'ctrl-c'], label: 'Back to the panes', short: 'back', does: (ui) => ui.changeMission({ isCopying: false, terminalEnd: undefined }) },
    { keys: ['k', 'up', 'pageup', 'ctrl-b'], shown: 'j k', label: 'Scroll back', short: 'scroll', does: (ui) => scroll(ui, 'back') },
    { keys: ['j', 'down', 'pagedown', 'ctrl-f'], label: 'Scroll forth', does: (ui) => scroll(ui, 'forth') },
  ],
};

function typeKey(ui: Ui, key: Key): boolean {
  const { line } = ui.state.mission;
  if (key.id === 'paste') return paste(ui, key.text);
  const edited = (isVi(ui) && line.vi ? editViLine : editLine)(line, key, ui.game.view().mission?.prompt.history ?? []);
  if (!edited) return false;
  ui.changeMission({ line: edited, terminalEnd: undefined });
  return true;
}

/** Whole lines of a paste are run one after the other; what follows the last line end stays to be edited. */
function paste(ui: Ui, text: string): boolean {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const last = lines.pop()!;
  const [first, ...rest] = lines;
  const { line, ahead } = ui.state.mission;
  if (first === undefined) ui.changeMission({ line: inserted(line, last), terminalEnd: undefined });
  else {
    const whole = inserted(line, first).text;
    ui.changeMission({ line: inserted(EMPTY_LINE, last), ahead: [...ahead, whole, ...rest], terminalEnd: undefined });
    ui.submitAhead();
  }
  return true;
}

function enter(ui: Ui): void {
  const { line, ahead } = ui.state.mission;
  ui.changeMission({ line: { ...EMPTY_LINE, killed: line.killed }, ahead: [...ahead, line.text], terminalEnd: undefined });
  ui.submitAhead();
}

function complete(ui: Ui): void {
  const { line } = ui.state.mission;
  ui.withMission((actions) => {
    const show = (found: Completion) => {
      const now: EditedLine = ui.state.mission.line;
      if (now.text === line.text && now.cursor === line.cursor) ui.changeMission({ line: completed(now, found), terminalEnd: undefined });
    };
    ui.attempt('', async () => show(await actions.complete(line.text, line.cursor)));
  });
}

function explainWord(ui: Ui): void {
  const { text, cursor } = ui.state.mission.line;
  ui.withMission((actions) => ui.attempt('', async () => {
    const help = await actions.explainWord(text, cursor);
    ui.openDialog(help ? { kind: 'manual', ...help, scroll: 0 } : { kind: 'problem', text: 'There is no help for this word.' });
  }));
}

/** What is shown stands still, so that it can be selected. */
export function startCopying(ui: Ui): void {
  ui.withMission((_, { transcript }) => {
    const last = transcript.dropped + transcript.lines.length - 1;
    ui.changeMission({ isCopying: true, terminalEnd: ui.state.mission.terminalEnd ?? last });
  });
}

function interrupt(ui: Ui): void {
  const { line } = ui.state.mission;
  const isRunningNow = isRunning(ui);
  ui.changeMission({ line: EMPTY_LINE, ahead: [], terminalEnd: undefined });
  ui.withMission((actions) => actions.interrupt(isRunningNow ? undefined : line.text));
}

function endInput(ui: Ui): void {
  ui.withMission((actions, view) => {
    if (view.prompt.state === 'ready') leave(ui);
    else actions.endInput();
  });
}

function leavePrompt(ui: Ui): void {
  ui.changeMission({ isTyping: false, line: { ...ui.state.mission.line, choices: undefined } });
}

function scroll(ui: Ui, direction: 'back' | 'forth'): void {
  ui.withMission((_, view) => {
    const { room: size, state: { mission } } = ui;
    const layout = layoutOf(size, 'terminal');
    const { width, height } = insideOf(layout, 'terminal');
    const room = mission.isCopying ? { width: size.columns, height: size.rows - 1 } : { width, height: layout.kind === 'tabs' ? height - 1 : height }; // Behind tabs a row tells how much lies below.
    ui.changeMission({ terminalEnd: scrolled(view.transcript, mission.terminalEnd, room, direction) });
  });
}
