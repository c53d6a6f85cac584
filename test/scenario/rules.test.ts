/** Each rule of the facts on controllers has a test whose title begins with its number: section, then the place of the rule in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** How many rules each section has; what section 23 lists are gates, not rules. */
const RULES = [11, 15, 4, 5, 3, 10, 8, 15, 11, 18, 6, 3, 10, 7, 6, 4, 2, 11, 3, 4, 3, 5];
const FOLDERS = ['scenario', 'cluster', 'shell'];

const testsIn = (folder: string) => readdirSync(`test/${folder}`, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.test.ts')).map((path) => readFileSync(`test/${folder}/${path}`, 'utf8'));
const tested = new Set(FOLDERS.flatMap(testsIn).flatMap((text) => [...text.matchAll(/['"`]((?:\d+\.\d+ )+)\S/g)].flatMap((match) => match[1]!.trim().split(' '))));
const rules = RULES.flatMap((count, section) => Array.from({ length: count }, (_, rule) => `${section + 1}.${rule + 1}`));

test('every rule has a test that names it', () => {
  expect(rules.filter((rule) => !tested.has(rule))).toEqual([]);
});

test('no title of a scene names a rule that there is not', () => {
  const named = testsIn('scenario').flatMap((text) => [...text.matchAll(/(?:^test\(|^ {2}test\(|^\]\)\()['"`]((?:\d+\.\d+ )+)/gm)].flatMap((match) => match[1]!.trim().split(' ')));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((rule) => !rules.includes(rule))).toEqual([]);
});
