import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyParser } from '../../src/ui/terminal/key-parser.ts';

const ids = (...chunks: string[]) => {
  const parser = new KeyParser();
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.flush()].map((key) => key.id);
};

test.each([
  ['a', ['a']], ['A ', ['A', 'space']], ['\r', ['enter']], ['\t', ['tab']], ['\x7f', ['backspace']], ['\b', ['ctrl-h']], ['\x03', ['ctrl-c']],
  ['\x1b', ['escape']], ['\x1b\x1b', ['escape', 'escape']], ['\x1b[A', ['up']], ['\x1bOA', ['up']], ['\x1b[1;5C', ['ctrl-right']], ['\x1b[1;3D', ['alt-left']],
  ['\x1b[3~', ['delete']], ['\x1b[5~', ['pageup']], ['\x1b[Z', ['shift-tab']], ['\x1bOP', ['f1']], ['\x1b[11~', ['f1']], ['\x1b[[A', ['f1']], ['\x1b[15~', ['f5']],
  ['\x1bh', ['alt-h']], ['\x1b\x7f', ['alt-backspace']], ['\x1b\r', ['alt-enter']], ['é', ['é']], ['😀', ['😀']], ['abc', ['a', 'b', 'c']],
  ['\x1b[<0;10;10M', ['click']], ['\x1b[I', []], ['\x1b[99;5u', ['ctrl-c']], ['\x1b[27u', ['escape']], ['\x1b[', ['alt-[']],
] as const)('%j is %j', (input, expected) => {
  expect(ids(input)).toEqual(expected);
});

test('a paste is one key, however it is cut into pieces', () => {
  const input = '\x1b[200~get po\rget \x1b[31mno\r\x1b[201~x';
  fc.assert(fc.property(fc.array(fc.nat(input.length), { maxLength: 6 }), (cuts) => {
    const places = [0, ...cuts.sort((a, b) => a - b), input.length];
    const parser = new KeyParser();
    const keys = places.slice(1).flatMap((end, index) => parser.push(input.slice(places[index], end)));
    expect(keys).toEqual([{ id: 'paste', text: 'get po\rget \x1b[31mno\r' }, { id: 'x', text: 'x' }]);
  }));
});

test('a sequence that comes in two pieces is one key', () => {
  expect(ids('\x1b', '[A')).toEqual(['up']);
  expect(ids('\x1b[1;', '5C')).toEqual(['ctrl-right']);
});
