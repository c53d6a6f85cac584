/** The keys of a mission: which layers there are, those of a pane, of the editor, and of the game itself. */
import { SPEEDS, type Speed } from '../engine/view.ts';
import { insideOf, layoutOf, PANES } from './layout.ts';
import type { Binding, Layer } from './keys.ts';
import { focusOn, isOver, leave, retry, toggleDoor } from './mission-deeds.ts';
import { paneRows } from './screens/mission.ts';
import { sightLayer } from './sights/layers.ts';
import { OPENING } from './sights/open-keys.ts';
import { COPY, PROMPT, startCopying, told, toPrompt, TRANSCRIPT } from './terminal-keys.ts';
import { TABS } from './tabs.ts';
import type { Key } from './terminal/key-parser.ts';
import { editText } from './text-editor.ts';
import type { Ui } from './ui.ts';

/** The layers of the mission screen, top first. */
export function missionLayers(ui: Ui): Layer[] {
  const { isTyping, focus, editor, isCopying, sight } = ui.state.mission;
  if (isCopying) return [COPY];
  if (sight && !editor) return [sightLayer(sight), GAME];
  if (editor) return [editor.buffer.style === 'vi' ? VI : NANO];
  return [...(isTyping ? [PROMPT] : focus === 'terminal' ? [TRANSCRIPT] : [READING]), GAME];
}

const scrolling: readonly Binding[] = [
  { keys: ['j', 'down'], shown: 'j k', label: 'Scroll down', short: 'scroll', does: (ui) => scrollBy(ui, 1) },
  { keys: ['k', 'up'], label: 'Scroll up', does: (ui) => scrollBy(ui, -1) },
  { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], label: 'A page down', does: (ui) => scrollBy(ui, 10) },
  { keys: ['pageup', 'ctrl-b', 'ctrl-u'], label: 'A page up', does: (ui) => scrollBy(ui, -10) },
  { keys: ['g', 'home'], label: 'To the top', does: (ui) => scrollBy(ui, -Infinity) },
  { keys: ['G', 'end'], label: 'To the bottom', does: (ui) => scrollBy(ui, Infinity) },
];

const READING: Layer = { title: 'In this pane', bindings: [toPrompt, ...scrolling] };

const OVER = 'the mission is over';

const GAME: Layer = {
  title: 'In the mission',
  bindings: [
    { keys: ['h', 'alt-h', 'f5'], label: 'A hint; its price is shown first', short: 'hint', when: (ui) => !isOver(ui) && hasHints(ui), whyNot: 'no hints here, or the mission is over', does: (ui) => ui.openDialog({ kind: 'hint' }) },
    { keys: ['tab', 'alt-n'], label: 'The next pane', short: 'next pane', does: (ui) => nextPane(ui, 1) },
    { keys: ['shift-tab'], label: 'The pane before', does: (ui) => nextPane(ui, -1) },
    { keys: ['p', 'alt-p', 'f6', 'space'], label: 'Pause the cluster’s time, and let it go on', short: 'pause', when: (ui) => !isOver(ui), whyNot: OVER, does: (ui) => setSpeed(ui, (speed) => speed === 'paused' ? 1 : 'paused') },
    { keys: ['s', 'alt-s', 'f7'], label: 'Time at its own pace, or 2, 10, 100 times as fast', short: 'speed', when: (ui) => !isOver(ui), whyNot: OVER, does: (ui) => setSpeed(ui, faster) },
    { keys: ['1', 'alt-1', 'f2'], label: 'The mission', does: (ui) => focusOn(ui, 'mission') },
    { keys: ['2', 'alt-2', 'f3'], label: 'The terminal', does: (ui) => focusOn(ui, 'terminal') },
    { keys: ['3', 'alt-3', 'f4'], label: 'The cluster', does: (ui) => focusOn(ui, 'cluster') },
    ...OPENING,
    ...TABS,
    { keys: ['c', 'alt-c', 'f9'], label: 'Plain text without frames, to select and copy', does: startCopying },
    { keys: ['b'], label: 'The briefing again', does: (ui) => ui.openDialog({ kind: 'briefing', scroll: 0 }) },
    { keys: ['d', 'alt-enter'], label: 'The debrief again', short: 'debrief', when: isOver, whyNot: 'the mission goes on', does: (ui) => ui.openDialog({ kind: 'debrief', scroll: 0 }) },
    { keys: ['u', 'alt-z'], label: 'Take back the last command that changed the cluster', short: 'undo', when: (ui) => !isOver(ui) && hasCommands(ui), whyNot: 'no command, or the mission is over', does: undo },
    { keys: ['A', 'alt-o', 'f12'], label: 'Let your own kubectl in over HTTPS, and out again', short: 'door', when: (ui) => ui.game.view().mission?.doorRefusal === undefined, whyNot: 'in an exam only the terminal here counts; elsewhere while the mission goes on', does: toggleDoor },
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

function nextPane(ui: Ui, step: number): void {
  const { focus } = ui.state.mission;
  const next = PANES[(PANES.indexOf(focus) + step + PANES.length) % PANES.length]!;
  ui.changeMission({ sight: undefined, focus: next, isTyping: false });
}

function scrollBy(ui: Ui, rows: number): void {
  const { focus, scroll: offsets } = ui.state.mission;
  if (focus === 'terminal') return;
  ui.withMission((_, view) => {
    const room = insideOf(layoutOf(ui.room, focus), focus);
    const total = paneRows(focus, view, room, ui.theme).length;
    const offset = Math.max(0, Math.min(offsets[focus] + rows, total - room.height));
    ui.changeMission({ scroll: { ...offsets, [focus]: offset } });
  });
}

/** From its own pace to a hundred times, and back to its own. */
const faster = (speed: Speed): Speed => (speed === 'paused' ? 1 : SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length]!);

function setSpeed(ui: Ui, next: (speed: Speed) => Speed): void {
  ui.withMission((actions, { speed }) => actions.setSpeed(next(speed)));
}

const hasHints = (ui: Ui) => (ui.game.view().mission?.hints.length ?? 0) > 0;

const hasCommands = (ui: Ui) => ui.game.view().mission?.canUndo === true;

function undo(ui: Ui): void {
  ui.withMission((actions) => ui.attempt('Going back', () => actions.undoLastCommand()));
}
