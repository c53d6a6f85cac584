/** Completion in a real bash: what Tab proposes is what the program knows. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const CLI = `${ROOT}/dist/cli.js`;
const kubeQuest = (...args: string[]): string => execFileSync('node', [CLI, ...args], { cwd: ROOT, encoding: 'utf8' });

/** What bash proposes for the last of the words. */
function proposed(...words: string[]): string[] {
  const script = 'source <(node "$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kube_quest; printf "%s\\n" "${COMPREPLY[@]}"';
  return execFileSync('bash', ['-c', script, CLI, ...words], { cwd: ROOT, encoding: 'utf8' }).split('\n').filter(Boolean);
}

test('every command that help names is proposed, and those that are hidden are not', () => {
  const named = [...kubeQuest('--help').split('Commands:')[1]!.matchAll(/^ {2}([a-z][\w-]*)/gm)].map((match) => match[1]!);
  expect(named).toContain('completion');
  expect(proposed('nowhere-on-the-path', '')).toEqual(expect.arrayContaining(named));
  expect(proposed('nowhere-on-the-path', '__')).toEqual([]);
  expect(proposed('nowhere-on-the-path', 'pack', 'in')).toEqual(['init']);
});

test.each([
  ['options of a command and of the program', ['run', '--s'], ['--seed', '--saves']],
  ['levels of the course', ['play', 'hello'], ['hello-cluster']],
  ['the value of an option', ['serve', '--level', 'hello'], ['hello-cluster']],
  ['the same after an equals sign, which bash makes a word', ['serve', '--level', '=', 'hello'], ['hello-cluster']],
  ['levels of the pack that is named', ['pack', 'play', 'templates/pack', 'open'], ['open-the-shop']],
  ['one level after another', ['session', 'new', '--levels', 'first-pod,hello'], ['first-pod,hello-cluster']],
  ['no level of a pack that is not there', ['pack', 'play', 'none-such', ''], []],
  ['files where one is wanted', ['run', '--cluster', 'package.j'], ['package.json']],
  ['choices', ['completion', ''], ['bash', 'zsh', 'fish']],
  ['no options after two dashes', ['play', '--', '--p'], []],
])('completes %s', (_, words, wanted) => {
  expect(proposed('nowhere-on-the-path', ...words)).toEqual(wanted);
});

test('a folder that was begun is completed beside the levels', () => {
  expect(proposed('nowhere-on-the-path', 'play', 'temp')).toEqual(expect.arrayContaining(['templates']));
});

test('the scripts for zsh and fish ask the same program', () => {
  for (const shell of ['zsh', 'fish']) expect(kubeQuest('completion', shell)).toMatch(/__complete -- /);
});
