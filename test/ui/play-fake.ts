/** The fake game in a real terminal: `npx tsx test/ui/play-fake.ts [--new]`. For tests in a pseudo-terminal, and for trying screens. */
import process from 'node:process';
import { runGame } from '../../src/ui/main.tsx';
import { TerminalProblem } from '../../src/ui/terminal/environment.ts';
import { FakeGame } from './fake-game.ts';

const game = new FakeGame(process.argv.includes('--new') ? { players: [], player: undefined } : {});
try {
  await runGame(game, process);
  process.stdout.write(`closed: ${game.asked.some((asked) => asked.what === 'close')}\n`);
  process.exit(0);
} catch (error) {
  if (!(error instanceof TerminalProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
