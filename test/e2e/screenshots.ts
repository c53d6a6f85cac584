/**
 * Every screen from scripted play of the built game in a pseudo-terminal, as SVG and PNG: `npm run screenshots [FOLDER] [NAMES…]`.
 * Three of them are the README's and go to .github/.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { toPng, toSvg } from '../ui/picture.ts';
import { TerminalGame } from './terminal-game.ts';

const SIZES = [[80, 24], [120, 40], [200, 60]] as const;
const KEYS = { enter: '\r', escape: '\x1b', f10: '\x1b[21~', left: '\x1b[D', down: '\x1b[B', alt: (letter: string) => `\x1b${letter}` };

/** Variants beside dark: how the program is started, and the keys that set it in the settings. */
const VARIANTS: Record<string, Record<string, string | undefined>> = {
  dark: { COLORTERM: 'truecolor' }, light: { COLORTERM: 'truecolor' }, 16: { TERM: 'xterm', COLORTERM: undefined }, none: { NO_COLOR: '1' },
};
/** The screens taken at each size in every variant; the others are taken at each size in dark only, and once in the other variants. */
const IN_ALL = new Set(['mission', 'levels', 'debrief']);
const ONCE = SIZES[1];

type Scene = (game: TerminalGame) => Promise<void>;
interface Screen { args: readonly string[]; scene: Scene }

const inMission = (then: Scene): Scene => async (game) => {
  await game.sees('Enter begin');
  game.type(KEYS.enter);
  await game.sees('player@quest:~$');
  await then(game);
};

const scaled = inMission(async (game) => {
  game.type('kubectl get deployments,services -n shop\r');
  await game.sees('service/web');
  game.type('kubectl scale deployment/web --replicas=5 -n shop\r');
  await game.sees('scaled');
  game.type(KEYS.alt('p')); // a slow machine would win before the picture is taken
  await game.sees('paused');
  game.type('kubectl get pods -n shop\r');
  await game.sees('RESTARTS');
  game.type('kubectl get deployment web -n shop -o yaml | tail -12\r');
  await game.sees('updatedReplicas');
});

const named: Scene = async (game) => {
  await game.sees(/What shall we call you|Who plays/);
  const isFirst = game.text().includes('What shall'); // a player with settings may be there
  if (!isFirst) game.type(`${KEYS.down}${KEYS.enter}`);
  await game.sees('What shall we call you?');
  game.type(isFirst ? 'Ada' : 'Lin');
  await game.sees(isFirst ? 'Ada' : 'Lin');
};

const atTitle: Scene = async (game) => {
  await game.sees(/What shall we call you|Who plays/);
  if (game.text().includes('What shall')) await named(game);
  const isNew = game.text().includes('What shall');
  game.type(KEYS.enter);
  if (isNew) await game.sees('show you around');
  if (isNew) game.type(KEYS.escape);
  await game.sees('Hello, cluster');
};

const then = (first: Scene, keys: string, wanted: string | RegExp): Scene => async (game) => {
  await first(game);
  game.type(keys);
  await game.sees(wanted);
};

/** The map; where there is room beside it or below, with what is read about the marked node. */
const explored: Scene = async (game) => {
  await then(scaled, KEYS.alt('v'), 'Cluster by')(game);
  if (game.screen.rows > SIZES[0][1]) await game.sees('$ kubectl describe node');
};

const play = (id: string) => ['play', id];

const SCREENS: Record<string, Screen> = {
  name: { args: [], scene: named },
  tour: { args: [], scene: then(then(then(named, KEYS.enter, 'show you around'), KEYS.enter, '1 of 7'), 'kubectl get nodes\r', 'AGE') },
  title: { args: [], scene: atTitle },
  levels: { args: [], scene: then(atTitle, '2', 'First contact') },
  search: { args: [], scene: then(then(atTitle, '2', 'First contact'), '/gpu', 'GPU') },
  map: { args: [], scene: then(atTitle, ':world map\r', '/ find') },
  progress: { args: [], scene: then(atTitle, ':your progress\r', 'Mastery') },
  sandboxes: { args: [], scene: then(atTitle, '3', 'How large') },
  players: { args: [], scene: then(atTitle, ':go to the players\r', 'Who plays?') },
  settings: { args: [], scene: then(atTitle, ':go to the settings\r', /for a (dark|light) terminal/) },
  palette: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('a'), 'What can be done here') },
  briefing: { args: play('scale-to-five'), scene: async (game) => game.sees('Enter begin') },
  mission: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('p'), '1x') },
  objectives: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('1'), 'Must not happen') },
  cluster: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('3'), 'worker-1') },
  explore: { args: play('scale-to-five'), scene: explored },
  'x-ray': { args: play('scale-to-five'), scene: then(then(scaled, KEYS.f10, 'command 4'), `${KEYS.left}${KEYS.left}`, 'command 2') },
  why: { args: play('crash-loop'), scene: inMission(then(async () => undefined, KEYS.alt('w'), '0 ready')) },
  time: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('t'), /Revision \d/) },
  events: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('e'), 'ScalingReplicaSet') },
  traffic: { args: play('crashed-node'), scene: inMission(then(async () => undefined, `${KEYS.alt('s')}${KEYS.alt('s')}${KEYS.alt('l')}`, /the last [3-9]\d s/)) },
  hint: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('h'), 'points') },
  keys: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('?'), 'At the prompt') },
  copy: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('c'), 'Esc back') },
  explain: { args: play('scale-to-five'), scene: then(scaled, 'kubectl get deployments\x1bOP', 'kubectl explain deployments') },
  completion: { args: play('scale-to-five'), scene: then(scaled, 'kubectl get de\t', 'deviceclasses') },
  editor: { args: play('scale-to-five'), scene: then(then(scaled, 'kubectl edit deployment web -n shop\r', 'apiVersion'), `/replicas\rix${KEYS.escape}`, 'did you mean') },
  leave: { args: play('scale-to-five'), scene: then(scaled, KEYS.alt('q'), 'Leave the mission?') },
  debrief: { args: play('hello-cluster'), scene: inMission(async (game) => {
    game.type('kubectl get nodes\r');
    await game.sees('harbour-2');
    game.type('kubectl get pods -n kube-system\r');
    await game.sees('etcd-anchor');
    game.type('answer anchor\r');
    await game.sees('Won');
  }) },
};

/** The README's pictures. */
const README: Record<string, string> = { 'mission-dark-120x40': 'mission', 'explore-dark-120x40': 'explore', 'levels-dark-120x40': 'levels' };

const [, , folder = '/tmp/screenshots', ...names] = process.argv;
const github = resolve(import.meta.dirname, '../../.github');
mkdirSync(folder, { recursive: true });
mkdirSync(github, { recursive: true });

/** A light background has to be set by the player; the picture's paper follows. */
async function taken(name: string, { args, scene }: Screen, variant: string, [columns, rows]: (typeof SIZES)[number]): Promise<void> {
  const file = `${name}-${variant}-${columns}x${rows}`;
  const game = new TerminalGame(args, { columns, rows }, { environment: VARIANTS[variant], settings: variant === 'light' ? { palette: 'light' } : undefined });
  try {
    await scene(game);
    await game.rests();
    const svg = toSvg(game.screen, variant === 'light' ? 'light' : 'dark');
    writeFileSync(`${folder}/${file}.svg`, svg);
    writeFileSync(`${folder}/${file}.png`, toPng(game.screen, variant === 'light' ? 'light' : 'dark'));
    if (README[file]) writeFileSync(`${github}/${README[file]}.svg`, svg);
    process.stdout.write(`${file}\n`);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
  } finally {
    game.close();
    await game.exited;
  }
}

for (const [name, screen] of Object.entries(SCREENS)) {
  for (const variant of Object.keys(VARIANTS)) {
    for (const size of variant === 'dark' || IN_ALL.has(name) ? SIZES : [ONCE]) {
      if (names.length > 0 && !names.some((wanted) => `${name}-${variant}-${size[0]}x${size[1]}`.startsWith(wanted))) continue;
      await taken(name, screen, variant, size);
    }
  }
}
process.exit();
