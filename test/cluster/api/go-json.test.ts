import { expect, test } from 'vitest';
import { goJsonProblem } from '../../../src/cluster/api/go-json.ts';

test.each([
  ['{bad json', "invalid character 'b' looking for beginning of object key string"],
  ['{"a": x}', "invalid character 'x' looking for beginning of value"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a": 1 "b": 2}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  ['{"a": 1}}', "invalid character '}' after top-level value"],
  ["{'a': 1}", "invalid character '\\'' looking for beginning of object key string"],
  ['nojson', "invalid character 'o' in literal null (expecting 'u')"],
  ['{"a": [1, {"b": null}', 'unexpected end of JSON input'],
])('of %s Go says %s', (text, problem) => expect(goJsonProblem(text)).toBe(problem));
