/** kubectl plugin, completion and alpha: commands about kubectl itself. */
import type { Call, Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { commandPaths, globalFlags } from '../surface.ts';

const pluginList: Verb = {
  path: 'plugin list', about: "List all visible plugin executables on a user's PATH",
  help: 'Lists the programs in the folders of $PATH whose names begin with kubectl-.', examples: [['# All of them', 'kubectl plugin list']],
  async run(call) {
    const { files, env } = call.environment;
    const found: string[] = [];
    for (const folder of new Set((env.PATH ?? '').split(':').filter(Boolean))) {
      if (!await files.exists(folder) || !await files.isDirectory(folder)) continue;
      const names = (await files.list(folder)).filter((name) => name.startsWith('kubectl-'));
      found.push(...names.map((name) => (call.flags.bool('name-only') ? name : `${folder.replace(/\/$/, '')}/${name}`)));
    }
    if (found.length === 0) throw new KubectlError('unable to find any kubectl plugins in your PATH');
    call.out(`The following compatible plugins are available:\n\n${found.map((path) => `${path}\n`).join('')}`);
  },
};

const verbNames = () => commandPaths.filter((path) => path !== '' && !path.includes(' ')).join(' ');
const flagNames = () => globalFlags.map(({ name }) => `--${name}`).join(' ');

/** Scripts that let a shell complete kubectl's commands. */
const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: () => `\n# bash completion for kubectl\n_kubectl() {\n  local word="\${COMP_WORDS[COMP_CWORD]}"\n  case "$word" in\n    -*) COMPREPLY=($(compgen -W "${flagNames()}" -- "$word")) ;;\n    *) COMPREPLY=($(compgen -W "${verbNames()}" -- "$word")) ;;\n  esac\n}\ncomplete -o default -F _kubectl kubectl\n`,
  zsh: () => `#compdef kubectl\ncompdef _kubectl kubectl\n\n_kubectl() {\n  compadd -- ${verbNames()}\n}\n`,
  fish: () => `\n# fish completion for kubectl\ncomplete -c kubectl -n __fish_use_subcommand -a "${verbNames()}"\n`,
  powershell: () => `\n# powershell completion for kubectl\nRegister-ArgumentCompleter -Native -CommandName kubectl -ScriptBlock {\n  param($word)\n  '${verbNames()}'.Split(' ') | Where-Object { $_ -like "$word*" }\n}\n`,
};

const completion: Verb = {
  path: 'completion', about: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  help: 'Prints a script after which the shell completes kubectl\'s commands.', examples: [['# In this bash', 'source <(kubectl completion bash)']],
  async run(call: Call) {
    const [shell, ...others] = call.args;
    if (shell === undefined) throw call.usage('Shell not specified.');
    if (others.length > 0) throw call.usage('Too many arguments. Expected only the shell type.');
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (!script) throw call.usage(`Unsupported shell type ${JSON.stringify(shell)}.`);
    call.out(script());
  },
};

const alpha: Verb = {
  path: 'alpha', about: 'Commands for features in alpha',
  run: async (call) => call.err('No alpha commands are available in this version of kubectl\n'),
};

export const selfVerbs: readonly Verb[] = [{ path: 'plugin', about: 'Provides utilities for interacting with plugins' }, pluginList, completion, alpha];
