import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { markdown } from '../../src/ui/markdown.ts';
import { harmless } from '../../src/ui/painter.ts';
import { cut, fit, line, lineWidth, marked, overlaid, type Line } from '../../src/ui/text.ts';
import { wrapHard, wrapWords } from '../../src/ui/wrap.ts';
import { createTheme } from '../../src/ui/theme.ts';

const plain = (rows: readonly Line[]) => rows.map((row) => row.map((piece) => piece.text).join(''));
const theme = createTheme('none', DEFAULT_SETTINGS);
const pieces = fc.array(fc.record({ text: fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', 'é', '漢', '😀') }) }), { maxLength: 6 });

test('no row is wider than it may be', () => {
  fc.assert(fc.property(pieces, fc.integer({ min: 4, max: 30 }), (text, columns) => {
    for (const row of [...wrapWords(text, columns), ...wrapHard(text, columns), cut(text, columns, '…')]) expect(lineWidth(row)).toBeLessThanOrEqual(columns);
    expect(lineWidth(fit(text, columns, '…'))).toBe(columns);
  }));
});

test('wrapping where the row is full loses nothing', () => {
  fc.assert(fc.property(pieces, fc.integer({ min: 4, max: 30 }), (text, columns) => {
    expect(plain(wrapHard(text, columns)).join('')).toBe(plain([text]).join(''));
  }));
});

test('words stay whole where they fit', () => {
  expect(plain(wrapWords(line('the quick brown fox'), 10))).toEqual(['the quick', 'brown fox']);
  expect(plain(wrapWords([{ text: 'a `' }, { text: 'code', style: 'code' }, { text: '`, b' }], 7))).toEqual(['a', '`code`,', 'b']);
  expect(plain(wrapWords(line('- some item that is long'), 12, 2))).toEqual(['- some item', '  that is', '  long']);
});

test('what a program prints cannot move the cursor', () => {
  expect(harmless('a\x1b[2Jb\x1b]0;title\x07c\r\x07\x00d\x1b[31me\x1b[0m')).toBe('abcde');
  expect(harmless('NAME\tREADY')).toBe('NAME    READY');
});

test('a card lies over a line, even across wide characters', () => {
  expect(plain([overlaid(line('abcdefgh'), line('XY'), 3)])).toEqual(['abcXYfgh']);
  expect(plain([overlaid(line('ab'), line('XY'), 4)])).toEqual(['ab  XY']);
});

test('the cursor marks a character, or a space behind the last', () => {
  expect(marked(line('abc'), 1, 'cursor')).toEqual([{ text: 'a' }, { text: 'b', style: 'cursor' }, { text: 'c' }]);
  expect(marked(line('abc'), 3, 'cursor').at(-1)).toEqual({ text: ' ', style: 'cursor' });
});

test('Markdown becomes rows: headings, lists, quotes, code', () => {
  const source = '# Title\n\nSome **bold** and `code`\nthat goes on.\n\n- one item\n  - inner\n1. first\n\n> a quote\n\n```\n  kept  as is\n```\n';
  expect(plain(markdown(source, 30, theme))).toEqual([
    'Title', '', 'Some bold and code that goes', 'on.', '', '• one item', '  • inner', '1. first', '', '│ a quote', '', '    kept  as is',
  ]);
});
