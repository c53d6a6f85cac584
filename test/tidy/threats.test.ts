/** The threat model promises tests: each of them exists. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const promised = [...readFileSync(resolve(ROOT, '.github/SECURITY.md'), 'utf8').matchAll(/`(test\/\S+\.ts)`: (.*?) \|$/gm)].map(([, file = '', name = '']) => [file, name] as const);

test('the threat model names a test for every threat', () => { expect(promised.length).toBeGreaterThan(15); });

test.each(promised)('%s holds: %s', (file, name) => {
  expect(readFileSync(resolve(ROOT, file), 'utf8').replaceAll("\\'", "'")).toContain(name);
});
