/** Everything of the game in words and lines: no boxes, no colours, no symbols that a screen reader stumbles over. */
import { DEFAULT_SETTINGS, type ClusterView, type DebriefView, type GameView, type GuardView, type HintView, type LevelView, type MissionView, type NodeView, type ObjectiveView, type PodView, type WorldView } from '../../engine/view.ts';
import type { Words } from '../../language/words.ts';
import type { PracticeView } from '../../engine/practice.ts';
import type { WhyLensView } from '../../engine/lens/lens-view.ts';
import { clockTime } from '../header.ts';
import { markdown } from '../markdown.ts';
import { harmless } from '../painter.ts';
import type { Line } from '../text.ts';
import { createTheme } from '../theme.ts';

const THEME = createTheme('none', { ...DEFAULT_SETTINGS, glyphs: 'ascii' });
const UNWRAPPED = 1_000_000; // A terminal wraps by itself; a reader wants whole sentences.

/** Markdown as paragraphs, a line each; code stays marked by back quotes. */
function prose(source: string): string[] {
  return markdown(harmless(source), UNWRAPPED, THEME).map(proseLine);
}

function proseLine(pieces: Line): string {
  const isBlock = /^ +$/.test(pieces[0]?.text ?? '');
  return pieces.map(({ text }, index) => {
    const isCode = (at: number) => pieces[at]?.style === 'code' && !isBlock;
    return `${isCode(index) && !isCode(index - 1) ? '`' : ''}${text}${isCode(index) && !isCode(index + 1) ? '`' : ''}`;
  }).join('');
}

/** The levels in the order of their numbers. */
export const numbered = (worlds: readonly WorldView[]): LevelView[] => worlds.flatMap((world) => world.levels);

/** The course, a numbered line a level. */
export function levelLines({ worlds }: Pick<GameView, 'worlds'>, words: Words, isWanted: (level: LevelView, world: WorldView) => boolean = () => true): string[] {
  let number = 0;
  return worlds.flatMap((world) => {
    const lines = world.levels.flatMap((level) => (number += 1, isWanted(level, world) ? [`${String(number).padStart(3)}. ${levelLine(level, words)}`] : []));
    return lines.length > 0 ? [`${world.title}:`, ...lines] : [];
  });
}

function levelLine({ title, difficulty, minutes, stars, state, needs = [] }: LevelView, { levels, plain }: Words): string {
  return plain.level(title, difficulty, minutes, state === 'won' ? plain.wonWith(stars) : state === 'locked' ? plain.lockedUntil(needs.join(', ')) : levels[state]);
}

/** Streak, figures and what would be worth a drill. */
export function progressLines({ worlds }: Pick<GameView, 'worlds'>, { streak, bestStreak, wins, attempts, concepts, drills }: PracticeView, { ago, plain }: Words): string[] {
  const levels = numbered(worlds);
  const won = levels.filter(({ state }) => state === 'won').length;
  const known = concepts.filter((concept) => concept.won > 0);
  return [
    plain.progress({ won, levels: levels.length, wins, attempts, streak, best: bestStreak, known: known.length, concepts: concepts.length }),
    ...drills.map(({ levelId, concept, daysAgo, minutes }) => plain.drill(concept, ago(daysAgo), levels.findIndex(({ id }) => id === levelId) + 1, minutes)),
  ];
}

/** What a level is about, as the player arrives. */
export function briefingLines(view: MissionView, words: Words): string[] {
  return [words.plain.mission(view.title), '', ...prose(view.briefing), '', ...goalLines(view, words)];
}

/** Objectives and guards with their states. */
export function goalLines({ objectives, guards }: Pick<MissionView, 'objectives' | 'guards'>, words: Words): string[] {
  return [
    ...(objectives.length > 0 ? [words.plain.objectives] : []), ...objectives.map((objective, index) => `${String(index + 1).padStart(3)}. ${objectiveLine(objective, words)}`),
    ...(guards.length > 0 ? [words.plain.guards] : []), ...guards.map((guard) => `  - ${guardLine(guard, words)}`),
  ];
}

function objectiveLine({ text, points, state, note }: ObjectiveView, words: Words): string {
  return `${proseOf(text)}: ${words.plain.states[state]}${note && state !== 'done' ? ` (${proseOf(note)})` : ''}, ${words.points(points)}`;
}

const guardLine = ({ text, state, note }: GuardView, words: Words) => `${proseOf(text)}: ${words.plain.guardStates[state]}${note ? ` (${proseOf(note)})` : ''}`;

const proseOf = (text: string) => prose(text).join(' ');

/** What to tell of the goals since they were last looked at. */
export function goalChanges(before: Pick<MissionView, 'objectives' | 'guards'>, after: Pick<MissionView, 'objectives' | 'guards'>, all: Words): string[] {
  const { plain: words } = all;
  const objectives = after.objectives.flatMap((now, index) => {
    const was = before.objectives[index]?.state ?? 'open';
    if (was === now.state) return [];
    const name = words.objective(index + 1, after.objectives.length);
    if (now.state === 'open') return [`${words.noLongerTrue(name)}: ${proseOf(now.text)}${now.note ? ` (${proseOf(now.note)})` : ''}`];
    return [`${words.isNow(name, words.states[now.state])}: ${proseOf(now.text)}`];
  });
  const guards = after.guards.flatMap((now, index) => now.state === 'broken' && before.guards[index]?.state !== 'broken' ? [`${words.mustNotHaveHappened}: ${guardLine(now, all)}`] : []);
  return [...objectives, ...guards];
}

/** The hints paid for so far, and what the next one costs. */
export function hintLines(hints: readonly HintView[], { plain: words }: Words): string[] {
  const taken = hints.flatMap(({ text }, index) => text === undefined ? [] : [`${words.hint(index + 1, hints.length)}: ${proseOf(text)}`]);
  const next = hints.find(({ text }) => text === undefined);
  return [...taken, next ? words.nextHint(next.cost) : hints.length === 0 ? words.noHints : words.noMoreHints];
}

/** What is in trouble, numbered. */
export function troubleLines(troubles: WhyLensView['troubles'], { plain: words }: Words): string[] {
  if (troubles.length === 0) return [words.noTrouble];
  return [...troubles.map(({ ref, note }, index) => `${String(index + 1).padStart(3)}. ${ref.resource} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}: ${note}`), words.whyNote];
}

/** From the symptom to the cause, each with the command that shows it. */
export const whyLines = (links: NonNullable<WhyLensView['links']>, { plain: words }: Words): string[] =>
  links.length === 0 ? [words.noAnswer] : links.flatMap(({ text, command }, index) => [`${String(index + 1).padStart(3)}. ${proseOf(text)}`, `     ${harmless(command)}`]);

/** How it ended, and how the score came about. */
export function debriefLines(title: string, { outcome, stars, score, scoreMax, steps, rule, text, bestSolution, nextLevel }: DebriefView, { points: pointsOf, plain: words }: Words): string[] {
  return [
    '', words.ended(outcome === 'won', title, stars, score, scoreMax),
    ...steps.map(({ text: what, points }) => `  ${points < 0 ? `${words.minus} ` : ''}${pointsOf(Math.abs(points))}: ${what}`), ...(rule ? [rule] : []),
    '', ...prose(text), ...(bestSolution ? ['', words.shortest, ...bestSolution.split('\n').map((command) => `  ${harmless(command)}`)] : []),
    '', `${nextLevel ? `${words.nextLevel(nextLevel.title)} ` : ''}${words.afterwards}`,
  ];
}

/** Time and score. */
export function standingLine({ elapsedMs, parMs, score, scoreMax, speed, isSandbox }: MissionView, { mission, plain: words }: Words): string {
  const time = words.time(clockTime(elapsedMs), parMs === undefined ? '' : clockTime(parMs));
  return `${time}, ${speed === 'paused' ? mission.paused : words.speed(speed)}${isSandbox ? '' : `, ${words.score(score, scoreMax)}`}.`;
}

/** The cluster at a glance: components, nodes with their Pods, what waits. */
export function clusterLines({ controlPlane, nodes, pending }: ClusterView, words: Words): string[] {
  const { plain, cluster } = words;
  return [
    plain.controlPlane(controlPlane.map(({ name, word }) => `${name} ${cluster.states[word] ?? word}`).join(', ')),
    ...nodes.flatMap((node) => [nodeLine(node, words), ...node.pods.map((pod) => `  ${podLine(pod, words)}`)]),
    ...(pending.length > 0 ? [plain.waitingForNode, ...pending.map((pod) => `  ${podLine(pod, words)}`)] : []),
  ];
}

function nodeLine({ name, roles, status, cpu, memory, gpu, pods }: NodeView, { of, plain: words }: Words): string {
  const share = ({ used, capacity }: NodeView['cpu']) => capacity > 0 ? words.percent(Math.round((used / capacity) * 100)) : words.none;
  const devices = gpu && gpu.capacity > 0 ? of(gpu.used, gpu.capacity) : '';
  return words.node(`${name}${roles.length > 0 ? ` (${roles.join(', ')})` : ''}`, status, share(cpu), share(memory), devices, pods.length);
}

const podLine = ({ name, namespace, status, ready, restarts, isDeleting }: PodView, { plain: words }: Words) =>
  words.pod(`${namespace}/${name}`, isDeleting ? 'Terminating' : status, ready.count, ready.of, restarts);
