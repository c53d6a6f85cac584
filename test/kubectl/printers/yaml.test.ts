import { expect, test } from 'vitest';
import { goYaml } from '../../../src/kubectl/printers/yaml.ts';

const scalars: [value: unknown, text: string][] = [
  ['web', 'web'], ['', '""'], ['true', '"true"'], ['y', '"y"'], ['No', '"No"'], ['null', '"null"'], ['80', '"80"'], ['1.27', '"1.27"'], ['1e3', '"1e3"'],
  ['0x1f', '"0x1f"'], ['08', '"08"'], ['1:20', '"1:20"'], ['nginx:1.27', 'nginx:1.27'], ['2026-11-23T17:41:04Z', '"2026-11-23T17:41:04Z"'], ['2026-11-23', '"2026-11-23"'],
  ['a: b', "'a: b'"], ['a #b', "'a #b'"], ['#b', "'#b'"], ['*/5 * * * *', "'*/5 * * * *'"], ["it's", "it's"], ["- it's", "'- it''s'"], ['-e', '-e'], ['-', "'-'"],
  [' x', "' x'"], ['a\tb', '"a\\tb"'], ['{}', "'{}'"], ['@x', "'@x'"], ['100m', '100m'], ['1Gi', '1Gi'], [true, 'true'], [5, '5'], [0.5, '0.5'], [null, 'null'], [[], '[]'], [{}, '{}'],
  ['a\nb', '|-\n  a\n  b'], ['a\nb\n', '|\n  a\n  b'], ['a\n\n', '|+\n  a\n'], ['a \nb', '"a \\nb"'], ['a\n\tb', '"a\\n\\tb"'],
];

test.each(scalars)('a value %j is written as %j', (value, text) => {
  expect(goYaml({ v: value })).toBe(`v: ${text}\n`);
});

test('lists are not indented below their key, and keys are sorted', () => {
  expect(goYaml({ spec: { containers: [{ name: 'a', args: ['x', ['y', 'z']], image: 'i' }] }, kind: 'Pod' }))
    .toBe('kind: Pod\nspec:\n  containers:\n  - args:\n    - x\n    - - "y"\n      - z\n    image: i\n    name: a\n');
});

test('keys with numbers are in natural order', () => {
  expect(goYaml({ 'a10': 1, 'a2': 2, 'a-b': 3, 'a.b': 4 })).toBe('a-b: 3\na.b: 4\na2: 2\na10: 1\n');
});

test('long text breaks at the first space past column 80', () => {
  const text = 'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics';
  expect(goYaml({ status: { conditions: [{ message: text }] } })).toBe(
    "status:\n  conditions:\n  - message: 'the HPA was unable to compute the replica count: failed to get cpu utilization:\n      unable to get metrics'\n");
});
