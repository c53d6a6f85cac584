/** What stands in strings is neither an operator nor a bracket. */
import { describe, expect, it } from 'vitest';
import { splitConjunction } from '../../../src/engine/checks/condition.ts';
import { assertBounded, costOf } from '../../../src/engine/checks/cost.ts';

describe('a conjunction', () => {
  it.each([
    ['a && b', ['a', 'b']],
    ['size(a) == 1 && b.all(x, x && y) && c', ['size(a) == 1', 'b.all(x, x && y)', 'c']],
    ['a == "x && y" && b', ['a == "x && y"', 'b']],
    ["a == 'it\\'s && so (' && b", ["a == 'it\\'s && so ('", 'b']],
    ['a && b || c', ['a && b || c']],
    [' a || b ', ['a || b']],
    ['(a || b) && c == "||"', ['(a || b)', 'c == "||"']],
  ])('%s', (text, clauses) => expect(splitConjunction(text)).toEqual(clauses));
});

describe('a cost', () => {
  it.each([
    ['a.b == 1', 0], ['a.all(x, x > 1)', 1], ['a.all(x, x.b.exists(y, y))', 2], ['a == ".all(x.all("', 0], ['a.all(x, x == ".map(") && b.map(y, y) == []', 1],
  ])('%s loops %i deep', (text, depth) => expect(costOf(text).depth).toBe(depth));

  it('is refused beyond three loops', () => {
    expect(assertBounded('a.all(x, x.all(y, y.all(z, z.all(w, w))))')).toBe('loops 4 deep; 3 is the most');
    expect(assertBounded('a.all(x, x.all(y, y.all(z, z == ".all(")))')).toBeUndefined();
  });

  it('grows with the text, and with the longest list by the depth of its loops', () => {
    expect(costOf('a.b == 1').of(1000)).toBe(0);
    expect(costOf('a.all(x, x == 123456)').of(1)).toBe(10.5); // the list written out has two items
    expect(costOf('a.all(x, x.all(y, y))').of(100)).toBe(52_500);
    expect(costOf('a.all(x, x)').of(100)).toBe(275);
  });

  it('is bounded by the length of the text', () => {
    expect(assertBounded('a'.repeat(3000))).toBeUndefined();
    expect(assertBounded('a'.repeat(3001))).toBe('is longer than 3000 characters');
  });

  it.each([
    ['a.matches("^x+$")', undefined],
    ["a.matches('^x+$')", undefined],
    ['a.matches(b)', 'matches() needs its pattern written out in quotes'],
    ['a.matches("(x+)+")', /^the pattern "\(x\+\)\+" ./],
    ["a.matches('(x+)+')", /^the pattern "\(x\+\)\+" ./],
    ['a.matches(r"(\\d+)+")', /^the pattern "\(\\d\+\)\+" ./],
    ['a.matches("(\\\\(+)")', undefined],
    ['a.matches("x") && b.matches("(x+)+")', /^the pattern/],
  ])('of the pattern in %s', (text, wanted) => (wanted instanceof RegExp ? expect(assertBounded(text)).toMatch(wanted) : expect(assertBounded(text)).toBe(wanted)));
});
