/** From argv to a script that bash can run, and whether there is such a program at all. */
import { getCommandNames } from 'just-bash/browser';
import type { FileSystem } from '../../file-system.ts';

export const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash']);
const BIN = /^\/(usr\/(local\/)?)?s?bin\//;
const BUILTINS = ['[', 'test', 'true', 'false', 'echo', 'printf', 'cd', 'pwd', 'export', 'read', 'exit', 'set', 'eval', 'source', '.', ':', 'kill', 'wait', 'ulimit', 'umask', 'type', 'command', 'trap', 'exec'];
const FILE_PROGRAMS = new Set<string>([...getCommandNames(), ...BUILTINS]);

/** Why a program cannot be started, in runc's words; undefined: it can. */
export function startProblem(program: string, files: FileSystem, commands: ReadonlySet<string>): string | undefined {
  if (program === '') return 'no command specified';
  const name = program.replace(BIN, '');
  if (!name.includes('/') && (FILE_PROGRAMS.has(name) || commands.has(name))) return undefined;
  if (!program.includes('/')) return `exec: "${program}": executable file not found in $PATH`;
  if (!files.exists(program)) return `exec: "${program}": stat ${program}: no such file or directory`;
  const { type, mode } = files.stat(program);
  if (type === 'directory') return `exec: "${program}": is a directory`;
  return (mode & 0o111) === 0 ? `exec: "${program}": permission denied` : undefined;
}

/** The script behind argv: `sh -c SCRIPT` is the script, a script file its text, anything else one command. */
export function scriptOf(argv: readonly string[], files: FileSystem): string {
  const [program = '', ...args] = argv;
  const name = program.replace(BIN, '');
  if (SHELLS.has(name)) return shellScript(args, files);
  if (program.includes('/') && !BIN.test(program) && files.exists(program)) return withArguments(files.read(program), args);
  return [name, ...args].map(quote).join(' ');
}

/** What `sh [-e] -c SCRIPT [ARG…]` or `sh [-e] FILE [ARG…]` runs; `sh` alone reads its input, of which there is none. */
export function shellScript(args: readonly string[], files: FileSystem, folder = '/'): string {
  const isOption = (arg: string) => /^[-+][a-zA-Z]+$/.test(arg);
  const first = args.findIndex((arg) => !isOption(arg) && !arg.startsWith('--'));
  const options = args.slice(0, first < 0 ? undefined : first).filter((arg) => !arg.startsWith('--')).join('').replace(/[-+]/g, '');
  const set = [...options].filter((letter) => 'eux'.includes(letter)).map((letter) => `set -${letter}\n`).join('');
  if (first < 0) return '';
  const [text = '', ...rest] = args.slice(first);
  if (options.includes('c')) return set + withArguments(text, rest.slice(1));
  const path = text.startsWith('/') ? text : `${folder}/${text}`;
  if (!files.exists(path)) return `echo ${quote(`sh: can't open '${text}': No such file or directory`)} >&2; exit 2`;
  return set + withArguments(files.read(path), rest);
}

function withArguments(script: string, args: readonly string[]): string {
  return args.length > 0 ? `set -- ${args.map(quote).join(' ')}\n${script}` : script;
}

/** A word as bash reads it back unchanged. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
