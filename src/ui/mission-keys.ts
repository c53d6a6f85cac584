/** The keys of a mission: at the prompt, in a pane, in the editor, and those of the game itself. */
import type { Completion, Speed } from '../engine/view.ts';
import { insideOf, layoutOf, PANES, type Pane } from './layout.ts';
import type { Binding, Layer } from './keys.ts';
import { completed, editLine, EMPTY_LINE, inserted, type EditedLine } from './line-editor.ts';
import { scrolled } from './panes/terminal-pane.ts';
import { paneRows } from './screens/mission.ts';
import { openExplorer } from './sights/explorer-keys.ts';
import { sightLayer } from './sights/layers.ts';
import type { Key } from './terminal/key-parser.ts';
import { editText } from './text-editor.ts';
import type { Ui } from './ui.ts';

/** The layers of the mission screen, top first. */
export function missionLayers(ui: Ui): Layer[] {
  const { isTyping, focus, editor, sight } = ui.state.mission;
  if (sight && !editor) return [sightLayer(sight), GAME];
  if (editor) return [editor.buffer.style === 'vi' ? VI : NANO];
  return [...(isTyping ? [PROMPT] : focus === 'terminal' ? [TRANSCRIPT] : [READING]), GAME];
}

const isRunning = (ui: Ui) => ui.game.view().mission?.prompt.state === 'running';
const isOver = (ui: Ui) => ui.game.view().mission?.debrief !== undefined;
const isLineEmpty = (ui: Ui) => ui.state.mission.line.text === '';

/** Keys that a reducer has and that are only told of here. */
const told = (keys: readonly (readonly [string, string])[]): Binding[] => keys.map(([shown, label]) => ({ keys: [], shown, label, does: () => false }));

const PROMPT: Layer = {
  title: 'At the prompt',
  bindings: [
    { keys: ['escape'], label: 'Leave the prompt: single letters are the game’s then', short: 'game keys', when: (ui) => !ui.state.mission.line.search, does: leavePrompt },
    { keys: ['enter'], label: 'Run the line', does: enter },
    { keys: ['tab'], label: 'Complete the word; what fits is listed', short: 'complete', does: complete },
    { keys: ['ctrl-c'], label: 'Stop the running command', short: 'stop', when: (ui) => isRunning(ui), does: interrupt },
    { keys: ['ctrl-c'], label: 'Give up the line', when: (ui) => !isLineEmpty(ui) && !ui.state.mission.line.search, does: interrupt },
    { keys: ['ctrl-d'], label: 'End the input; on an empty prompt: leave the mission', when: isLineEmpty, does: endInput },
    { keys: ['ctrl-l'], label: 'Empty the terminal', does: (ui) => ui.withMission((actions) => actions.clear()) },
    { keys: ['pageup', 'shift-up', 'shift-pageup'], label: 'Scroll back', does: (ui) => scroll(ui, 'back') },
    { keys: ['pagedown', 'shift-down', 'shift-pagedown'], label: 'Scroll forth', does: (ui) => scroll(ui, 'forth') },
    ...told([['Up Down', 'Earlier and later lines'], ['Ctrl-R', 'Search the lines before'], ['Alt-b Alt-f', 'A word back, a word on'], ['Ctrl-A', 'To the beginning; Ctrl-E to the end'], ['Ctrl-W', 'Cut the word before; Ctrl-U and Ctrl-K cut to the ends; Ctrl-Y pastes']]),
  ],
  types: typeKey,
};

const scrolling: readonly Binding[] = [
  { keys: ['j', 'down'], shown: 'j k', label: 'Scroll down', short: 'scroll', does: (ui) => scrollBy(ui, 1) },
  { keys: ['k', 'up'], label: 'Scroll up', does: (ui) => scrollBy(ui, -1) },
  { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], label: 'A page down', does: (ui) => scrollBy(ui, 10) },
  { keys: ['pageup', 'ctrl-b', 'ctrl-u'], label: 'A page up', does: (ui) => scrollBy(ui, -10) },
  { keys: ['g', 'home'], label: 'To the top', does: (ui) => scrollBy(ui, -Infinity) },
  { keys: ['G', 'end'], label: 'To the bottom', does: (ui) => scrollBy(ui, Infinity) },
];

const toPrompt: Binding = { keys: ['escape', 'i', 'enter'], label: 'Back to the prompt', short: 'to the prompt', does: (ui) => focusOn(ui, 'terminal') };

const READING: Layer = { title: 'In this pane', bindings: [toPrompt, ...scrolling] };

const TRANSCRIPT: Layer = {
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

const OVER = 'the mission is over';

const GAME: Layer = {
  title: 'In the mission',
  bindings: [
    { keys: ['h', 'alt-h', 'f5'], label: 'A hint; its price is shown first', short: 'hint', when: (ui) => !isOver(ui) && hasHints(ui), whyNot: 'no hints here, or the mission is over', does: (ui) => ui.openDialog({ kind: 'hint' }) },
    { keys: ['tab', 'alt-n'], label: 'The next pane', short: 'next pane', does: (ui) => nextPane(ui, 1) },
    { keys: ['shift-tab'], label: 'The pane before', does: (ui) => nextPane(ui, -1) },
    { keys: ['p', 'alt-p', 'f6', 'space'], label: 'Pause the cluster’s time, and let it go on', short: 'pause', when: (ui) => !isOver(ui), whyNot: OVER, does: (ui) => setSpeed(ui, (speed) => speed === 'paused' ? 1 : 'paused') },
    { keys: ['s', 'alt-s', 'f7'], label: 'Time at its own pace, or ten times as fast', short: 'speed', when: (ui) => !isOver(ui), whyNot: OVER, does: (ui) => setSpeed(ui, (speed) => speed === 10 ? 1 : 10) },
    { keys: ['1', 'alt-1', 'f2'], label: 'The mission', does: (ui) => focusOn(ui, 'mission') },
    { keys: ['2', 'alt-2', 'f3'], label: 'The terminal', does: (ui) => focusOn(ui, 'terminal') },
    { keys: ['3', 'alt-3', 'f4'], label: 'The cluster', does: (ui) => focusOn(ui, 'cluster') },
    { keys: ['v', 'alt-v'], label: 'The cluster as a map: look at nodes, Pods and what they belong to', short: 'explore', does: openExplorer },
    { keys: ['b'], label: 'The briefing again', does: (ui) => ui.openDialog({ kind: 'briefing', scroll: 0 }) },
    { keys: ['d', 'alt-enter'], label: 'The debrief again', short: 'debrief', when: isOver, whyNot: 'the mission goes on', does: (ui) => ui.openDialog({ kind: 'debrief', scroll: 0 }) },
    { keys: ['u', 'alt-z'], label: 'Take back the last command that changed the cluster', short: 'undo', when: (ui) => !isOver(ui) && hasCommands(ui), whyNot: 'no command, or the mission is over', does: undo },
    { keys: ['R'], label: 'The level again from its beginning', does: retry },
    { keys: ['q', 'alt-q'], label: 'Leave; the mission is saved', short: 'leave', does: leave },
  ],
};

const inFooter = (keys: Parameters<typeof told>[0]) => told(keys).map((binding) => ({ ...binding, short: binding.label }));

const editorKeys = { types: editKey, isModal: true };
const VI: Layer = {
  title: 'vi', ...editorKeys,
  bindings: inFooter([['i', 'insert'], ['Esc', 'commands'], [':wq', 'save and leave'], [':q!', 'leave'], ['dd', 'delete line'], ['o', 'new line'], ['u', 'undo'], ['/', 'search']]),
};
const NANO: Layer = {
  title: 'nano', ...editorKeys,
  bindings: inFooter([['^O', 'save'], ['^X', 'leave'], ['^K', 'cut line'], ['^U', 'paste'], ['^W', 'search'], ['M-U', 'undo']]),
};

function editKey(ui: Ui, key: Key): boolean {
  const { editor } = ui.state.mission;
  if (!editor) return false;
  const buffer = editText(editor.buffer, key);
  ui.changeMission({ editor: { ...editor, buffer } });
  if (buffer.isClosed) ui.withMission((actions) => actions.closeEditor(buffer.written));
  return true;
}

function typeKey(ui: Ui, key: Key): boolean {
  const { line } = ui.state.mission;
  if (key.id === 'paste') return paste(ui, key.text);
  const edited = editLine(line, key, ui.game.view().mission?.prompt.history ?? []);
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

function focusOn(ui: Ui, focus: Pane): void {
  ui.changeMission({ sight: undefined, focus, isTyping: focus === 'terminal' && !isOver(ui) });
}

function nextPane(ui: Ui, step: number): void {
  const { focus } = ui.state.mission;
  const next = PANES[(PANES.indexOf(focus) + step + PANES.length) % PANES.length]!;
  ui.changeMission({ sight: undefined, focus: next, isTyping: false });
}

function scroll(ui: Ui, direction: 'back' | 'forth'): void {
  ui.withMission((_, view) => {
    const layout = layoutOf(ui.state.size, 'terminal');
    const { width, height } = insideOf(layout, 'terminal');
    const room = { width, height: layout.kind === 'tabs' ? height - 1 : height }; // Behind tabs a row tells how much lies below.
    ui.changeMission({ terminalEnd: scrolled(view.transcript, ui.state.mission.terminalEnd, room, direction) });
  });
}

function scrollBy(ui: Ui, rows: number): void {
  const { focus, scroll: offsets } = ui.state.mission;
  if (focus === 'terminal') return;
  ui.withMission((_, view) => {
    const room = insideOf(layoutOf(ui.state.size, focus), focus);
    const total = paneRows(focus, view, room, ui.theme).length;
    const offset = Math.max(0, Math.min(offsets[focus] + rows, total - room.height));
    ui.changeMission({ scroll: { ...offsets, [focus]: offset } });
  });
}

function setSpeed(ui: Ui, next: (speed: Speed) => Speed): void {
  ui.withMission((actions, { speed }) => actions.setSpeed(next(speed)));
}

const hasHints = (ui: Ui) => (ui.game.view().mission?.hints.length ?? 0) > 0;

const hasCommands = (ui: Ui) => (ui.game.view().mission?.prompt.history.length ?? 0) > 0;

function undo(ui: Ui): void {
  ui.withMission((actions) => ui.attempt('Going back', () => actions.undoLastCommand()));
}

/** Asks, then begins the level again. */
export function retry(ui: Ui): void {
  ui.openDialog({
    kind: 'confirm', title: 'Begin again?', text: 'The level starts from its beginning. What you did in this attempt is given up.', yes: 'begin again', no: 'go on',
    then: () => ui.withMission((actions) => ui.begin('Setting the scene', () => actions.retry())),
  });
}

function leave(ui: Ui): void {
  const go = () => ui.withMission((actions) => ui.attempt('Saving', () => actions.quit(), () => ui.goTo('levels')));
  if (isOver(ui)) return go();
  ui.openDialog({ kind: 'confirm', title: 'Leave the mission?', text: 'It is saved as it is. You can go on later where you left it.', yes: 'leave', no: 'stay', then: go });
}
