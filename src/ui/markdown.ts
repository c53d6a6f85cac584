/** A small Markdown for briefings and debriefs, wrapped to a width: headings, lists, quotes, code, emphasis. */
import { EMPTY, type Line, type Piece } from './text.ts';
import { wrapHard, wrapWords } from './wrap.ts';
import type { Style, Theme } from './theme.ts';

type Block =
  | { type: 'paragraph' | 'heading' | 'quote'; text: string }
  | { type: 'item'; text: string; marker: string; depth: number }
  | { type: 'code'; lines: string[] };

/** The text as rows of at most `columns`, blocks apart by an empty row. */
export function markdown(source: string, columns: number, theme: Theme): Line[] {
  const rows: Line[] = [];
  let previous: Block | undefined;
  for (const block of blocksOf(source)) {
    if (previous && !(previous.type === 'item' && block.type === 'item')) rows.push(EMPTY);
    rows.push(...drawn(block, Math.max(8, columns), theme));
    previous = block;
  }
  return rows;
}

function drawn(block: Block, columns: number, theme: Theme): Line[] {
  switch (block.type) {
    case 'heading': return wrapWords(inline(block.text, 'heading'), columns);
    case 'paragraph': return wrapWords(inline(block.text), columns);
    case 'quote': return wrapWords(inline(block.text, 'dim'), columns - 2).map((row) => [{ text: `${theme.glyphs.quote} `, style: 'border' }, ...row]);
    case 'code': return block.lines.flatMap((text) => wrapHard([{ text, style: 'code' }], columns - 2)).map((row) => [{ text: '  ' }, ...row]);
    case 'item': {
      const lead = `${' '.repeat(block.depth * 2)}${block.marker || theme.glyphs.bullet} `;
      return wrapWords([{ text: lead, style: 'accent' }, ...inline(block.text)], columns, lead.length);
    }
  }
}

const FENCE = /^\s*```/;
const ITEM = /^(\s*)(?:[-*+]|(\d+[.)]))\s+(.*)$/;

function blocksOf(source: string): Block[] {
  const blocks: Block[] = [];
  let isOpen = false;
  const lines = source.replace(/\r\n?/g, '\n').split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const text = lines[index]!;
    if (FENCE.test(text)) {
      const end = lines.findIndex((candidate, at) => at > index && FENCE.test(candidate));
      blocks.push({ type: 'code', lines: lines.slice(index + 1, end < 0 ? lines.length : end) });
      index = end < 0 ? lines.length : end;
      isOpen = false;
      continue;
    }
    const block = blockOf(text);
    const last = blocks.at(-1);
    if (!block) isOpen = false;
    else if (isOpen && block.type === 'paragraph' && last && 'text' in last) last.text += ` ${block.text}`;
    else if (isOpen && block.type === 'quote' && last?.type === 'quote') last.text += ` ${block.text}`;
    else {
      blocks.push(block);
      isOpen = block.type !== 'heading' && block.type !== 'code';
    }
  }
  return blocks;
}

function blockOf(text: string): Block | undefined {
  if (text.trim() === '') return undefined;
  const heading = /^#{1,6}\s+(.*)$/.exec(text);
  if (heading) return { type: 'heading', text: heading[1]! };
  const quote = /^\s*>\s?(.*)$/.exec(text);
  if (quote) return { type: 'quote', text: quote[1]! };
  const item = ITEM.exec(text);
  if (item) return { type: 'item', depth: Math.floor(item[1]!.length / 2), marker: item[2] ?? '', text: item[3]! };
  return { type: 'paragraph', text: text.trim() };
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|(?<![\w])_([^_\s][^_]*)_(?!\w)|\[([^\]]+)\]\(([^)]+)\)/g;

/** Text with `code`, **strong**, *emphasis* and [links](to) as styled pieces. */
export function inline(text: string, style?: Style): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) pieces.push({ text: text.slice(at, match.index), style });
    pieces.push(...styled(match));
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), style });
  return pieces;
}

/** A sentence whose **strong** part has a style of its own. */
export function emphasized(text: string, style: Style, rest?: Style): Piece[] {
  return inline(text, rest).map((piece) => (piece.style === 'strong' ? { ...piece, style } : piece));
}

function styled([, code, strong, strong2, emphasis, emphasis2, label, target]: RegExpMatchArray): Piece[] {
  if (code) return [{ text: code, style: 'code' }];
  if (strong ?? strong2) return [{ text: (strong ?? strong2)!, style: 'strong' }];
  if (emphasis ?? emphasis2) return [{ text: (emphasis ?? emphasis2)!, style: 'accent' }];
  return label === target ? [{ text: label!, style: 'accent' }] : [{ text: label!, style: 'accent' }, { text: ` (${target})`, style: 'dim' }];
}
