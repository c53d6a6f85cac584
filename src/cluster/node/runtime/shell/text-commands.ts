/** grep and printf where the library's own differ from what containers have. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { failure } from './time-commands.ts';

/** Letters of grep's options that take a value. */
const VALUED = 'ABCmfdD';

export function textCommands(): CustomCommand[] {
  return [
    ...Object.entries({ grep: '', egrep: 'E', fgrep: 'F' }).map(([name, kind]) => defineCommand(name, async (args, { origCommand }) => origCommand?.(withOnePattern(args, kind)) ?? failure('', 2))),
    defineCommand('printf', async (args, { origCommand }) => {
      const marked = args[0] === '-v' ? args : args.map((arg) => arg.replace(HIGH, (whole, hex: string | undefined, octal: string | undefined) => (hex || octal ? String.fromCharCode(MARK + (hex ? parseInt(hex, 16) : parseInt(octal!, 8))) : whole)));
      const result = await origCommand?.(marked) ?? failure('', 1);
      const bytes = [...result.stdout].map((each) => (each >= FIRST && each <= LAST ? Buffer.from([each.charCodeAt(0) - MARK]) : Buffer.from(each)));
      return marked.some((arg, index) => arg !== args[index]) ? { ...result, stdout: Buffer.concat(bytes).toString('latin1'), stdoutKind: 'bytes' as const } : result;
    }),
  ];
}

/** Escapes of bytes that are no ASCII: the library takes them for characters. On the way through it they are characters that nobody has. */
const HIGH = /\\\\|\\(?:x([89a-f][0-9a-f])|0?([23][0-7]{2}))/gi;
const MARK = 0xf700;
const [FIRST, LAST] = ['\uf780', '\uf7ff'];

/** Several patterns (`-e A -e B`, or lines of one) are one with alternatives; a single one stays as it is. */
function withOnePattern(args: readonly string[], given = ''): string[] {
  const [patterns, rest]: [string[], string[]] = [[], []];
  let kind = given;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const [, long] = /^--regexp=(.*)$/s.exec(arg) ?? [];
    if (arg === '--') { rest.push(...args.slice(i)); break; }
    if (long !== undefined) patterns.push(long);
    else if (arg === '--regexp') patterns.push(args[++i] ?? '');
    else if (/^-[a-zA-Z0-9]/.test(arg)) {
      const at = [...arg].findIndex((letter, index) => index > 0 && (letter === 'e' || VALUED.includes(letter)));
      const flags = at < 0 ? arg : arg.slice(0, at);
      kind = /[EFP]/.exec(flags)?.[0] ?? kind;
      if (arg[at] === 'e') patterns.push(arg.slice(at + 1) || (args[++i] ?? ''));
      if (arg[at] === 'e' && flags.length > 1) rest.push(flags);
      if (arg[at] !== 'e') rest.push(arg, ...(at === arg.length - 1 ? [args[++i] ?? ''] : []));
    } else rest.push(arg);
  }
  const each = patterns.flatMap((pattern) => pattern.split('\n'));
  if (each.length < 2) return [...args];
  return [kind === 'P' ? '-P' : '-E', '-e', each.map((pattern) => `(${extended(pattern, kind)})`).join('|'), ...rest.map((arg) => (/^-[a-zA-Z]+$/.test(arg) ? arg.replace(/[EFGP]/g, '') : arg)).filter((arg) => arg !== '-')];
}

/** A pattern of any kind as an extended one. */
function extended(pattern: string, kind: string): string {
  if (kind === 'F') return pattern.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return kind === '' ? pattern.replace(/\\([(){}|+?])|([(){}|+?])/g, (_, escaped: string | undefined, plain: string) => escaped ?? `\\${plain}`) : pattern;
}
