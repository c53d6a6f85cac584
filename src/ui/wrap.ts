/** Lines of styled text broken into rows. */
import { lineWidth, splitAt, type Line, type Piece } from './text.ts';

/** Breaks a line at spaces into rows of at most `columns`; rows after the first begin with `indent` spaces. */
export function wrapWords(pieces: Line, columns: number, indent = 0): Line[] {
  const rows: Piece[][] = [[]];
  let used = 0;
  for (const word of wordsOf(pieces)) {
    let rest = word;
    const width = lineWidth(rest);
    if (used > 0 && used + trimmedWidth(rest) > columns) {
      rows.push(indent ? [{ text: ' '.repeat(indent) }] : []);
      used = indent;
    }
    while (lineWidth(rest) > columns - used && trimmedWidth(rest) > columns - used && columns > used) {
      const [head, tail] = splitAt(rest, columns - used);
      rows.at(-1)!.push(...head);
      rows.push(indent ? [{ text: ' '.repeat(indent) }] : []);
      used = indent;
      rest = tail;
    }
    rows.at(-1)!.push(...rest);
    used += rest === word ? width : lineWidth(rest);
  }
  return rows.map(withoutTrailingSpace);
}

/** Breaks a line wherever the row is full, as terminals do. */
export function wrapHard(pieces: Line, columns: number): Line[] {
  const rows: Line[] = [];
  let rest = pieces;
  while (lineWidth(rest) > columns) {
    const [head, tail] = splitAt(rest, columns);
    if (head.length === 0) break;
    rows.push(head);
    rest = tail;
  }
  rows.push(rest);
  return rows;
}

/** Words with the spaces behind them; a word may change style inside. */
function wordsOf(pieces: Line): Line[] {
  const words: Piece[][] = [[]];
  for (const piece of pieces) {
    for (const part of piece.text.match(/ +|[^ ]+ */g) ?? []) {
      const last = words.at(-1)!;
      const previous = last.at(-1);
      if (previous && previous.text.endsWith(' ')) words.push([{ text: part, style: piece.style }]);
      else last.push({ text: part, style: piece.style });
    }
  }
  return words.filter((word) => word.length > 0);
}

function trimmedWidth(word: Line): number {
  return lineWidth(withoutTrailingSpace(word));
}

function withoutTrailingSpace(pieces: readonly Piece[]): Line {
  const last = pieces.at(-1);
  if (!last?.text.endsWith(' ') || pieces.length === 1 && last.text.trim() === '') return pieces;
  return [...pieces.slice(0, -1), { text: last.text.trimEnd(), style: last.style }];
}
