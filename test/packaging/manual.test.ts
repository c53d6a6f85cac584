/** The manual page: every command and option that the program has stands in it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const page = readFileSync(`${ROOT}/dist/kube-quest.1`, 'utf8');
const text = page.replaceAll('\\-', '-');
const help = (...command: string[]): string => execFileSync('node', [`${ROOT}/dist/cli.js`, ...command, '--help'], { encoding: 'utf8' });
const listed = (said: string): string[] => [...(said.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z][\w-]*)/gm)].map((match) => match[1]!);

test('has every command, and those below it, with their options', () => {
  const commands = listed(help()).filter((name) => name !== 'help');
  const paths = commands.flatMap((name) => [[name], ...(name === 'pack' || name === 'session' ? listed(help(name)).filter((below) => below !== 'help').map((below) => [name, below]) : [])]);
  expect(paths.length).toBeGreaterThan(25);
  for (const path of paths) expect(text).toContain(`.SS "kube-quest ${path.join(' ')} `);
  for (const [option] of help('serve').matchAll(/--[a-z][\w-]*/g)) if (option !== '--help') expect(text).toContain(option);
});

test('hides what is hidden, and has no line that a formatter takes for another request', () => {
  expect(text).not.toContain('__');
  const requests = new Set(page.split('\n').filter((line) => /^[.']/.test(line)).map((line) => line.split(' ')[0]));
  expect([...requests].sort()).toEqual(['.B', '.BR', '.I', '.SH', '.SS', '.TH', '.TP']);
});

test('is where package.json says', () => {
  expect(JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')).man).toBe('./dist/kube-quest.1');
});
