import { describe, expect, test } from 'vitest';
import { completed, editLine, EMPTY_LINE, lineOf, type EditedLine } from '../../src/ui/line-editor.ts';
import { editViLine, toCommands } from '../../src/ui/line-editor-vi.ts';
import { KeyParser } from '../../src/ui/terminal/key-parser.ts';

const HISTORY = ['kubectl get nodes', 'kubectl get pods', 'kubectl logs web'];

/** The line after typing raw input into it. */
function typed(start: EditedLine, ...input: string[]): EditedLine {
  const parser = new KeyParser();
  const keys = input.flatMap((text) => [...parser.push(text), ...parser.flush()]);
  return keys.reduce((line, key) => editLine(line, key, HISTORY) ?? line, start);
}

/** `a|b` is a line with the cursor between a and b. */
const shown = ({ text, cursor }: EditedLine) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;

test.each([
  ['letters go in at the cursor', 'get pods', ['\x1b[D', '\x1b[D', 'x'], 'get pox|ds'],
  ['Backspace is 0x7f', 'get', ['\x7f'], 'ge|'],
  ['Delete takes the character under the cursor', 'get', ['\x01', '\x1b[3~'], '|et'],
  ['Ctrl-A and Ctrl-E go to the ends', 'get', ['\x01', 'a', '\x05', 'z'], 'agetz|'],
  ['Ctrl-W takes a word up to a space', 'get pods/web-1 ', ['\x17'], 'get |'],
  ['Alt-Backspace takes letters and digits only', 'get pods/web-1', ['\x1b\x7f'], 'get pods/web-|'],
  ['Ctrl-U takes all before the cursor', 'get pods', ['\x1b[D', '\x15'], '|s'],
  ['Ctrl-K takes all behind it, Ctrl-Y brings it back', 'get pods', ['\x01', '\x0b', 'x', '\x19'], 'xget pods|'],
  ['Alt-b and Alt-f go by words', 'get the-pods now', ['\x1bb', '\x1bb', 'x'], 'get the-x|pods now'],
  ['Ctrl-Right goes by words', 'get pods', ['\x01', '\x1b[1;5C'], 'get| pods'],
  ['a character of two units is one', 'a😀b', ['\x1b[D', '\x7f'], 'a|b'],
  ['Ctrl-T swaps', 'gte', ['\x1b[D', '\x14'], 'get|'],
])('%s', (_, text, input, after) => {
  expect(shown(typed(lineOf(text), ...input))).toBe(after);
});

test('Up walks the history, Down comes back to what was typed', () => {
  const up = typed(lineOf('draft'), '\x1b[A', '\x1b[A');
  expect(shown(up)).toBe('kubectl get pods|');
  expect(shown(typed(up, '\x1b[A', '\x1b[A'))).toBe('kubectl get nodes|');
  expect(shown(typed(up, '\x1b[B', '\x1b[B'))).toBe('draft|');
});

test('Ctrl-R finds the newest line with the text, again an older one, Escape gives the draft back', () => {
  const found = typed(lineOf('draft'), '\x12', 'get');
  expect(found.text).toBe('kubectl get pods');
  expect(typed(found, '\x12').text).toBe('kubectl get nodes');
  expect(typed(found, '\x12', '\x12').search?.hasFailed).toBe(true);
  expect(shown(typed(found, '\x1b'))).toBe('draft|');
  expect(shown(typed(found, '\x05'))).toBe('kubectl get pods|');
});

test('keys that mean nothing to the line are left to others', () => {
  expect(editLine(EMPTY_LINE, { id: 'f1', text: '' }, [])).toBeUndefined();
  expect(editLine(EMPTY_LINE, { id: 'alt-h', text: '' }, [])).toBeUndefined();
});

test('Tab puts in the one word that fits, or what all have in common, and lists them', () => {
  const one = completed(lineOf('kubectl get po'), { from: 12, replacements: ['pods '] });
  expect(shown(one)).toBe('kubectl get pods |');
  const many = completed(lineOf('kubectl get n'), { from: 12, replacements: ['nodes ', 'node-a '] });
  expect(shown(many)).toBe('kubectl get node|');
  expect(many.choices).toEqual(['nodes ', 'node-a ']);
  expect(typed(many, 's').choices).toBeUndefined();
  expect(completed(lineOf('x'), { from: 0, replacements: [] })).toEqual(lineOf('x'));
});

describe('the commands of vi', () => {
  const typed = (text: string, keys: string, history: string[] = []) => [...keys].reduce(
    (line, character) => (line.vi ? editViLine(line, { id: character === ' ' ? 'space' : character, text: character }, history) : editLine(line, { id: character, text: character }, history)) ?? line,
    toCommands(lineOf(text)),
  );
  test.each([
    ['kubectl get pods', 'b', 'kubectl get pods', 12], ['kubectl get pods', '0w', 'kubectl get pods', 8], ['kubectl get pods', '0e', 'kubectl get pods', 6],
    ['kubectl get pods', '0dw', 'get pods', 0], ['kubectl get pods', 'bcwnodes', 'kubectl get nodes', 17], ['kubectl get pods', '0wD', 'kubectl ', 7],
    ['kubectl get pods', 'dd', '', 0], ['kubectl get pods', 'x', 'kubectl get pod', 14], ['ab', 'xp', 'ab', 1], ['ab', 'rc', 'ac', 1], ['pods', 'Ikubectl get ', 'kubectl get pods', 12], ['pod', 'As', 'pods', 4],
    ['pods', 'qZ', 'pods', 3],
  ])('%s, then %s', (text, keys, wanted, cursor) => {
    expect(typed(text, keys)).toMatchObject({ text: wanted, cursor });
  });
  test('k and j walk the history', () => {
    expect(typed('', 'kk', ['one', 'two']).text).toBe('one');
    expect(typed('', 'kkj', ['one', 'two']).text).toBe('two');
  });
});
