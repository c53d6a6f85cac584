/** The words that begin with a colon in plain mode: a table, from which `:help` is read. */
import { isLanguage, LANGUAGES, type Phrase, type Words } from '../../language/words.ts';
import type { Lens, LensView, ObjectRef, WhyLensView } from '../../engine/lens/lens-view.ts';
import type { MissionView } from '../../engine/view.ts';
import type { PlainGame } from './plain-game.ts';
import { eventLines, trafficLines } from './sight-words.ts';
import { briefingLines, clusterLines, goalLines, hintLines, numbered, progressLines, standingLine, troubleLines, whyLines } from './words.ts';

export interface PlainCommand {
  /** The first one is shown, with what is said of it. */
  readonly names: readonly [keyof Words['plain']['commands'], ...string[]];
  readonly args?: Phrase;
  /** Why it cannot be done now. */
  unless?(plain: PlainGame): string | undefined;
  does(plain: PlainGame, rest: string, mission: MissionView | undefined): Promise<void> | void;
}

const outside = (plain: PlainGame) => plain.state.place === 'mission' ? undefined : plain.words.plain.onlyInMission;
const ended = (plain: PlainGame) => outside(plain) ?? (plain.game.view().mission?.debrief ? plain.words.plain.over : undefined);

export const COMMANDS: readonly PlainCommand[] = [
  { names: ['help', 'h', '?'], does: (plain) => plain.out.say(helpLines(plain)) },
  { names: ['objectives', 'o', 'goals'], unless: outside, does: (plain, _, mission) => plain.out.say(mission ? [...goalLines(mission, plain.words), standingLine(mission, plain.words)] : []) },
  { names: ['briefing', 'b'], unless: outside, does: (plain, _, mission) => plain.out.say(mission ? briefingLines(mission, plain.words) : []) },
  { names: ['cluster', 'c'], unless: outside, does: (plain, _, mission) => plain.out.say(mission ? clusterLines(mission.cluster, plain.words) : []) },
  { names: ['hint'], args: (w) => w.plain.args.yes, unless: ended, does: hint },
  { names: ['why'], args: (w) => `[${w.plain.args.number}]`, unless: ended, does: why },
  { names: ['events', 'e'], args: (w) => w.plain.args.words, unless: ended, does: async (plain, rest) => plain.out.say(eventLines((await looked(plain, { of: 'events' }))?.events ?? [], rest, plain.words)) },
  { names: ['traffic'], unless: ended, does: async (plain) => plain.out.say(trafficLines((await looked(plain, { of: 'traffic' }))?.sources ?? [], plain.words)) },
  { names: ['undo', 'u'], unless: ended, does: undo },
  { names: ['door'], unless: (plain) => ended(plain) ?? refusalOf(plain), does: door },
  { names: ['wait', 'w'], args: (w) => w.plain.args.time, unless: ended, does: (plain, rest) => wait(plain, rest) },
  { names: ['pace'], args: () => 'live|stepped', does: pace },
  { names: ['again'], unless: outside, does: (plain) => plain.arrive(async () => plain.game.mission()?.retry()) },
  { names: ['next'], does: next },
  { names: ['open'], args: (w) => w.plain.args.number, does: openLocked },
  { names: ['sandbox'], args: (w) => w.plain.args.size, does: sandbox },
  { names: ['levels', 'l'], does: async (plain) => { await leave(plain); await plain.toLevels(); } },
  { names: ['progress'], does: (plain) => { const view = plain.game.view(); plain.out.say(view.practice ? progressLines(view, view.practice, plain.words) : []); } },
  { names: ['language'], args: (w) => w.plain.args.tag, unless: (plain) => plain.state.place === 'mission' ? plain.words.plain.notInMission : undefined, does: language },
  { names: ['quit', 'q'], does: async (plain) => { await leave(plain); plain.change({ place: 'left' }); } },
];

function helpLines(plain: PlainGame): string[] {
  const now = COMMANDS.map((command) => ({ command, why: command.unless?.(plain) }));
  const { dialogs: { notNow }, plain: words } = plain.words;
  const shown = ({ names: [name], args }: PlainCommand, why?: string) => `  ${`:${name} ${args?.(plain.words) ?? ''}`.padEnd(22)} ${why ? notNow(words.commands[name], why) : words.commands[name]}`;
  return [
    plain.state.place === 'mission' ? words.insideHelp : words.outsideHelp,
    ...now.map(({ command, why }) => shown(command, why)),
  ];
}

function hint(plain: PlainGame, rest: string, mission: MissionView | undefined): void {
  if (rest === 'yes' && mission?.hints.some(({ text }) => text === undefined)) plain.game.mission()?.takeHint();
  plain.out.say(hintLines(plain.game.view().mission?.hints ?? [], plain.words));
}

/** Numbers are those of the list; asking for one costs what the mission says, once. */
async function why(plain: PlainGame, rest: string): Promise<void> {
  const mission = plain.game.mission();
  const look = (ref?: ObjectRef): Promise<WhyLensView | undefined> => looked(plain, { of: 'why', ...(ref ? { ref } : {}) });
  const troubles = (await look())?.troubles ?? [];
  const chosen = troubles[Number(rest) - 1]?.ref;
  if (chosen) mission?.askWhy(chosen);
  plain.out.say(chosen ? whyLines((await look(chosen))?.links ?? [], plain.words) : troubleLines(troubles, plain.words));
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

const refusalOf = (plain: PlainGame) => { const why = plain.game.view().mission?.doorRefusal; return why && plain.words.plain.notNow(why); };

async function door(plain: PlainGame): Promise<void> {
  await plain.game.mission()?.toggleDoor();
  const { door: open } = plain.game.view().mission ?? {};
  const { plain: words } = plain.words;
  plain.out.say(open ? [words.doorOpen(open.url), `  export KUBECONFIG='${open.kubeconfig}'`, ...(plain.state.pace === 'stepped' ? [words.doorStepped] : [])] : [words.doorClosed]);
}

async function undo(plain: PlainGame): Promise<void> {
  await plain.silently(async () => plain.game.mission()?.undoLastCommand());
  const view = plain.game.view().mission;
  if (!view) return;
  plain.change({ told: view, editor: undefined });
  plain.out.say([view.transcript.lines.at(-1)?.spans.map(({ text }) => text).join('') ?? plain.words.plain.undone]);
}

const UNITS: Record<string, number> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000 };
const WAIT_MAX_MS = 86_400_000;

async function wait(plain: PlainGame, rest: string): Promise<void> {
  const [, count = '', unit = ''] = /^(\d+)\s*([smh]?)$/.exec(rest || '30s') ?? [];
  const ms = Number(count) * UNITS[unit]!;
  if (!count || ms > WAIT_MAX_MS) return plain.out.say([plain.words.plain.howLong]);
  await plain.pass(ms);
  const view = plain.game.view().mission;
  if (view) plain.out.say([standingLine(view, plain.words)]);
}

function pace(plain: PlainGame, rest: string): void {
  if (rest === 'live' || rest === 'stepped') plain.change({ pace: rest });
  plain.out.say([plain.words.plain.pace[plain.state.pace]]);
}

/** The setting; packs may know more languages than the interface. */
async function language(plain: PlainGame, rest: string): Promise<void> {
  if (isLanguage(rest) || rest === 'system') await plain.game.changeSettings({ language: rest });
  plain.out.say([plain.words.plain.language(plain.words.name, Object.entries(LANGUAGES).map(([tag, { name }]) => `${tag} (${name})`).join(', '))]);
  if (isLanguage(rest)) await plain.toLevels();
}

async function next(plain: PlainGame): Promise<void> {
  const { mission, worlds } = plain.game.view();
  const id = (plain.state.place === 'mission' ? mission?.debrief?.nextLevel?.id : undefined) ?? numbered(worlds).find(({ state }) => state === 'started' || state === 'open')?.id;
  if (!id) return plain.out.say([plain.words.plain.noNext]);
  await leave(plain);
  await plain.begin(id);
}

async function openLocked(plain: PlainGame, rest: string): Promise<void> {
  const level = numbered(plain.game.view().worlds)[Number(rest) - 1];
  if (!level) return plain.out.say([plain.words.plain.noLevelNumber(rest)]);
  await leave(plain);
  await plain.begin(level.id, { unlock: true });
}

async function sandbox(plain: PlainGame, rest: string): Promise<void> {
  const { sandboxes } = plain.game.view();
  const size = sandboxes.find(({ id }) => id === rest);
  if (!size) return plain.out.say([plain.words.plain.whichSize, ...sandboxes.map(({ id, note }) => `  ${id}: ${note}`)]);
  await leave(plain);
  await plain.arrive(() => plain.game.startSandbox(size.id));
}

async function leave(plain: PlainGame): Promise<void> {
  if (plain.state.place === 'mission') await plain.game.mission()?.quit();
}
