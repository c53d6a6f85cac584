/** The mission beside the terminal: objectives with what is missing, guards, hints taken, and the story again. */
import type { GuardView, HintView, MissionView, ObjectiveView } from '../../engine/view.ts';
import { bar } from '../frame.ts';
import { inline, markdown } from '../markdown.ts';
import { EMPTY, line, spread, type Line } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import { objectiveStyle, type Theme } from '../theme.ts';

/** Between a text and the end of its row: a state such as `fehlt`, and points. */
const POINTS_COLUMNS = 10;

type Shown = Pick<MissionView, 'objectives' | 'guards' | 'hints' | 'briefing'>;

export function missionRows(view: Shown, width: number, theme: Theme): Line[] {
  const { mission: words } = theme.words;
  return [
    ...objectiveRows(view.objectives, width, theme),
    ...section(words.guards, view.guards.flatMap((guard) => guardRows(guard, width, theme)), width, theme),
    ...section(words.hints, hintRows(view.hints, width, theme), width, theme),
    ...section(words.briefing, view.briefing ? markdown(view.briefing, width, theme) : [], width, theme),
  ];
}

/** The objectives alone, each with its state, its points and what is still missing. */
export function objectiveRows(objectives: readonly ObjectiveView[], width: number, theme: Theme): Line[] {
  if (objectives.length === 0) return [];
  const done = objectives.filter((objective) => objective.state === 'done').length;
  return [
    spread(line(theme.words.mission.objectives, 'heading'), line(theme.words.of(done, objectives.length), 'dim'), width, theme.glyphs.ellipsis),
    ...objectives.flatMap((objective) => objectiveRow(objective, width, theme)),
  ];
}

function objectiveRow({ text, points, state, progress, note }: ObjectiveView, width: number, theme: Theme): Line[] {
  const style = objectiveStyle[state];
  const [first = EMPTY, ...rest] = wrapWords(inline(text, state === 'done' ? 'dim' : 'plain'), width - 2 - POINTS_COLUMNS);
  const value = [{ text: `${theme.words.mission.states[state]} `, style }, { text: String(points).padStart(3), style: 'dim' as const }];
  return [
    spread([{ text: `${theme.glyphs.objective[state]} `, style }, ...first], value, width, theme.glyphs.ellipsis),
    ...rest.map((row) => [{ text: '  ' }, ...row]),
    ...(state === 'holding' ? [[{ text: '  ' }, ...(theme.isMoving ? bar(progress ?? 0, Math.min(20, width - 12), 'accent', theme) : [{ text: theme.words.mission.mustHold }]), { text: theme.isMoving ? ` ${Math.round((progress ?? 0) * 100)} %` : '', style: 'dim' as const }]] : []),
    ...(note && state !== 'done' ? wrapWords(inline(note, 'dim'), width - 2).map((row) => [{ text: '  ' }, ...row]) : []),
  ];
}

function guardRows({ text, state, note }: GuardView, width: number, theme: Theme): Line[] {
  const isKept = state === 'kept';
  const mark = { text: `${isKept ? theme.glyphs.health.good : theme.glyphs.health.bad} `, style: isKept ? 'good' as const : 'bad' as const };
  const [first = EMPTY, ...rest] = wrapWords(inline(text), width - 2 - POINTS_COLUMNS);
  return [
    spread([mark, ...first], [{ text: isKept ? theme.words.mission.kept : theme.words.mission.broken, style: mark.style }], width, theme.glyphs.ellipsis),
    ...rest.map((row) => [{ text: '  ' }, ...row]),
    ...(note && !isKept ? wrapWords(inline(note, 'dim'), width - 2).map((row) => [{ text: '  ' }, ...row]) : []),
  ];
}

function hintRows(hints: readonly HintView[], width: number, theme: Theme): Line[] {
  const next = hints.find((hint) => hint.text === undefined);
  const taken = hints.flatMap(({ text }, index) => text === undefined ? [] : markdown(`${index + 1}. ${text}`, width, theme));
  const last = next ? [line(theme.words.mission.hintsLeft(hints.length - hints.indexOf(next), next.cost), 'dim')] : [];
  return [...taken, ...last];
}

function section(title: string, rows: Line[], width: number, theme: Theme): Line[] {
  return rows.length === 0 ? [] : [EMPTY, spread(line(title, 'heading'), EMPTY, width, theme.glyphs.ellipsis), ...rows];
}

/** The most pressing objective in one row, for when the pane is behind a tab. */
export function objectiveStrip({ objectives }: Pick<MissionView, 'objectives'>, theme: Theme): Line {
  const done = objectives.filter((objective) => objective.state === 'done').length;
  const current = objectives.find((objective) => objective.state === 'failed') ?? objectives.find((objective) => objective.state === 'holding')
    ?? objectives.find((objective) => objective.state === 'open');
  if (objectives.length === 0) return EMPTY;
  const count = { text: `${done}/${objectives.length} `, style: 'dim' as const };
  if (!current) return [count, { text: `${theme.glyphs.objective.done} ${theme.words.mission.allDone}`, style: 'good' }];
  const missing = current.note ? [{ text: ` ${theme.glyphs.separator} `, style: 'border' as const }, ...inline(current.note, 'dim')] : [];
  return [count, { text: `${theme.glyphs.objective[current.state]} `, style: objectiveStyle[current.state] }, ...inline(current.text), ...missing];
}
