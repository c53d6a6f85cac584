/** The commands of vi at the prompt (`set -o vi`): motions, operators on them, and the ways back to typing. */
import { after, before, inserted, killed, recalled, wordEnd, wordStart, type EditedLine } from './line-editor.ts';
import type { Key } from './terminal/key-parser.ts';

type Motion = (line: EditedLine) => number;

const MOTIONS: Record<string, Motion> = {
  h: before, left: before, backspace: before, l: after, right: after, space: after, 0: () => 0, home: () => 0, '^': ({ text }) => /^\s*/.exec(text)![0].length,
  $: ({ text }) => text.length, end: ({ text }) => text.length, b: wordStart,
  w: (line) => line.cursor + (/^(?:[\p{L}\p{N}]+|[^\p{L}\p{N}\s]+)?\s*/u.exec(line.text.slice(line.cursor))?.[0].length ?? 0),
  e: (line) => Math.max(line.cursor, before({ ...line, cursor: wordEnd({ ...line, cursor: after(line) }) })),
};

type Edit = (line: EditedLine, history: readonly string[]) => EditedLine;

const typing = (line: EditedLine): EditedLine => ({ ...line, vi: undefined });
const at = (line: EditedLine, cursor: number): EditedLine => ({ ...line, cursor });

const EDITS: Record<string, Edit> = {
  i: typing, a: (line) => typing(at(line, after(line))), I: (line) => typing(at(line, 0)), A: (line) => typing(at(line, line.text.length)),
  x: (line) => killed(line, line.cursor, after(line)), X: (line) => killed(line, before(line), line.cursor),
  D: (line) => killed(line, line.cursor, line.text.length), C: (line) => typing(killed(line, line.cursor, line.text.length)), S: (line) => typing(killed(line, 0, line.text.length)),
  s: (line) => typing(killed(line, line.cursor, after(line))), p: (line) => inserted(at(line, after(line)), line.killed), P: (line) => inserted(line, line.killed),
  k: (line, history) => recalled(line, history, line.historyIndex + 1), j: (line, history) => recalled(line, history, line.historyIndex - 1),
  '/': (line) => typing({ ...line, search: { query: '', skip: 0, hasFailed: false }, draft: line.text }),
};
const ALIASES: Record<string, string> = { up: 'k', down: 'j', delete: 'x' };

/** From typing to commands: the cursor stands on the character before. */
export const toCommands = (line: EditedLine): EditedLine => ({ ...line, cursor: before(line), choices: undefined, vi: { pending: '' } });

/** The line after a key of the commands; undefined when the key is none of theirs. Letters without meaning do nothing. */
export function editViLine(line: EditedLine, key: Key, history: readonly string[]): EditedLine | undefined {
  const pending = line.vi?.pending ?? '';
  const rested = { ...line, vi: { pending: '' } };
  if (pending === 'r') return key.text ? { ...killed(rested, line.cursor, after(line)), text: line.text.slice(0, line.cursor) + key.text + line.text.slice(after(line)), killed: line.killed } : rested;
  if (pending) return operated(rested, pending, key);
  if (key.id === 'd' || key.id === 'c' || key.id === 'r') return { ...line, vi: { pending: key.id } };
  const motion = MOTIONS[key.id];
  if (motion) return kept(at(rested, motion(rested)));
  const edit = EDITS[ALIASES[key.id] ?? key.id];
  if (edit) return kept(edit(rested, history));
  return key.text ? rested : undefined;
}

/** `dw`, `cb`, `d$`, `dd`, `cc`. */
function operated(line: EditedLine, operator: string, key: Key): EditedLine {
  const motion = MOTIONS[key.id];
  if (key.id !== operator && !motion) return line;
  const other = motion ? motion(line) + (key.id === 'e' ? 1 : 0) : 0;
  const cut = motion ? killed(line, Math.min(line.cursor, other), Math.max(line.cursor, other)) : killed(line, 0, line.text.length);
  return operator === 'c' ? typing(cut) : kept(cut);
}

/** Among commands the cursor stands on a character, not behind the last. */
function kept(line: EditedLine): EditedLine {
  return line.vi && line.cursor >= line.text.length ? at(line, before({ ...line, cursor: line.text.length })) : line;
}
