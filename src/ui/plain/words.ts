/** Everything of the game in words and lines: no boxes, no colours, no symbols that a screen reader stumbles over. */
import { DEFAULT_SETTINGS, type ClusterView, type DebriefView, type GameView, type GuardView, type HintView, type LevelView, type MissionView, type NodeView, type ObjectiveView, type PodView, type WorldView } from '../../engine/view.ts';
import { agoInWords, type PracticeView } from '../../engine/practice.ts';
import type { WhyLensView } from '../../engine/lens/lens-view.ts';
import { clockTime } from '../header.ts';
import { markdown } from '../markdown.ts';
import { harmless, type Line } from '../text.ts';
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

export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** The levels in the order of their numbers. */
export const numbered = (worlds: readonly WorldView[]): LevelView[] => worlds.flatMap((world) => world.levels);

/** The course, a numbered line a level. */
export function levelLines({ worlds }: Pick<GameView, 'worlds'>, isWanted: (level: LevelView, world: WorldView) => boolean = () => true): string[] {
  let number = 0;
  return worlds.flatMap((world) => {
    const lines = world.levels.flatMap((level) => (number += 1, isWanted(level, world) ? [`${String(number).padStart(3)}. ${levelLine(level)}`] : []));
    return lines.length > 0 ? [`${world.title}:`, ...lines] : [];
  });
}

function levelLine({ title, difficulty, minutes, stars, state, needs = [] }: LevelView): string {
  const standing = state === 'won' ? `won with ${counted(stars, 'star')}` : state === 'locked' ? `locked, opens after ${needs.join(', ')}` : state;
  return `${title}, difficulty ${difficulty} of 5, ${minutes} minutes, ${standing}`;
}

/** Streak, figures and what would be worth a drill. */
export function progressLines({ worlds }: Pick<GameView, 'worlds'>, { streak, bestStreak, wins, attempts, concepts, drills }: PracticeView): string[] {
  const levels = numbered(worlds);
  const won = levels.filter(({ state }) => state === 'won').length;
  const known = concepts.filter((concept) => concept.won > 0);
  return [
    `${won} of ${counted(levels.length, 'level')} won in ${counted(wins, 'win')} and ${counted(attempts, 'attempt')}. ${counted(streak, 'day')} in a row, ${bestStreak} at most. ${known.length} of ${counted(concepts.length, 'concept')} met.`,
    ...drills.map(({ levelId, concept, daysAgo, minutes }) => `Worth a drill: ${concept}, met ${agoInWords(daysAgo)}: level ${levels.findIndex(({ id }) => id === levelId) + 1}, ${minutes} minutes.`),
  ];
}

/** What a level is about, as the player arrives. */
export function briefingLines(view: MissionView): string[] {
  return [`Mission: ${view.title}`, '', ...prose(view.briefing), '', ...goalLines(view)];
}

/** Objectives and guards with their states. */
export function goalLines({ objectives, guards }: Pick<MissionView, 'objectives' | 'guards'>): string[] {
  return [
    ...(objectives.length > 0 ? ['Objectives:'] : []), ...objectives.map((objective, index) => `${String(index + 1).padStart(3)}. ${objectiveLine(objective)}`),
    ...(guards.length > 0 ? ['Must not happen:'] : []), ...guards.map((guard) => `  - ${guardLine(guard)}`),
  ];
}

const STATES: Record<ObjectiveView['state'], string> = { open: 'open', holding: 'true now and must stay so for a while', done: 'done', failed: 'failed' };

function objectiveLine({ text, points, state, note }: ObjectiveView): string {
  return `${proseOf(text)}: ${STATES[state]}${note && state !== 'done' ? ` (${proseOf(note)})` : ''}, ${points} points`;
}

const guardLine = ({ text, state, note }: GuardView) => `${proseOf(text)}: ${state}${note ? ` (${proseOf(note)})` : ''}`;

const proseOf = (text: string) => prose(text).join(' ');

/** What to tell of the goals since they were last looked at. */
export function goalChanges(before: Pick<MissionView, 'objectives' | 'guards'>, after: Pick<MissionView, 'objectives' | 'guards'>): string[] {
  const objectives = after.objectives.flatMap((now, index) => {
    const was = before.objectives[index]?.state ?? 'open';
    if (was === now.state) return [];
    const name = `Objective ${index + 1} of ${after.objectives.length}`;
    if (now.state === 'open') return [`${name} is no longer true: ${proseOf(now.text)}${now.note ? ` (${proseOf(now.note)})` : ''}`];
    return [`${name} is ${STATES[now.state]}: ${proseOf(now.text)}`];
  });
  const guards = after.guards.flatMap((now, index) => now.state === 'broken' && before.guards[index]?.state !== 'broken' ? [`This must not have happened: ${guardLine(now)}`] : []);
  return [...objectives, ...guards];
}

/** The hints paid for so far, and what the next one costs. */
export function hintLines(hints: readonly HintView[]): string[] {
  const taken = hints.flatMap(({ text }, index) => text === undefined ? [] : [`Hint ${index + 1} of ${hints.length}: ${proseOf(text)}`]);
  const next = hints.find(({ text }) => text === undefined);
  return [...taken, next ? `The next hint costs ${next.cost} points; \`:hint yes\` takes it.` : hints.length === 0 ? 'There are no hints here.' : 'There are no more hints.'];
}

/** What is in trouble, numbered. */
export function troubleLines(troubles: WhyLensView['troubles']): string[] {
  if (troubles.length === 0) return ['Nothing is in trouble as far as can be seen, or nothing may be asked here.'];
  return [...troubles.map(({ ref, note }, index) => `${String(index + 1).padStart(3)}. ${ref.resource} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}: ${note}`), '`:why 1` tells why; in a mission it costs points, once for each.'];
}

/** From the symptom to the cause, each with the command that shows it. */
export const whyLines = (links: NonNullable<WhyLensView['links']>): string[] =>
  links.length === 0 ? ['There is no answer yet.'] : links.flatMap(({ text, command }, index) => [`${String(index + 1).padStart(3)}. ${proseOf(text)}`, `     ${harmless(command)}`]);

/** How it ended, and how the score came about. */
export function debriefLines(title: string, { outcome, stars, score, scoreMax, steps, rule, text, bestSolution, nextLevel }: DebriefView): string[] {
  return [
    '', `${outcome === 'won' ? 'Won' : 'Lost'}: ${title}. ${counted(stars, 'star')} of 3, ${score} of ${scoreMax} points.`,
    ...steps.map(({ text: what, points }) => `  ${points < 0 ? 'minus ' : ''}${Math.abs(points)} points: ${what}`), ...(rule ? [rule] : []),
    '', ...prose(text), ...(bestSolution ? ['', 'The shortest way:', ...bestSolution.split('\n').map((command) => `  ${harmless(command)}`)] : []),
    '', `${nextLevel ? `\`:next\` goes on to ${nextLevel.title}. ` : ''}\`:again\` plays it once more, \`:levels\` goes to the list, \`:quit\` leaves.`,
  ];
}

/** Time and score. */
export function standingLine({ elapsedMs, parMs, score, scoreMax, speed, isSandbox }: MissionView): string {
  const time = `Time ${clockTime(elapsedMs)}${parMs === undefined ? '' : `, par ${clockTime(parMs)}`}`;
  return `${time}, ${speed === 'paused' ? 'paused' : `speed ${speed}`}${isSandbox ? '' : `, score ${score} of ${scoreMax}`}.`;
}

/** The cluster at a glance: components, nodes with their Pods, what waits. */
export function clusterLines({ controlPlane, nodes, pending }: ClusterView): string[] {
  return [
    `Control plane: ${controlPlane.map(({ name, word }) => `${name} ${word}`).join(', ')}.`,
    ...nodes.flatMap((node) => [nodeLine(node), ...node.pods.map((pod) => `  ${podLine(pod)}`)]),
    ...(pending.length > 0 ? ['Waiting for a node:', ...pending.map((pod) => `  ${podLine(pod)}`)] : []),
  ];
}

function nodeLine({ name, roles, status, cpu, memory, gpu, pods }: NodeView): string {
  const share = ({ used, capacity }: NodeView['cpu']) => capacity > 0 ? `${Math.round((used / capacity) * 100)} percent` : 'none';
  const devices = gpu && gpu.capacity > 0 ? `, GPUs ${gpu.used} of ${gpu.capacity}` : '';
  return `Node ${name}${roles.length > 0 ? ` (${roles.join(', ')})` : ''}: ${status}, CPU requested ${share(cpu)}, memory ${share(memory)}${devices}, ${counted(pods.length, 'Pod')}.`;
}

const podLine = ({ name, namespace, status, ready, restarts, isDeleting }: PodView) =>
  `Pod ${namespace}/${name}: ${isDeleting ? 'Terminating' : status}, ${ready.count} of ${ready.of} ready${restarts > 0 ? `, ${counted(restarts, 'restart')}` : ''}`;
