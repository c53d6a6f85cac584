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
});
