/** A file edited by lines of commands, as ed does: for terminals on which nothing can be redrawn. A pure reducer. */
import type { Words } from '../../language/words.ts';

export interface LineFile {
  readonly name: string;
  readonly lines: readonly string[];
  /** The text last written; undefined when nothing was. */
  readonly written?: string;
  /** Lines are taken in behind this one until a single dot. */
  readonly insertingAfter?: number;
  readonly isChanged: boolean;
  readonly isClosed: boolean;
}

type FileWords = Words['plain']['file'];

export function openLineFile(name: string, text: string): LineFile {
  return { name, lines: text.replace(/\n$/, '').split('\n'), isChanged: false, isClosed: false };
}

interface Answer { file: LineFile; say: readonly string[] }

const COMMAND = /^(?:(\d+|\$)(?:,(\d+|\$))?)?(wq|q!|[pdacswqh?])(?:\s?(.*))?$/s;

/** The file after a line of input, and what there is to say. */
export function editLineFile(file: LineFile, input: string, words: FileWords): Answer {
  if (file.insertingAfter !== undefined) return inserting(file, file.insertingAfter, input);
  const searched = /^\/(.+)$/.exec(input.trim());
  if (searched) return { file, say: shown(file, (text) => text.includes(searched[1]!)) };
  const [, first, last, command, rest = ''] = COMMAND.exec(input.trim()) ?? [];
  if (!command) return { file, say: [words.noCommand, ...words.help] };
  const from = lineNumber(file, first ?? (command === 'p' ? '1' : undefined));
  const to = last === undefined ? (first === undefined && command === 'p' ? file.lines.length : from) : lineNumber(file, last);
  switch (command) {
    case 'p': return { file, say: shown(file, (_, number) => number >= (from ?? 1) && number <= (to ?? from ?? 1)) };
    case 'h': case '?': return { file, say: words.help };
    case 'w': return written(file, false, words);
    case 'wq': return written(file, true, words);
    case 'q!': return { file: { ...file, isClosed: true }, say: [] };
    case 'q': return file.isChanged ? { file, say: [words.unsaved] } : { file: { ...file, isClosed: true }, say: [] };
  }
  if (from === undefined || to === undefined || to < from || (from < 1 && command !== 'a')) return { file, say: [words.whichLine(file.lines.length, command)] };
  switch (command) {
    case 'd': return changed(file, from, to, [], words);
    case 'c': return changed(file, from, to, [rest], words);
    case 'a': return rest === '' ? { file: { ...file, insertingAfter: from }, say: [words.untilDot] } : changed(file, from + 1, from, [rest], words);
    default: return substituted(file, from, to, rest, words);
  }
}

function lineNumber({ lines }: LineFile, text: string | undefined): number | undefined {
  const number = text === '$' ? lines.length : Number(text);
  return text !== undefined && number <= lines.length ? number : undefined;
}

function shown({ lines }: LineFile, isWanted: (text: string, number: number) => boolean): string[] {
  return lines.flatMap((text, index) => isWanted(text, index + 1) ? [`${String(index + 1).padStart(4)}  ${text}`] : []);
}

function written(file: LineFile, isClosed: boolean, words: FileWords): Answer {
  const text = `${file.lines.join('\n')}\n`;
  return { file: { ...file, written: text, isChanged: false, isClosed }, say: [words.written(file.lines.length)] };
}

/** Lines `from` to `to` replaced by others, which are shown. */
function changed(file: LineFile, from: number, to: number, by: readonly string[], words: FileWords): Answer {
  const lines = [...file.lines.slice(0, from - 1), ...by, ...file.lines.slice(to)];
  const after = { ...file, lines, isChanged: true };
  return { file: after, say: by.length > 0 ? shown(after, (_, number) => number >= from && number < from + by.length) : [words.deleted(to - from + 1)] };
}

function substituted(file: LineFile, from: number, to: number, rule: string, words: FileWords): Answer {
  const mark = rule[0] ?? '';
  const [, old = '', by = '', flags = ''] = mark ? rule.split(mark) : [];
  if (!old) return { file, say: [words.sayAs] };
  const lines = file.lines.slice(from - 1, to).map((text) => flags.includes('g') ? text.replaceAll(old, by) : text.replace(old, () => by));
  if (lines.every((text, index) => text === file.lines[from - 1 + index])) return { file, say: [words.notThere(old)] };
  return changed(file, from, to, lines, words);
}

function inserting(file: LineFile, after: number, input: string): Answer {
  if (input.trim() === '.') return { file: { ...file, insertingAfter: undefined }, say: [] };
  const lines = [...file.lines.slice(0, after), input, ...file.lines.slice(after)];
  return { file: { ...file, lines, isChanged: true, insertingAfter: after + 1 }, say: [] };
}
