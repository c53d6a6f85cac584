/** Cards over a screen: help, briefing, debrief, hints, questions, problems. */
import type { KeyPhrase } from '../language/words.ts';
import type { DebriefView, DoorView, GameView, MissionView } from '../engine/view.ts';
import { clampScroll, framed, scrollNote, stars } from './frame.ts';
import { hintsOf, keyName, press, type Binding, type Layer } from './keys.ts';
import { toggleDoor } from './mission-deeds.ts';
import { missionLayers } from './mission-keys.ts';
import { emphasized, inline, markdown } from './markdown.ts';
import { PALETTE, paletteNote, paletteRows } from './palette.ts';
import { objectiveRows } from './panes/mission-pane.ts';
import type { Key } from './terminal/key-parser.ts';
import type { Size } from './terminal/screen-writer.ts';
import { EMPTY, harmless, line, spread, widthOf, wrapHard, wrapWords, type Line, type Piece } from './text.ts';
import type { Theme } from './theme.ts';
import type { Dialog, Ui } from './ui.ts';

/** A card to draw: where and what. */
export interface Card {
  readonly left: number;
  readonly top: number;
  readonly rows: readonly Line[];
  readonly scrollMax: number;
}

interface Content {
  title: Line;
  rows: Line[];
  /** The rows that are shown when it has to be scrolled. */
  scroll?: number;
  columns: number;
  /** Right end of the upper border. */
  note?: Line;
}

/** The card of a dialog, in the middle of the screen. */
export function cardOf(ui: Ui, dialog: Dialog): Card | undefined {
  const { size } = ui.state;
  const columns = Math.min(size.columns - 6, dialog.kind === 'briefing' || dialog.kind === 'debrief' || dialog.kind === 'help' || dialog.kind === 'palette' || dialog.kind === 'manual' ? 92 : 62) - 6;
  const content = contentOf(ui, dialog, columns);
  return content && placed(content, size, ui.theme);
}

function placed({ title, rows, scroll = 0, columns, note }: Content, size: Size, theme: Theme): Card {
  const heightMax = size.rows - 4;
  const padded = rows.length + 4 > heightMax ? [EMPTY, ...rows] : [EMPTY, ...rows, EMPTY];
  const height = Math.min(heightMax, padded.length + 2);
  const offset = clampScroll(scroll, height - 2, padded.length);
  const width = columns + 6;
  const shown = padded.slice(offset, offset + height - 2);
  const card = framed(shown, { title, note, width, height, isFocused: true, padding: 2, foot: scrollNote(offset, height - 2, padded.length, theme) }, theme);
  const left = Math.floor((size.columns - width) / 2);
  const isNarrow = left < BESIDE_MIN;
  return {
    left: isNarrow ? 0 : left,
    top: Math.max(1, Math.floor((size.rows - height) / 2)),
    scrollMax: Math.max(0, padded.length - (height - 2)),
    rows: isNarrow ? card.map((row) => [blank(left), ...row, blank(size.columns - width - left)]) : card,
  };
}

/** Fewer columns than this beside a card would show letters without sense, so they are blanked. */
const BESIDE_MIN = 8;

const blank = (columns: number): Piece => ({ text: ' '.repeat(Math.max(0, columns)) });

function contentOf(ui: Ui, dialog: Dialog, columns: number): Content | undefined {
  const view = ui.game.view();
  const { dialogs: words } = ui.words;
  switch (dialog.kind) {
    case 'help': return { title: line(words.keys, 'title'), rows: helpRows(ui, dialog.layers, columns), scroll: dialog.scroll, columns };
    case 'manual': return { title: line(dialog.title, 'code'), rows: manualRows(dialog.text, columns), scroll: dialog.scroll, columns };
    case 'palette': return { title: line(ui.words.palette.title, 'title'), rows: paletteRows(ui, dialog, columns), note: paletteNote(ui, dialog), columns };
    case 'problem': return { title: line(words.problem, 'bad'), rows: wrapWords(line(dialog.text), columns), columns };
    case 'confirm': return { title: line(dialog.title, 'title'), rows: confirmRows(dialog, columns, ui.theme), columns };
    case 'hint': return view.mission && { title: line(words.hint, 'title'), rows: hintRows(view.mission, columns, ui.theme), columns };
    case 'door': return view.mission?.door && { title: line(words.door, 'title'), rows: doorRows(view.mission.door, columns, ui.theme), columns };
    case 'briefing': return view.mission && { title: line(view.mission.title, 'title'), rows: briefingRows(view.mission, columns, ui.theme), scroll: dialog.scroll, columns };
    case 'debrief': return view.mission?.debrief && { ...debrief(view, view.mission.debrief, columns, ui.theme), scroll: dialog.scroll, columns };
  }
}

function helpRows(ui: Ui, layers: readonly Layer[], columns: number): Line[] {
  return layers.flatMap((layer, index) => {
    const hints = hintsOf(ui, layers.slice(0, index + 1), (binding) => layer.bindings.includes(binding) ? helpLabel(ui, binding) : undefined, { isComplete: true });
    const rows = hints.flatMap(({ key, label }) => keyRows(key, label, columns));
    return rows.length === 0 ? [] : [...(index > 0 ? [EMPTY] : []), line(layer.title(ui.words), 'heading'), ...rows];
  });
}

function manualRows(text: string, columns: number): Line[] {
  return harmless(text).trimEnd().split('\n').flatMap((row) => wrapWords(line(row, /^[A-Z][A-Za-z ]+:$/.test(row) ? 'heading' : 'plain'), columns, /^ */.exec(row)![0].length));
}

function helpLabel(ui: Ui, { says, when, whyNot }: Binding): string {
  const { label } = says(ui.words);
  return whyNot && when && !when(ui) ? ui.words.dialogs.notNow(label, whyNot(ui.words)) : label;
}

const KEY_COLUMNS = 12;

function keyRows(key: string, label: string, columns: number): Line[] {
  const lead = key + ' '.repeat(Math.max(1, KEY_COLUMNS - widthOf(key)));
  return wrapWords([{ text: lead, style: 'key' }, { text: label }], columns, KEY_COLUMNS);
}

function confirmRows({ text, yes, no }: Extract<Dialog, { kind: 'confirm' }>, columns: number, theme: Theme): Line[] {
  return [
    ...wrapWords(inline(text), columns), EMPTY,
    keyChoices(theme, ['enter', yes], ['escape', no]),
  ];
}

/** The keys that end a card, on its last row. */
function keyChoices({ words }: Theme, ...choices: readonly (readonly [key: string, what: string])[]): Line {
  return choices.flatMap(([key, what], index): Piece[] => [{ text: index > 0 ? '     ' : '' }, { text: keyName(key, words), style: 'key' }, { text: ` ${what}` }]);
}

function hintRows({ hints }: MissionView, columns: number, theme: Theme): Line[] {
  const { dialogs: words } = theme.words;
  const taken = hints.filter((hint) => hint.text !== undefined);
  const next = hints[taken.length];
  const known = taken.flatMap(({ text = '' }, index) => [line(words.hintOf(index + 1, hints.length), 'heading'), ...markdown(text, columns, theme), EMPTY]);
  if (!next) return [...known, line(words.noMoreHints, 'dim'), EMPTY, keyChoices(theme, ['escape', words.backToWork])];
  return [
    ...known,
    ...wrapWords(emphasized(words.hintCosts(taken.length + 1, hints.length, next.cost), 'warning'), columns), EMPTY,
    keyChoices(theme, ['enter', words.takeFor(next.cost)], ['escape', words.thinkOn]),
  ];
}

/** How one comes in. Paths are not cut: they are to be copied. */
function doorRows({ url, kubeconfig, requests }: DoorView, columns: number, theme: Theme): Line[] {
  const { dialogs: words } = theme.words;
  return [
    ...wrapWords(line(words.doorLead), columns), EMPTY,
    ...wrapHard([{ text: `export KUBECONFIG='${kubeconfig}'`, style: 'code' }], columns), line('kubectl get nodes', 'code'), EMPTY,
    ...wrapWords(line(words.doorNote(url), 'dim'), columns), EMPTY,
    ...wrapWords(line(words.doorRequests(requests)), columns), EMPTY, keyChoices(theme, ['enter', words.toMission], ['A', words.closeDoor]),
  ];
}

function briefingRows(view: MissionView, columns: number, theme: Theme): Line[] {
  return [
    ...markdown(view.briefing, columns, theme), EMPTY, ...objectiveRows(view.objectives.map((objective) => ({ ...objective, note: undefined })), columns, theme),
    ...(view.objectives.length > 0 ? [EMPTY] : []), keyChoices(theme, ['enter', view.elapsedMs === 0 ? theme.words.dialogs.begin : theme.words.dialogs.goOn]),
  ];
}

function debrief({ mission }: GameView, { outcome, stars: earned, score, scoreMax, steps, rule, text, bestSolution, nextLevel }: DebriefView, columns: number, theme: Theme): Pick<Content, 'title' | 'rows'> {
  const { glyphs: { ellipsis }, words: { dialogs: words } } = theme;
  const isWon = outcome === 'won';
  const solution = bestSolution ? [EMPTY, line(words.shortestWay, 'heading'), ...bestSolution.trimEnd().split('\n').flatMap((command) => wrapHard([{ text: command, style: 'code' }], columns - 2)).map((row) => [{ text: '  ' }, ...row])] : [];
  return {
    title: isWon ? [{ text: `${theme.glyphs.objective.done} `, style: 'good' }, { text: mission?.title ?? '', style: 'title' }] : [{ text: `${theme.glyphs.objective.failed} `, style: 'bad' }, { text: mission?.title ?? '', style: 'title' }],
    rows: [
      spread([...stars(earned, theme), { text: `  ${isWon ? words.won : words.lost}`, style: isWon ? 'good' : 'bad' }], [{ text: String(score), style: 'strong' }, { text: ` ${words.ofMax(scoreMax)}`, style: 'dim' }], columns, ellipsis),
      EMPTY,
      ...steps.map(({ text: what, points }) => spread(line(what), line(points > 0 ? `+${points}` : String(points), points < 0 ? 'warning' : 'plain'), columns, ellipsis)),
      spread(line(words.score, 'strong'), line(String(score), 'strong'), columns, ellipsis),
      ...(rule ? wrapWords([{ text: rule, style: 'dim' }], columns) : []),
      EMPTY, ...markdown(text, columns, theme), ...solution, EMPTY,
      ...wrapWords(keyChoices(theme, ['enter', isWon && nextLevel ? words.next(nextLevel.title) : words.toLevels], ['r', words.again], ['escape', words.lookAround]), columns),
    ],
  };
}

const scrolling = (down: readonly string[], up: readonly string[]): readonly Binding[] => [
  { keys: down, shown: '↑↓', says: (w) => w.keys.dialogs.scroll, does: (ui) => scroll(ui, 1) },
  { keys: up, says: (w) => w.keys.dialogs.scrollBack, does: (ui) => scroll(ui, -1) },
  { keys: ['pagedown', 'space', 'ctrl-d', 'ctrl-f'], says: (w) => w.keys.common.pageOn, does: (ui) => scroll(ui, ui.state.size.rows - 8) },
  { keys: ['pageup', 'ctrl-u', 'ctrl-b'], says: (w) => w.keys.common.pageBack, does: (ui) => scroll(ui, 8 - ui.state.size.rows) },
];
const scrollable = scrolling(['down', 'j'], ['up', 'k']);

function scroll(ui: Ui, step: number): void {
  const { dialog } = ui;
  if (!dialog || !('scroll' in dialog)) return;
  const scrollMax = cardOf(ui, dialog)?.scrollMax ?? 0;
  ui.changeDialog({ ...dialog, scroll: Math.max(0, Math.min(scrollMax, dialog.scroll + step)) });
}

const close = (keys: readonly string[], says: KeyPhrase): Binding => ({ keys, says, does: (ui) => ui.closeDialog() });

const LAYERS: Record<Exclude<Dialog['kind'], 'palette'>, readonly Binding[]> = {
  help: [close(['escape', 'enter', '?', 'q', 'f1'], (w) => w.keys.dialogs.close), ...scrollable],
  manual: [close(['escape', 'enter', 'q', 'f1'], (w) => w.keys.dialogs.close), ...scrollable],
  problem: [close(['escape', 'enter', 'q'], (w) => w.keys.dialogs.close)],
  confirm: [{ keys: ['enter', 'y'], says: (w) => w.keys.dialogs.yes, does: confirm }, close(['escape', 'n', 'q', 'ctrl-c'], (w) => w.keys.dialogs.no)],
  hint: [
    { keys: ['enter'], says: (w) => w.keys.dialogs.takeHint, when: hasNextHint, does: (ui) => ui.withMission((actions) => actions.takeHint()) },
    close(['escape', 'enter', 'h', 'q', 'alt-h'], (w) => w.keys.dialogs.back),
  ],
  door: [
    close(['enter', 'escape', 'q'], (w) => w.keys.dialogs.toMission),
    { keys: ['A', 'alt-o'], says: (w) => w.keys.dialogs.closeDoor, does: (ui) => { ui.closeDialog(); toggleDoor(ui); } },
  ],
  briefing: [close(['enter', 'escape'], (w) => w.keys.dialogs.begin), ...scrolling(['down'], ['up'])],
  debrief: [
    { keys: ['enter'], says: (w) => w.keys.dialogs.goOn, does: goOn },
    ...scrollable,
    { keys: ['r'], says: (w) => w.keys.dialogs.levelAgain, does: (ui) => ui.withMission((actions) => ui.begin(ui.words.busy.scene, () => actions.retry())) },
    { keys: ['l', 'q'], says: (w) => w.keys.dialogs.toLevels, does: toLevels },
    close(['escape'], (w) => w.keys.dialogs.lookAround),
  ],
};

/** The keys of the top dialog. */
export function dialogLayer({ kind }: Dialog): Layer {
  if (kind === 'palette') return PALETTE;
  return { title: (w) => w.layers.here, bindings: LAYERS[kind], ...(kind === 'briefing' ? { types: typeOn } : {}) };
}

/** Who types while the briefing is open has read enough: the key goes where it was meant to. */
function typeOn(ui: Ui, key: Key): boolean {
  if (key.text === '') return false;
  ui.closeDialog();
  return press(ui, missionLayers(ui), key);
}

function hasNextHint(ui: Ui): boolean {
  return ui.game.view().mission?.hints.some((hint) => hint.text === undefined) ?? false;
}

function confirm(ui: Ui): void {
  const { dialog } = ui;
  ui.closeDialog();
  if (dialog?.kind === 'confirm') dialog.then(ui);
}

function toLevels(ui: Ui): void {
  ui.withMission((actions) => ui.attempt(ui.words.busy.saving, () => actions.quit(), () => ui.goTo('levels')));
}

function goOn(ui: Ui): void {
  const next = ui.game.view().mission?.debrief;
  const level = next?.outcome === 'won' ? next.nextLevel : undefined;
  if (!level) return toLevels(ui);
  ui.begin(ui.words.busy.scene, () => ui.game.startLevel(level.id));
}
