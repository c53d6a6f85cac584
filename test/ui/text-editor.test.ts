import { expect, test } from 'vitest';
import { editText, openText, textOf, type TextEditor } from '../../src/ui/text-editor.ts';
import { KeyParser } from '../../src/ui/terminal/key-parser.ts';

const TEXT = 'spec:\n  replicas: 3\n  template:\n    app: web\n';

function after(style: 'vi' | 'nano', ...input: string[]): TextEditor {
  return more(openText('web.yaml', TEXT, style), ...input);
}

function more(editor: TextEditor, ...input: string[]): TextEditor {
  const parser = new KeyParser();
  return input.flatMap((text) => [...parser.push(text), ...parser.flush()]).reduce(editText, editor);
}

const ESC = '\x1b';

test.each([
  ['x deletes under the cursor', ['j$x'], 'spec:\n  replicas: \n  template:\n    app: web\n'],
  ['r replaces', ['j$r5'], 'spec:\n  replicas: 5\n  template:\n    app: web\n'],
  ['dd deletes a line, a count deletes more', ['2dd'], '  template:\n    app: web\n'],
  ['dG deletes to the end', ['jdG'], 'spec:\n'],
  ['p puts it back below', ['ddjp'], '  replicas: 3\n  template:\nspec:\n    app: web\n'],
  ['yy and p copy', ['yyp'], 'spec:\nspec:\n  replicas: 3\n  template:\n    app: web\n'],
  ['o opens a line with the indent above', ['jo', 'paused: true', ESC], 'spec:\n  replicas: 3\n  paused: true\n  template:\n    app: web\n'],
  ['O opens above', ['O', '# x', ESC], '# x\nspec:\n  replicas: 3\n  template:\n    app: web\n'],
  ['A appends', ['jA', '0', ESC], 'spec:\n  replicas: 30\n  template:\n    app: web\n'],
  ['cw changes a word', ['jwwcw', '5', ESC], 'spec:\n  replicas5 3\n  template:\n    app: web\n'],
  ['D cuts to the end', ['jwD'], 'spec:\n  \n  template:\n    app: web\n'],
  ['u takes back, Ctrl-R does again', ['dddd', 'u', 'u', '\x12'], '  replicas: 3\n  template:\n    app: web\n'],
  ['/ finds, n goes on, around the end', ['/e:\r', 'n', 'x'], 'spec:\n  replicas: 3\n  templat:\n    app: web\n'],
  ['G and gg go to the ends', ['Gddgg', 'x'], 'pec:\n  replicas: 3\n  template:\n'],
  [':s substitutes in the line', [':2\r', ':s/3/5/\r'], 'spec:\n  replicas: 5\n  template:\n    app: web\n'],
  [':%s substitutes everywhere', [':%s/e/E/g\r'], 'spEc:\n  rEplicas: 3\n  tEmplatE:\n    app: wEb\n'],
  ['J joins', ['J'], 'spec: replicas: 3\n  template:\n    app: web\n'],
  ['a paste goes in', ['i', '\x1b[200~a\nb\x1b[201~', ESC], 'a\nbspec:\n  replicas: 3\n  template:\n    app: web\n'],
])('vi: %s', (_, input, expected) => {
  expect(textOf(after('vi', ...input))).toBe(expected);
});

test('vi: :wq writes and closes, :q refuses with changes, :q! gives them up', () => {
  const saved = after('vi', 'dd', ':wq\r');
  expect(saved).toMatchObject({ isClosed: true, written: '  replicas: 3\n  template:\n    app: web\n' });
  const refused = after('vi', 'dd', ':q\r');
  expect(refused).toMatchObject({ isClosed: false, message: expect.stringContaining('E37') });
  expect(more(refused, ':q!\r')).toMatchObject({ isClosed: true, written: undefined });
});

test('vi: what is not a command says so, and Escape leaves the command line', () => {
  expect(after('vi', ':nonsense\r').message).toBe('E492: Not an editor command: nonsense');
  expect(after('vi', ':wq', ESC)).toMatchObject({ mode: 'normal', isClosed: false });
});

test('nano: letters go in, Ctrl-K cuts, Ctrl-U pastes', () => {
  expect(textOf(after('nano', 'x'))).toBe(`x${TEXT}`);
  expect(textOf(after('nano', '\x0b', '\x1b[B', '\x15'))).toBe('  replicas: 3\nspec:\n  template:\n    app: web\n');
});

test('nano: Ctrl-O writes, Ctrl-X asks about changes that were not written', () => {
  expect(after('nano', 'x', '\x0f', '\x18')).toMatchObject({ isClosed: true, written: `x${TEXT}` });
  const asked = after('nano', 'x', '\x18');
  expect(asked).toMatchObject({ isClosed: false, mode: 'question' });
  expect(more(asked, 'n')).toMatchObject({ isClosed: true, written: undefined });
  expect(more(asked, 'y')).toMatchObject({ isClosed: true, written: `x${TEXT}` });
  expect(after('nano', '\x18')).toMatchObject({ isClosed: true, written: undefined });
});

test('nano: Ctrl-W finds', () => {
  expect(after('nano', '\x17', 'templ', '\r')).toMatchObject({ row: 2, column: 2 });
});

test('a read-only file cannot be changed or written', () => {
  const editor = more(openText('a', 'text\n', 'vi', true), 'dd', 'x', ':w\r');
  expect(textOf(editor)).toBe('text\n');
  expect(editor.message).toContain('read-only');
});

test('an empty file stays empty', () => {
  expect(textOf(openText('a', '', 'vi'))).toBe('');
});
