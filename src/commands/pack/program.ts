/** The `pack` commands: tools for those who write levels. Each loads what it needs when it is asked for. */
import { type Command, InvalidArgumentError } from 'commander';

export interface PackProgram { /** Where the templates of `init` lie. */ templates: string; version: string; course: string }

type Does = <A extends unknown[]>(act: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;

/** Adds `pack` and what is below it. */
export function addPackCommands(program: Command, does: Does, { templates, version, course }: PackProgram): void {
  const pack = program.command('pack').description('tools for those who write levels');
  pack.command('init').argument('<dir>', 'a new folder').description('write a working pack of two levels, with comments that teach')
    .action(does(async (dir: string) => (await import('./write.ts')).init(dir, templates)));
  pack.command('new').argument('<new-id>', 'its id: lower-case letters, digits and dashes').description('add a level').option('--pack <dir>', 'the pack', '.').option('--world <world>', 'the world it belongs to', 'basics')
    .action(does(async (level: string, options: { pack: string; world: string }) => (await import('./write.ts')).addLevel(level, options, templates)));
  pack.command('lint').argument('[pack]', 'a pack', '.').description('say what can be told without playing: spelling, references, lengths, learn order').option('--json', 'as JSON').option('--sarif', 'as SARIF 2.1.0').option('--strict', 'fail on warnings, too')
    .action(does(async (where: string, options: { json?: boolean; sarif?: boolean; strict?: boolean }) => (await import('./lint.ts')).lint(where, { ...options, version })));
  pack.command('test').argument('<pack>', 'a pack').argument('[levels...]', 'only these levels').description('prove every level: solutions win, mistakes and doing nothing do not').option('--json', 'one JSON line a result')
    .option('--mutate', 'also leave out each part of the goals in turn, and say which no near miss notices').option('--jobs <n>', 'how many levels at a time (as many as there are cores)', wholeNumber).option('--watch', 'again, the levels that changed, at each save')
    .action(does(async (where: string, levels: string[], { watch, ...options }: { json?: boolean; mutate?: boolean; jobs?: number; watch?: boolean }) => {
      const { packTest } = await import('../pack-test.ts');
      return watch ? (await import('./watch.ts')).testAtEachSave(where, levels, options) : packTest(where, levels, options);
    }));
  pack.command('play').argument('<pack>', 'a pack').argument('[level]', 'a level to start with').description('play a pack').option('--watch', 'the level reloads at each save').option('--plain', 'line by line').option('--language <tag>', 'the language of the game and of the pack, such as en or de').option('--saves <dir>', 'where progress is kept')
    .action(does(async (what: string, id: string | undefined, _options: unknown, command: Command) => {
      const { plain: isPlain, watch, language, saves } = command.optsWithGlobals<{ watch?: boolean; plain?: boolean; language?: string; saves?: string }>();
      return (await import('../play.ts')).play({ what, id, isPack: true, isPlain, watch, language, saves, levels: course });
    }));
  pack.command('docs').argument('[pack]', 'a pack', '.').description('write a syllabus in Markdown').option('--out <file>', 'to a file').option('--language <tag>', 'in this language, such as de')
    .action(does(async (where: string, _options: unknown, command: Command) => (await import('./write.ts')).docs(where, command.optsWithGlobals<{ out?: string; language?: string }>())));
  pack.command('build').argument('[pack]', 'a pack', '.').description('make one file of it, with a digest').option('--out <file>', 'where to (NAME-VERSION.kqpack)').option('--key <file>', 'sign it with this Ed25519 private key (PEM)')
    .action(does(async (where: string, options: { out?: string; key?: string }) => (await import('./write.ts')).build(where, options)));
  pack.command('schema').argument('[which]', 'level or pack', 'level').description('print the JSON Schema, or write both for your editor').option('--write <dir>', 'into this pack')
    .action(does(async (which: string, options: { write?: string }) => (await import('./write.ts')).schema(which, options)));
  pack.command('import').argument('<dir>', 'a folder with broken/ and fixed/, each with manifests').description('make a draft level of a broken and a fixed state').option('--out <file>', 'where to; standard output unless given').option('--title <text>', 'its title')
    .action(does(async (dir: string, options: { out?: string; title?: string }) => (await import('./write.ts')).importLevel(dir, options)));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 to 999 is wanted');
  return Number(text);
}
