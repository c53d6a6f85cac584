/** What a mission says on cards: its briefing, its hints, how it ended, how one's own tools come in. */
import type { DebriefView, DoorView, GameView, MissionView } from '../../engine/view.ts';
import { stars } from '../frame.ts';
import { emphasized, markdown } from '../markdown.ts';
import { objectiveRows } from '../panes/mission-pane.ts';
import { EMPTY, line, spread, type Line } from '../text.ts';
import { wrapHard, wrapWords } from '../wrap.ts';
import type { Theme } from '../theme.ts';
import { keyChoices } from './choices.ts';

export function hintRows({ hints }: MissionView, columns: number, theme: Theme): Line[] {
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
export function doorRows({ url, kubeconfig, requests }: DoorView, columns: number, theme: Theme): Line[] {
  const { dialogs: words } = theme.words;
  return [
    ...wrapWords(line(words.doorLead), columns), EMPTY,
    ...wrapHard([{ text: `export KUBECONFIG='${kubeconfig}'`, style: 'code' }], columns), line('kubectl get nodes', 'code'), EMPTY,
    ...wrapWords(line(words.doorNote(url), 'dim'), columns), EMPTY,
    ...wrapWords(line(words.doorRequests(requests)), columns), EMPTY, keyChoices(theme, ['enter', words.toMission], ['A', words.closeDoor]),
  ];
}

export function briefingRows(view: MissionView, columns: number, theme: Theme): Line[] {
  return [
    ...markdown(view.briefing, columns, theme), EMPTY, ...objectiveRows(view.objectives.map((objective) => ({ ...objective, note: undefined })), columns, theme),
    ...(view.objectives.length > 0 ? [EMPTY] : []), keyChoices(theme, ['enter', view.elapsedMs === 0 ? theme.words.dialogs.begin : theme.words.dialogs.goOn]),
  ];
}

export function debrief({ mission }: GameView, { outcome, stars: earned, score, scoreMax, steps, rule, text, bestSolution, nextLevel }: DebriefView, columns: number, theme: Theme): { title: Line; rows: Line[] } {
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
