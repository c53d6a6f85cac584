/** The words that begin with a colon in plain mode: a table, from which `:help` is read. */
import type { Lens, LensView, ObjectRef, WhyLensView } from '../../engine/lens/lens-view.ts';
import type { MissionView } from '../../engine/view.ts';
import type { PlainGame } from './plain-game.ts';
import { eventLines, trafficLines } from './sight-words.ts';
import { briefingLines, clusterLines, goalLines, hintLines, numbered, progressLines, standingLine, troubleLines, whyLines } from './words.ts';

export interface PlainCommand {
  /** The first one is shown. */
  readonly names: readonly string[];
  readonly args?: string;
  readonly label: string;
  /** Why it cannot be done now. */
  unless?(plain: PlainGame): string | undefined;
  does(plain: PlainGame, rest: string, mission: MissionView | undefined): Promise<void> | void;
}

const outside = (plain: PlainGame) => plain.state.place === 'mission' ? undefined : 'That is for a mission; begin one by its number.';
const ended = (plain: PlainGame) => outside(plain) ?? (plain.game.view().mission?.debrief ? 'The mission is over.' : undefined);

export const COMMANDS: readonly PlainCommand[] = [
  { names: ['help', 'h', '?'], label: 'What can be done', does: (plain) => plain.out.say(helpLines(plain)) },
  { names: ['objectives', 'o', 'goals'], label: 'What is to be done, and where it stands', unless: outside, does: (plain, _, mission) => plain.out.say(mission ? [...goalLines(mission), standingLine(mission)] : []) },
  { names: ['briefing', 'b'], label: 'The briefing again', unless: outside, does: (plain, _, mission) => plain.out.say(mission ? briefingLines(mission) : []) },
  { names: ['cluster', 'c'], label: 'The cluster at a glance', unless: outside, does: (plain, _, mission) => plain.out.say(mission ? clusterLines(mission.cluster) : []) },
  { names: ['hint'], args: '[yes]', label: 'The hints so far and the price of the next; with yes, that one', unless: ended, does: hint },
  { names: ['why'], args: '[NUMBER]', label: 'What is in trouble; with its number, why it is', unless: ended, does: why },
  { names: ['events', 'e'], args: '[WORDS]', label: 'The last Events; with words, those that have them', unless: ended, does: async (plain, rest) => plain.out.say(eventLines((await looked(plain, { of: 'events' }))?.events ?? [], rest)) },
  { names: ['traffic'], label: 'Requests, failures and the error budget', unless: ended, does: async (plain) => plain.out.say(trafficLines((await looked(plain, { of: 'traffic' }))?.sources ?? [])) },
  { names: ['undo', 'u'], label: 'Take back the last command', unless: ended, does: undo },
  { names: ['door'], label: 'Let your own kubectl in over HTTPS, and out again', unless: (plain) => ended(plain) ?? refusalOf(plain), does: door },
  { names: ['wait', 'w'], args: 'TIME', label: 'Let time pass at once, such as 30s or 2m', unless: ended, does: (plain, rest) => wait(plain, rest) },
  { names: ['pace'], args: 'live|stepped', label: 'Whether time passes by itself', does: pace },
  { names: ['again'], label: 'The level from its beginning', unless: outside, does: (plain) => plain.arrive(async () => plain.game.mission()?.retry()) },
  { names: ['next'], label: 'The next level', does: next },
  { names: ['open'], args: 'NUMBER', label: 'A level although it is locked', does: openLocked },
  { names: ['sandbox'], args: 'SIZE', label: 'A cluster to try things', does: sandbox },
  { names: ['levels', 'l'], label: 'To the list of levels; a mission is saved', does: async (plain) => { await leave(plain); await plain.toLevels(); } },
  { names: ['progress'], label: 'How far you are, and what would be worth a drill', does: (plain) => { const view = plain.game.view(); plain.out.say(view.practice ? progressLines(view, view.practice) : []); } },
  { names: ['quit', 'q'], label: 'Save and leave', does: async (plain) => { await leave(plain); plain.change({ place: 'left' }); } },
];

function helpLines(plain: PlainGame): string[] {
  const now = COMMANDS.map((command) => ({ command, why: command.unless?.(plain) }));
  const shown = ({ names, args = '', label }: PlainCommand) => `  ${`:${names[0]} ${args}`.padEnd(22)} ${label}`;
  return [
    plain.state.place === 'mission' ? 'Anything else is run in the shell: `kubectl get nodes`.' : 'A number begins a level; a word lists the levels that have it.',
    ...now.map(({ command, why }) => shown(command) + (why ? ` (not now: ${why})` : '')),
  ];
}

function hint(plain: PlainGame, rest: string, mission: MissionView | undefined): void {
  if (rest === 'yes' && mission?.hints.some(({ text }) => text === undefined)) plain.game.mission()?.takeHint();
  plain.out.say(hintLines(plain.game.view().mission?.hints ?? []));
}

/** Numbers are those of the list; asking for one costs what the mission says, once. */
async function why(plain: PlainGame, rest: string): Promise<void> {
  const mission = plain.game.mission();
  const look = (ref?: ObjectRef): Promise<WhyLensView | undefined> => looked(plain, { of: 'why', ...(ref ? { ref } : {}) });
  const troubles = (await look())?.troubles ?? [];
  const chosen = troubles[Number(rest) - 1]?.ref;
  if (chosen) mission?.askWhy(chosen);
  plain.out.say(chosen ? whyLines((await look(chosen))?.links ?? []) : troubleLines(troubles));
}

/** What the engine shows of a lens, once. */
async function looked<L extends Lens['of']>(plain: PlainGame, lens: Extract<Lens, { of: L }>): Promise<Extract<LensView, { of: L }> | undefined> {
  const mission = plain.game.mission();
  mission?.look(lens);
  await mission?.tick(0);
  const view = plain.game.view().mission?.lens;
  mission?.look(undefined);
  return view?.of === lens.of ? (view as Extract<LensView, { of: L }>) : undefined; // a lens is answered by its own view
}

const refusalOf = (plain: PlainGame) => { const why = plain.game.view().mission?.doorRefusal; return why && `Not now: ${why}.`; };

async function door(plain: PlainGame): Promise<void> {
  await plain.game.mission()?.toggleDoor();
  const { door: open } = plain.game.view().mission ?? {};
  plain.out.say(open ? [`The door is open: ${open.url}, this computer only. In another terminal:`, `  export KUBECONFIG='${open.kubeconfig}'`, ...(plain.state.pace === 'stepped' ? ['Time is stepped: `:wait 10s` lets it pass, `:pace live` lets it go on by itself.'] : [])] : ['The door is closed.']);
}

async function undo(plain: PlainGame): Promise<void> {
  await plain.silently(async () => plain.game.mission()?.undoLastCommand());
  const view = plain.game.view().mission;
  if (!view) return;
  plain.change({ told: view, editor: undefined });
  plain.out.say([view.transcript.lines.at(-1)?.spans.map(({ text }) => text).join('') ?? 'Undone.']);
}

const UNITS: Record<string, number> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000 };
const WAIT_MAX_MS = 86_400_000;

async function wait(plain: PlainGame, rest: string): Promise<void> {
  const [, count = '', unit = ''] = /^(\d+)\s*([smh]?)$/.exec(rest || '30s') ?? [];
  const ms = Number(count) * UNITS[unit]!;
  if (!count || ms > WAIT_MAX_MS) return plain.out.say(['How long? Such as `:wait 30s`, `:wait 2m`; a day at most.']);
  await plain.pass(ms);
  const view = plain.game.view().mission;
  if (view) plain.out.say([standingLine(view)]);
}

function pace(plain: PlainGame, rest: string): void {
  if (rest === 'live' || rest === 'stepped') plain.change({ pace: rest });
  plain.out.say([`Time is ${plain.state.pace}.`]);
}

async function next(plain: PlainGame): Promise<void> {
  const { mission, worlds } = plain.game.view();
  const id = (plain.state.place === 'mission' ? mission?.debrief?.nextLevel?.id : undefined) ?? numbered(worlds).find(({ state }) => state === 'started' || state === 'open')?.id;
  if (!id) return plain.out.say(['There is no next level.']);
  await leave(plain);
  await plain.begin(id);
}

async function openLocked(plain: PlainGame, rest: string): Promise<void> {
  const level = numbered(plain.game.view().worlds)[Number(rest) - 1];
  if (!level) return plain.out.say([`There is no level ${rest}.`]);
  await leave(plain);
  await plain.begin(level.id, { unlock: true });
}

async function sandbox(plain: PlainGame, rest: string): Promise<void> {
  const { sandboxes } = plain.game.view();
  const size = sandboxes.find(({ id }) => id === rest);
  if (!size) return plain.out.say(['Which size?', ...sandboxes.map(({ id, note }) => `  ${id}: ${note}`)]);
  await leave(plain);
  await plain.arrive(() => plain.game.startSandbox(size.id));
}

async function leave(plain: PlainGame): Promise<void> {
  if (plain.state.place === 'mission') await plain.game.mission()?.quit();
}
