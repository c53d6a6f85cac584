/** The keys of the terminal: at its prompt, in what it has printed, and over its plain text. */
import type { Phrase } from '../language/words.ts';
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

/** Whether the prompt is of a shell that can be left by itself. */
const canExit = (ui: Ui) => ui.game.view().mission?.prompt.canExit === true && !isRunning(ui);

const isVi = (ui: Ui) => ui.game.view().settings.lineKeys === 'vi';

/** Keys that a reducer has and that are only told of here. */
export const told = (keys: readonly (readonly [string, Phrase])[], { isInFooter = false } = {}): Binding[] => keys.map(([shown, phrase]) => ({
  keys: [], shown, says: (words) => ({ label: phrase(words), short: isInFooter ? phrase(words) : undefined }), does: () => false,
}));

export const PROMPT: Layer = {
  title: (w) => w.layers.atPrompt,
  bindings: [
    { keys: ['escape'], says: (w) => w.keys.terminal.viCommands, when: (ui) => isVi(ui) && !ui.state.mission.line.vi && !ui.state.mission.line.search, does: (ui) => ui.changeMission({ line: toCommands(ui.state.mission.line) }) },
    { keys: ['escape'], says: (w) => w.keys.terminal.leavePrompt, when: (ui) => !ui.state.mission.line.search, does: leavePrompt },
    { keys: ['enter'], says: (w) => w.keys.terminal.runLine, does: enter },
    { keys: ['tab'], says: (w) => w.keys.terminal.complete, does: complete },
    { keys: ['f1'], says: (w) => w.keys.terminal.explain, when: (ui) => !isLineEmpty(ui), whyNot: (w) => w.whyNot.lineEmpty, does: explainWord },
    { keys: ['ctrl-c'], says: (w) => w.keys.terminal.stop, when: (ui) => isRunning(ui), does: interrupt },
    { keys: ['ctrl-c'], says: (w) => w.keys.terminal.giveUpLine, when: (ui) => !isLineEmpty(ui) && !ui.state.mission.line.search, does: interrupt },
    { keys: ['ctrl-d'], says: (w) => w.keys.terminal.exit, when: (ui) => isLineEmpty(ui) && canExit(ui), whyNot: (w) => w.whyNot.firstShell, does: (ui) => ui.withMission((actions) => actions.submit('exit')) },
    { keys: ['ctrl-d'], says: (w) => w.keys.terminal.endInput, when: isLineEmpty, does: endInput },
    { keys: ['ctrl-l'], says: (w) => w.keys.terminal.emptyTerminal, does: (ui) => ui.withMission((actions) => actions.clear()) },
    { keys: ['pageup', 'shift-up', 'shift-pageup'], says: (w) => w.keys.terminal.scrollBack, does: (ui) => scroll(ui, 'back') },
    { keys: ['pagedown', 'shift-down', 'shift-pagedown'], says: (w) => w.keys.terminal.scrollForth, does: (ui) => scroll(ui, 'forth') },
    ...told([['↑↓', (w) => w.told.lines], ['→', (w) => w.told.suggestion], ['Ctrl-R', (w) => w.told.search], ['Alt-b Alt-f', (w) => w.told.words], ['Ctrl-A', (w) => w.told.ends], ['Ctrl-W', (w) => w.told.cut]]),
  ],
  types: typeKey,
};

export const toPrompt: Binding = { keys: ['escape', 'i', 'enter'], says: (w) => w.keys.terminal.backToPrompt, does: (ui) => focusOn(ui, 'terminal') };

export const TRANSCRIPT: Layer = {
  title: (w) => w.layers.inTerminal,
  bindings: [
    toPrompt,
    { keys: ['ctrl-c'], says: (w) => w.keys.terminal.stop, when: (ui) => isRunning(ui), does: interrupt },
    { keys: ['k', 'up', 'pageup', 'ctrl-b', 'ctrl-u'], shown: 'j k', says: (w) => w.keys.terminal.scrollBackwards, does: (ui) => scroll(ui, 'back') },
    { keys: ['j', 'down', 'pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.terminal.scrollForth, does: (ui) => scroll(ui, 'forth') },
    { keys: ['G', 'end'], says: (w) => w.keys.terminal.toEnd, does: (ui) => ui.changeMission({ terminalEnd: undefined }) },
    { keys: ['ctrl-l'], says: (w) => w.keys.terminal.emptyTerminal, does: (ui) => ui.withMission((actions) => actions.clear()) },
  ],
};

export const COPY: Layer = {
  title: (w) => w.layers.copy, isModal: true,
  bindings: [
    { keys: ['escape', 'enter', 'q', 'c', 'alt-c', 'f9', 'ctrl-c'], says: (w) => w.keys.common.backToPanes, does: (ui) => ui.changeMission({ isCopying: false, terminalEnd: undefined }) },
    { keys: ['k', 'up', 'pageup', 'ctrl-b'], shown: 'j k', says: (w) => w.keys.terminal.scrollBackwards, does: (ui) => scroll(ui, 'back') },
    { keys: ['j', 'down', 'pagedown', 'ctrl-f'], says: (w) => w.keys.terminal.scrollForth, does: (ui) => scroll(ui, 'forth') },
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
    ui.openDialog(help ? { kind: 'manual', ...help, scroll: 0 } : { kind: 'problem', text: ui.words.dialogs.noManual });
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
