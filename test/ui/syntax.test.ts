/** Colours of commands and of what they print: nothing is lost, and each language is known by its beginning. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TerminalLine } from '../../src/engine/view.ts';
import { editLine, lineOf, suggestionFor } from '../../src/ui/line-editor.ts';
import { commandPieces } from '../../src/ui/syntax/command-line.ts';
import { outputPieces } from '../../src/ui/syntax/output.ts';
import type { Line } from '../../src/ui/text.ts';

const textOf = (pieces: Line) => pieces.map(({ text }) => text).join('');
/** Where a text appears in pieces, its style. */
const styleOf = (pieces: Line, text: string) => pieces.find((piece) => piece.text === text)?.style;
const transcript = (typed: string, ...output: string[]): TerminalLine[] => [{ spans: [{ text: '$ ', style: 'good' }, { text: typed, style: 'typed' }] }, ...output.map((text) => ({ spans: [{ text }] }))];

test('no letter of a command or of any output is lost', () => {
  const letters = fc.string({ unit: fc.constantFrom('k', ' ', '-', '"', "'", '$', '(', '|', '\\', ':', '{', '}', ',', '1', '#', 'é', '漢', '😀') });
  fc.assert(fc.property(letters, (text) => { expect(textOf(commandPieces(text))).toBe(text); }));
  for (const begin of ['apiVersion: v1', '{', 'NAME   READY', '--- a']) {
    fc.assert(fc.property(letters, (text) => { expect(textOf(outputPieces(transcript('x', begin, text), 2))).toBe(text); }));
  }
});

test('a command shows its verb, options, strings, variables and joints', () => {
  const pieces = commandPieces(`kubectl get pods -n shop -o jsonpath='{.items}' | grep "$X" && echo $HOME # why`);
  expect(styleOf(pieces, 'kubectl')).toBe('strong');
  expect(styleOf(pieces, 'get')).toBe('accent');
  expect(styleOf(pieces, 'pods')).toBeUndefined();
  expect(styleOf(pieces, '-n')).toBe('code');
  expect(styleOf(pieces, "'{.items}'")).toBe('good');
  expect(styleOf(pieces, 'grep')).toBe('strong');
  expect(styleOf(pieces, '&&')).toBe('dim');
  expect(styleOf(pieces, '$HOME')).toBe('warning');
  expect(styleOf(pieces, '# why')).toBe('dim');
});

test('tables show headings and states', () => {
  const lines = transcript('kubectl get pods', 'NAME    READY   STATUS             RESTARTS      AGE', 'web-1   1/1     Running            0             5s', 'web-2   0/1     CrashLoopBackOff   3 (2s ago)    5s');
  expect(outputPieces(lines, 1)).toEqual([{ text: textOf(outputPieces(lines, 1)), style: 'heading' }]);
  expect(styleOf(outputPieces(lines, 2), 'Running')).toBe('good');
  expect(styleOf(outputPieces(lines, 3), 'CrashLoopBackOff')).toBe('bad');
});

test('YAML, JSON and differences are told apart, also one after the other', () => {
  const lines = transcript('x', 'apiVersion: v1', '  replicas: 3', '  - name: "web"', '{', '  "replicas": 3, "on": true', '--- a', '-replicas: 2', '+replicas: 3');
  expect(styleOf(outputPieces(lines, 2), '3')).toBe('warning');
  expect(styleOf(outputPieces(lines, 3), 'name:')).toBe('accent');
  expect(styleOf(outputPieces(lines, 5), '"replicas"')).toBe('accent');
  expect(styleOf(outputPieces(lines, 5), 'true')).toBe('warning');
  expect(outputPieces(lines, 8)).toEqual([{ text: '+replicas: 3', style: 'good' }]);
});

test('prose stays as it is, and a new command begins anew', () => {
  const lines = [...transcript('cat web.yaml', 'apiVersion: v1'), ...transcript('echo', 'name: 3')];
  expect(outputPieces(lines, 3)).toEqual([{ text: 'name: 3', style: undefined }].map(({ text }) => ({ text })));
});

test('the history suggests, Right takes it, Alt-f a word of it', () => {
  const history = ['kubectl get pods -A', 'kubectl get nodes -o wide'];
  const line = lineOf('kubectl g');
  expect(suggestionFor(line, history)).toBe('et nodes -o wide');
  expect(editLine(line, { id: 'right', text: '' }, history)?.text).toBe('kubectl get nodes -o wide');
  expect(editLine(line, { id: 'alt-f', text: '' }, history)?.text).toBe('kubectl get');
  expect(suggestionFor({ ...line, cursor: 3 }, history)).toBe('');
  expect(suggestionFor(lineOf(''), history)).toBe('');
});
