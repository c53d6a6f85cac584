/** Draws every screen in every size into a folder, for eyes: `npx tsx test/ui/pictures.ts FOLDER [NAME…]`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { FakeGame } from './fake-game.ts';
import { toPng } from './picture.ts';
import { KEYS, TestTerminal } from './terminal.ts';

const SIZES = [[60, 20], [80, 24], [100, 30], [120, 40], [160, 45], [190, 50]] as const;

type Scene = (terminal: TestTerminal, game: FakeGame) => Promise<void>;

const levels: Scene = async (terminal) => { await terminal.type('2'); };

const SCENES: Record<string, Scene> = {
  title: async (terminal) => { await terminal.drawn(); },
  levels,
  briefing: async (terminal) => { await levels(terminal, undefined!); await terminal.type('\r'); await terminal.sees('autumn'); },
};
SCENES['mission'] = async (terminal, game) => {
  await SCENES['briefing']!(terminal, game);
  await terminal.type(KEYS.enter, 'kubectl get nodes\r', 'kubectl get pods -n shop\r', 'kubectl scale deployment/web --replicas=5 -n shop\r', 'kubectl get pods -n shop\r', 'kubectl d');
};
SCENES['complete'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); await terminal.type('\x15kubectl get n', KEYS.tab); };
SCENES['pane1'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); await terminal.type(KEYS.alt('1')); };
SCENES['pane3'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); await terminal.type(KEYS.alt('3')); };
SCENES['hint'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); game.paper.takeHint(); await terminal.type(KEYS.alt('h')); };
SCENES['help'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); await terminal.type(KEYS.f1); };
SCENES['editor'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); await terminal.type('\x15kubectl edit deployment web\r', '7jA', '5'); };
SCENES['debrief'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); game.paper.win(); await terminal.drawn(); };
SCENES['leave'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); await terminal.type(KEYS.alt('q')); };
SCENES['title-help'] = async (terminal) => { await terminal.type('?'); };
SCENES['holding'] = async (terminal, game) => { await SCENES['mission']!(terminal, game); for (let step = 0; step < 60; step += 1) await game.paper.tick(100); await terminal.drawn(); };
SCENES['sandbox'] = async (terminal) => { await terminal.type('3'); };
SCENES['filter'] = async (terminal) => { await terminal.type('2', '/', 'roll'); };

const [, , folder = '/tmp/pictures', ...names] = process.argv;
mkdirSync(folder, { recursive: true });
for (const [name, scene] of Object.entries(SCENES)) {
  for (const [columns, rows] of SIZES) {
    if (names.length > 0 && !names.some((wanted) => `${name}-${columns}`.startsWith(wanted))) continue;
    const game = new FakeGame();
    const terminal = new TestTerminal(game, columns, rows);
    await terminal.drawn();
    await scene(terminal, game);
    writeFileSync(`${folder}/${name}-${columns}x${rows}.png`, toPng(terminal.screen));
    await terminal.quit();
  }
}
process.exit(0);
