/**
 * Whether a script reads the input that it is started with. The interpreter takes its input as a whole:
 * a script that reads waits for it, any other runs at once, as `kubectl exec -it pod -- ls` does.
 */

/** Programs that read their input unless a file is named, and how many words stand before the files. */
const READERS: Readonly<Record<string, number>> = {
  cat: 0, sort: 0, wc: 0, head: 0, tail: 0, uniq: 0, cut: 0, tac: 0, rev: 0, nl: 0, fold: 0, base64: 0, md5sum: 0, sha1sum: 0, sha256sum: 0, gunzip: 0, gzip: 0, zcat: 0, less: 0, more: 0,
  grep: 1, egrep: 1, fgrep: 1, sed: 1, awk: 1, jq: 1, yq: 1,
  tee: Infinity, tr: Infinity, xargs: Infinity, read: Infinity, mapfile: Infinity,
  sh: 0, bash: 0, ash: 0, dash: 0,
};

/** Words that a command may stand behind. */
const BEFORE = /^(?:if|while|until|then|do|else|elif|time|exec|command|!|\{|\(|\w+=\S*)$/;

/** Options of the readers whose value is a word of its own: `head -n 1`. */
const WITH_VALUE = /^-[a-zA-Z]*[ncdftkwmABC]$/;

export function readsInput(script: string): boolean {
  const bare = script.replace(/\\./g, 'x').replace(/'[^']*'|"[^"]*"/g, 'x').replace(/#.*$/gm, '').replace(/\d*>>?\s*(?:&\d|[^\s;&|]+)/g, ' ');
  return bare.split(/\|\||&&|[;&\n]/).some((pipeline) => isReader(pipeline.split('|')[0]!));
}

function isReader(command: string): boolean {
  if (/<[^(]/.test(command)) return false;
  const words = command.replace(/[()]/g, ' $& ').trim().split(/\s+/);
  const [program = '', ...args] = words.slice(words.findIndex((word) => !BEFORE.test(word)));
  const name = program.replace(/^.*\//, '');
  if (name === 'tar') return args.includes('-') && args.some((arg) => /^-?[a-zA-Z]*[xt]/.test(arg));
  const before = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (before === undefined) return false;
  const operands = args.filter((arg, index) => arg === '-' || (!arg.startsWith('-') && arg !== ')' && arg !== '}' && !WITH_VALUE.test(args[index - 1] ?? '')));
  return operands.includes('-') || operands.length <= before;
}
