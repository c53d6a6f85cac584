/** `completion` and what its scripts ask at each Tab. */
import { Argument, type Command } from 'commander';

type Does = <A extends unknown[]>(act: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;

/** Adds them. `run` starts this very program, for shells in which it has no name of its own. */
export function addCompletion(program: Command, does: Does, { course, run }: { course: string; run: readonly string[] }): void {
  program.command('completion').addArgument(new Argument('<shell>', 'whose').choices(['bash', 'zsh', 'fish'])).description('print a script that completes commands, options and levels: source <(kube-quest completion bash)')
    .action(does(async (shell: 'bash' | 'zsh' | 'fish') => {
      process.stdout.write((await import('./scripts.ts')).scriptFor(shell, run));
      return 0;
    }));
  program.command('__complete', { hidden: true }).argument('[words...]')
    .action(does(async (words: string[]) => {
      const { candidates, linesOf } = await import('./candidates.ts');
      const { levelsAtAGlance } = await import('../../engine/pack/load.ts');
      const { printable } = await import('../../engine/pack/sources/safety.ts');
      process.stdout.write(printable(linesOf(candidates(program, words, (pack) => levelsAtAGlance(pack ?? course)))));
      return 0;
    }));
}
