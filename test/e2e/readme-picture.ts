/** The picture in the README, taken of the built game as it is played: `npm run picture`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { toSvg } from '../ui/picture.ts';
import { TerminalGame } from './terminal-game.ts';

const game = new TerminalGame(['play', 'scale-to-five'], { columns: 124, rows: 36 });
await game.sees('Enter begin');
game.type('\r');
await game.sees('player@quest:~$');
game.type('kubectl get deployments,services -n shop\r');
await game.sees('service/web');
game.type('kubectl scale deployment/web --replicas=5 -n shop\r');
await game.sees('scaled');
await game.sees('hold'); // the new Pods have arrived; the objective is being held
game.type('kubectl get pods -n shop\r');
await game.sees('RESTARTS');
const folder = resolve(import.meta.dirname, '../../.github');
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/mission.svg`, toSvg(game.screen));
process.stdout.write(`${game.text()}\n`);
game.close();
process.exit(0);
