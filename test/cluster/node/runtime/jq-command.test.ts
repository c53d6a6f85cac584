/** jq deletes what it is told to. */
import { expect, test } from 'vitest';
import { Runner } from '../../../../src/engine/run.ts';

const runner = await Runner.start({ seed: 4 });
await runner.run(`echo '{"a":[1,2,3],"b":{"c":2,"d":3},"l":[{"n":"x"},{"n":"y"}]}' > j`);

test.each([
  ['del(.a, .b.c)', '{"b":{"d":3},"l":[{"n":"x"},{"n":"y"}]}'],
  ['del(.a,.b,.l) | keys', '[]'],
  ['del(.a[0], .a[1]) | .a', '[3]'],
  ['del(.a[2], .b, .a[0]) | .a', '[2]'],
  ['del(.b, .b.c) | keys', '["a","l"]'],
  ['.b | del(.["c"], ."d")', '{}'],
  ['[.l[] | del(.n, .m)]', '[{},{}]'],
  ['del(.l[] | select(.n == "x")) | .l', '[{"n":"y"}]'],
  ['del((.b[] | select(. > 2)), .a, .l)', '{"b":{"c":2}}'],
  ['del(.b, .l[0] | .c, .n)', '{"a":[1,2,3],"b":{"d":3},"l":[{},{"n":"y"}]}'],
  ['del(.l[] | select(.n == "x" or (.n | startswith("q,)"))))', '{"a":[1,2,3],"b":{"c":2,"d":3},"l":[{"n":"y"}]}'],
  ['del(.l[] | .n) | .l', '[{},{}]'],
  ['del(.l[].n, .b) | .l', '[{},{}]'],
  ['del(.l[] | select(.n == "x") | .n) | .l', '[{},{"n":"y"}]'],
  ['[.l] | del(.[][0], .[][].n)', '[[{}]]'],
  ['del(.b[], .a[], .nope[]?.x, .none[]?) | .b, .a, has("nope")', '{}\n[]\nfalse'],
  ['del(.a) | del(.l, .b)', '{}'],
  ['del(.b.c) | .b', '{"d":3}'],
  ['{"s": "del(.a, .b)", "t": .a} | del(.t[0], .t[1])', '{"s":"del(.a, .b)","t":[3]}'],
  ['def model(a; b): a; del(.l[0].n, .a) | .l', '[{},{"n":"y"}]'],
])('jq %s', async (filter, expected) => {
  expect(await runner.run(`jq -c '${filter}' j`)).toMatchObject({ stdout: `${expected}\n`, stderr: '' });
});
