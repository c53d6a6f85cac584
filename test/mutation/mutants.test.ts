/** Which mistakes are made of a text, and that the program that holds them all is the program as it was while none acts. */
import { expect, test } from 'vitest';
import { mutantsOf, withSwitches } from './mutants.ts';

const made = (code: string) => mutantsOf(code).map(({ start, end, text }) => code.slice(0, start) + text + code.slice(end));

test.each([
  ['a < b;', ['a <= b;', 'a >= b;', '']], ['f(a && b);', ['', 'f(a || b);']], ['x = a ?? 0;', ['', 'x = a;', 'x = 0;', 'x = a ?? 1;']], ['const x = a?.b;', ['const x = a.b;']], ['const x = (a as B)?.[c];', ['const x = (a as B)[c];']], ['const x = a.toString();', []],
  ['const x = c ? a : b;', ['const x = true ? a : b;', 'const x = false ? a : b;']], ['const x = l.some(f);', ['const x = l.every(f);']], ['const x = l.filter(f);', ['const x = l;']],
  ['const x: "a" | 1 = y as "b";', []], ["import { a } from 'b';", []], ['const x = { a: !b };', ['const x = { a: b };']], ['const x = `a${b}` + c;', ['const x = `` + c;']],
])('%s', (code, wanted) => expect(made(code).toSorted()).toEqual(wanted.toSorted()));

const PROGRAM = 'let n = 0; for (const x of [1, 2, 3]) { if (x > 1) n += x; else n -= 5; } return `${n}${[1, 2].map((x) => (x === 2 ? "b" : "c")).join("-")}${null?.a.b.filter(f) ?? "none"}`;';

/** What the program gives with one of its mutants. */
function outcome(active: number): unknown {
  const code = `export function f() { ${PROGRAM} }`;
  const text = withSwitches(code, mutantsOf(code), 0).replace('export ', '');
  return Reflect.construct(Function, ['__mutant', `${text} return f();`])((id: number) => id === active);
}

test('with no mutant it is the same program, with another the mistake', () => {
  expect(outcome(-1)).toBe('0c-bnone');
  const code = `export function f() { ${PROGRAM} }`;
  const at = mutantsOf(code).findIndex(({ text, start }) => text === '>=' && code.slice(0, start).endsWith('x '));
  expect(outcome(at)).toBe('6c-bnone');
});
