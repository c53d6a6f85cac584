/** What a condition says of the world: whether it holds, which clause does not, and what was seen instead. */
import { describe, expect, test } from 'vitest';
import { compileCondition, ConditionError } from '../../../src/engine/checks/condition.ts';

const verdict = (text: string, values: Record<string, unknown>) => compileCondition(text, Object.keys(values)).evaluate(values);

test('the first clause that is false is named, with both of its sides', () => {
  expect(verdict('a == 1 && b == 2', { a: 1, b: 2 })).toEqual({ holds: true });
  expect(verdict('a == 1 && b.c == 2 && a == 3', { a: 1, b: { c: 5 } })).toEqual({ holds: false, clause: 'b.c == 2', seen: '5', wanted: { operator: '==', value: '2' } });
  expect(verdict('a.exists(x, x == 2)', { a: [1] })).toEqual({ holds: false, clause: 'a.exists(x, x == 2)' });
});

describe('both sides of a comparison', () => {
  test.each([
    ['a != 1', 1, '1', '!=', '1'], ['a >= 3', 1, '1', '>=', '3'], ['a <= 3', 4, '4', '<=', '3'], ['a > 3', 3, '3', '>', '3'], ['a < 3', 3, '3', '<', '3'],
    ['a == "x"', '', undefined, '==', 'x'], ['a == "x"', 'y', 'y', '==', 'x'], ['a == 1', null, undefined, '==', '1'], ['a == true', false, 'false', '==', 'true'], ['a == 1.5', 2.5, '2.5', '==', '1.5'],
    ['a == 1', [1, { b: 2 }], '[1,{"b":2}]', '==', '1'], ['size(a) == 2', [1], '1', '==', '2'], ['a == b', 1, '1', '==', '{"c":[3]}'],
  ])('%s of %j', (text, a, seen, operator, value) => expect(verdict(text, { a, b: { c: [3], d: undefined } })).toEqual({ holds: false, clause: text, seen, wanted: { operator, value } }));
});

test('what is missing is not so yet', () => {
  expect(verdict('a.b.c == 2', { a: {} })).toEqual({ holds: false, clause: 'a.b.c == 2', seen: undefined, wanted: { operator: '==', value: '2' } });
  expect(verdict('a[3].b == 2', { a: [1] })).toMatchObject({ holds: false });
  expect(verdict('a.b > 1', { a: null })).toMatchObject({ holds: false });
});

describe("the pack's mistakes", () => {
  test.each([
    ['a + 4', /^"a \+ 4" gives 5, not true or false$/],
    ['a = 2', /^"a = 2": [^\n]+$/],
    ['other == 2', /^"other == 2": [^\n]*other[^\n]*$/],
    ['a.startsWith("x")', /^"a\.startsWith\("x"\)": [^\n]+$/],
    [`a.all(x, x.all(y, y.all(z, z.all(${'w'.repeat(12)}, w == "${'v'.repeat(10)}"))))`, /^"a\.all[^…]*": loops 4 deep; 3 is the most$/],
  ])('%s', (text, message) => {
    const attempt = () => verdict(text, { a: 1 });
    expect(attempt).toThrow(ConditionError);
    expect(attempt).toThrow(message);
  });

  test('a text too long, of which the start is shown', () => {
    const long = `a == 1 ${'|| a == 2 '.repeat(400)}`;
    expect(() => verdict(long, { a: 1 })).toThrow(`"${long.slice(0, 80)}…": is longer than 3000 characters`);
  });

  test.each([[80, ''], [81, '…']])('a text of %i characters that loops too deep is shown whole or cut', (length, end) => {
    const text = 'a.all(x, x.all(y, y.all(z, z.all(w, w == "v"))))'.padEnd(length);
    expect(() => compileCondition(text, ['a'])).toThrow(`"${text.slice(0, 80)}${end}": loops 4 deep`);
  });

  test('is told when it is compiled, and nothing is neither true nor false', () => {
    expect(() => compileCondition('other == 2', ['a'])).toThrow(/^"other == 2": [^\n]*other/);
    expect(() => verdict('a', { a: null })).toThrow('"a" gives nothing, not true or false');
  });

  test('a loop over too much', () => {
    const text = 'a.all(x, a.all(y, x == y || x != y))';
    const list = (length: number) => ({ a: Array.from({ length }, (_, i) => i) });
    expect(verdict(text, list(20))).toEqual({ holds: true });
    expect(() => verdict(text, list(3000))).toThrow(`"${text}": looks at 3000 things 2 times over; that takes too long`);
    expect(() => verdict(text.replaceAll('a.', 'a.b.'), { a: { b: list(3000).a } })).toThrow('looks at 3000 things 2 times over');
  });
});

describe('a world as before', () => {
  const condition = (text: string) => compileCondition(text, ['a']);
  const asked = (text: string, first: unknown, second: unknown) => { const { evaluate } = condition(text); const before = evaluate({ a: first }); return evaluate({ a: second }) === before; };

  test.each<[string, unknown, unknown, boolean]>([
    ['the same number', 1, 1, true], ['another', 1, 2, false], ['the same words', { b: 'x' }, { b: 'x' }, true], ['a field more', { b: 1 }, { b: 1, c: 1 }, false], ['a field less', { b: 1, c: 1 }, { b: 1 }, false],
    ['another field', { b: 1, c: 1 }, { b: 1, c: 2 }, false], ['nothing then', null, { b: 1 }, false], ['nothing now', { b: 1 }, null, false], ['a word then', 'x', { b: 1 }, false],
    ['an equal copy of what is stored', { metadata: { resourceVersion: '1' } }, { metadata: { resourceVersion: '1' } }, false],
    ['an equal copy of what is not', { metadata: { name: 'x' } }, { metadata: { name: 'x' } }, true], ['no metadata', { metadata: null }, { metadata: null }, true],
  ])('%s', (name, first, second, isSame) => expect(asked(`a == "${name}"`, first, second)).toBe(isSame));

  test('a list that has grown in place is another', () => {
    const list = ['x'];
    const { evaluate } = condition('size(a) == 2');
    expect(evaluate({ a: list }).holds).toBe(false);
    list.push('y');
    expect(evaluate({ a: list }).holds).toBe(true);
  });
});
