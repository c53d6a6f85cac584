/** The name in large letters: four by eight dots a letter, two of them a character. */
import { line, type Line } from '../text.ts';
import type { Theme } from '../theme.ts';

const LETTERS: Record<string, readonly string[]> = {
  k: ['#...', '#...', '#..#', '#.#.', '##..', '#.#.', '#..#', '....'],
  u: ['....', '....', '#..#', '#..#', '#..#', '#..#', '.###', '....'],
  b: ['#...', '#...', '###.', '#..#', '#..#', '#..#', '###.', '....'],
  e: ['....', '....', '.##.', '#..#', '####', '#...', '.###', '....'],
  q: ['....', '....', '.###', '#..#', '#..#', '#..#', '.###', '...#'],
  s: ['....', '....', '.###', '#...', '.##.', '...#', '###.', '....'],
  t: ['.#..', '.#..', '####', '.#..', '.#..', '.#..', '..##', '....'],
  '-': ['....', '....', '....', '....', '.##.', '....', '....', '....'],
};

const DOT_ROWS = 8;

/** Four rows of block characters, or one row of text where there are none. */
export function logoRows(theme: Theme, word = 'kube-quest'): Line[] {
  if (theme.glyphs.box.across === '-') return [line([...word].join(' '), 'logo')];
  const dots = Array.from({ length: DOT_ROWS }, (_, row) => [...word].map((letter) => LETTERS[letter]?.[row] ?? '....').join('.'));
  return Array.from({ length: DOT_ROWS / 2 }, (_, row) => line(halfBlocks(dots[row * 2]!, dots[row * 2 + 1]!), 'logo'));
}

function halfBlocks(upper: string, lower: string): string {
  return [...upper].map((dot, index) => BLOCKS[dot + lower[index]!] ?? ' ').join('');
}

const BLOCKS: Record<string, string> = { '##': '█', '#.': '▀', '.#': '▄', '..': ' ' };
