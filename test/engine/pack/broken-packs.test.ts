/** Packs with one thing wrong: each gets its one clear message, with the place; hostile ones harm nothing. */
import { describe, expect, test } from 'vitest';
import { lintPack } from '../../../src/engine/pack/lint/lint.ts';
import { loadPack } from '../../../src/engine/pack/load.ts';
import { formatProblem } from '../../../src/engine/pack/problems.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import { newAttempt } from '../../../src/engine/mission/attempt.ts';
import { filesOf, folderOf, LEVEL, PACK } from './small-pack.ts';

const SCENE = 'basics/01-two.yaml';
const change = (from: string, to: string) => ({ [SCENE]: LEVEL.replace(from, to) });
const second = (text: string) => ({ 'basics/02-three.yaml': text });

/** Message of everything wrong that must be mended. */
function said(files: Readonly<Record<string, string>>): string {
  return lintPack(folderOf(filesOf(files))).problems.filter(({ severity }) => severity !== 'warning').map(formatProblem).join('\n');
}

const BROKEN: readonly (readonly [what: string, files: Readonly<Record<string, string>>, message: string])[] = [
  ['a misspelt field', change('briefing:', 'breifing:'), `${SCENE}:15:1: the file: unknown field "breifing"; did you mean "briefing"?`],
  ['a field that is missing', change('difficulty: 1\n', ''), `${SCENE}:1:1: the file: "difficulty" is missing`],
  ['a number out of range', change('difficulty: 1', 'difficulty: 9'), `${SCENE}:2:1: difficulty: must be one of 1, 2, 3, 4, 5`],
  ['a duration that is none', change('hold: 5s', 'hold: five'), `${SCENE}:17:120: objectives[0].hold: must be a duration such as 500ms, 30s, 2m`],
  ['two subjects in a check', change('check: {get: deployments/web,', 'check: {get: deployments/web, list: pods,'), `${SCENE}:17:49: objectives[0].check: needs exactly one of get, list, can, probe, traffic, file, etcd, ran, answer`],
  ['a condition that does not parse', change('object.status.readyReplicas == 2', 'object.status.readyReplicas = 2'), `${SCENE}:17:79: objectives.0.check.that: "object.status.readyReplicas = 2": Unexpected character: =`],
  ['a variable that does not exist', change('object.status', 'objekt.status'), `${SCENE}:17:79: objectives.0.check.that: "objekt.status.readyReplicas == 2": Unknown variable: objekt`],
  ['a resource that does not exist', change('get: deployments/web', 'get: deploymnets/web'), `${SCENE}:17:57: there is no resource "deploymnets"; did you mean "deployments"?`],
  ['a kind that does not exist', change('kind: Deployment', 'kind: Deploymnt'), `${SCENE}:9:3: setup: "Deploymnt" is not a kind; did you mean Deployment?`],
  ['a kind in the wrong version', change('apiVersion: apps/v1', 'apiVersion: v1'), `${SCENE}:9:3: setup: "v1" has no kind Deployment; it is in apps/v1`],
  ['a manifest\'s field misspelt', change('replicas: 1', 'replcas: 1'), `${SCENE}:12:5: setup: Deployment has no field "spec.replcas"; did you mean "replicas"?`],
  ['a manifest that is no YAML', change('metadata: {name: web}', 'metadata: {name: web'), `${SCENE}:11:3: setup: Flow map in block collection must be sufficiently indented and end with a }`],
  ['a world that is not in pack.yaml', { 'basiks/02-two-more.yaml': LEVEL }, 'basiks/02-two-more.yaml:1:1: world "basiks" is not in pack.yaml; did you mean "basics"?'],
  ['a need that is no level', change('minutes: 2', 'minutes: 2\nneeds: [tow]'), `${SCENE}: needs "tow", which is no level of this pack; did you mean "two"?`],
  ['needs that go in a circle', { ...change('minutes: 2', 'minutes: 2\nneeds: [three]'), ...second(LEVEL.replace('minutes: 2', 'minutes: 2\nneeds: [two]')) }, `${SCENE}: needs itself, by way of three: it could never be opened\nbasics/02-three.yaml: needs itself, by way of two: it could never be opened`],
  ['two levels of one name', { 'basics/03-two.yaml': LEVEL }, 'basics/03-two.yaml: another level is already called "two"'],
  ['a mistake aimed at nothing', change('  - kubectl scale deployment/web --replicas=3', '  - {run: kubectl get pods, caught: tow}'), `${SCENE}:25:29: mistakes[0].caught: there is no objective or guard "tow"; did you mean "two"?`],
  ['a traffic that does not exist', change('hold: 5s}', 'hold: 5s}\nguards:\n  - {id: up, text: Up, check: {traffic: shoppers}}'), `${SCENE}:19:32: there is no traffic named "shoppers"`],
  ['no control plane', change(', role: control-plane', ''), `${SCENE}:6:3: one node needs \`role: control-plane\``],
  ['YAML with a quote left open', change('title: Two', 'title: "Two'), `${SCENE}:1:12: Missing closing "quote`],
  ['a parameter that is not declared', { [SCENE]: LEVEL.replace('difficulty: 1', 'difficulty: 1\nparams: {count: [2]}').replace('replicas=3', 'replicas=<<cuont>>') }, `${SCENE}:3:1: params: <<cuont>> stands in the level, and is no parameter`],
  ['no pack.yaml', { 'pack.yaml': 'title: No name\n' }, 'pack.yaml:1:1: the file: "name" is missing\npack.yaml:1:1: the file: "version" is missing\npack.yaml:1:1: the file: "worlds" is missing'],
];

describe('broken packs', () => {
  test.each(BROKEN)('%s', (_what, files, message) => { expect(said(files)).toBe(message); });
});

const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`).join('\n')}\n`;

const HOSTILE: readonly (readonly [what: string, files: Readonly<Record<string, string>>, message: RegExp])[] = [
  ['an alias bomb', second(bomb), /^basics\/02-three\.yaml: repeats itself by aliases \(`\*name`\) too often$/],
  ['an alias bomb among manifests', change('setup: |\n', `setup: |\n${bomb.replace(/^/gm, '  ')}\n  ---\n`), /^basics\/01-two\.yaml:\d+:1: setup: repeats itself by aliases/],
  ['nesting without end', second(`a: ${'['.repeat(50_000)}`), /is nested deeper than 24 levels$/],
  ['nesting that a parser bears', second(`a: ${'{a: '.repeat(60)}1${'}'.repeat(60)}`), /is nested deeper than 24 levels$/],
  ['an escape sequence in a text', change('briefing: Two are wanted.', 'briefing: "\\e]0;owned\\aTwo are wanted."'), /briefing: holds an escape character; texts are plain$/],
  ['an escape sequence in a field\'s name', second('"\\e[2Jtitle": x'), /^basics\/02-three\.yaml:1:1: [^\x1b]*: a field's name holds a control character$/],
  ['text that turns its direction', change('title: Two', 'title: "Two \\u202e owt"'), /title: holds the control character U\+202E; texts are plain$/],
  ['a condition that loops for ever', change('object.status.readyReplicas == 2', '\'[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))\''), /loops 4 deep; 3 is the most$/],
  ['a pattern that backtracks for ever', change('object.status.readyReplicas == 2', '\'object.metadata.name.matches("(a+)+$")\''), /the pattern "\(a\+\)\+\$" repeats a group that repeats or chooses; that can take for ever$/],
  ['a pattern for commands that does so', change('check: {get: deployments/web, that: object.status.readyReplicas == 2}', 'check: {ran: "(a|aa)*b"}'), /ran: "\(a\|aa\)\*b" repeats a group/],
  ['a cluster of a thousand nodes', change('{name: worker-1}', Array.from({ length: 1000 }, (_, i) => `{name: worker-${i}}`).join(', ')), /cluster: 1001 nodes are more than the 60 that a level may have$/],
  ['a million Pods', change('replicas: 1', 'replicas: 1000000'), /setup: replicas: 1000000 are more than the 500 that a level may ask for$/],
  ['a million Pods by command', change('briefing:', 'prepare: kubectl scale deployment/web --replicas=1000000\nbriefing:'), /prepare: "--replicas=1000000" asks for more than the 500/],
];

describe('hostile packs', () => {
  test.each(HOSTILE)('%s', (_what, files, message) => {
    const begin = performance.now();
    const messages = said(files).split('\n');
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(message);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  test('a condition over more things than anybody looks through is the pack\'s fault, not an endless wait', async () => {
    const that = 'items.all(a, items.all(b, items.all(c, a.metadata.name + b.metadata.name != c.metadata.name)))';
    const files = change('check: {get: deployments/web, that: object.status.readyReplicas == 2}', `check: {list: clusterroles, that: '${that}'}`);
    const pack = loadPack(folderOf(filesOf(files)));
    const mission = await Mission.start(pack.levels[0]!, newAttempt('two', pack.digest, '1', 'test'), { write: () => undefined });
    await mission.advance(2000);
    expect(mission.fault?.message).toMatch(/looks at \d+ things 3 times over; that takes too long/);
  });

  test('what a cluster says reaches the screen without control of it', async () => {
    const { TranscriptBuffer } = await import('../../../src/engine/transcript.ts');
    const buffer = new TranscriptBuffer();
    buffer.write('\x1b]0;owned\x07one \x1b[31mtwo\x1b[0m \x9b2Jthree\x07\n');
    expect(buffer.view().lines.map(({ spans }) => spans.map(({ text }) => text).join(''))).toEqual(['one two \uFFFD2Jthree\uFFFD']);
  });
});

test('a pack of the name of another keeps its own progress', async () => {
  const { keyOf } = await import('../../../src/saves/profile.ts');
  expect([keyOf({ name: 'course' }, 'two'), keyOf({ name: 'small' }, 'two')]).toEqual(['two', 'small/two']);
  expect(loadPack(folderOf(filesOf({ 'pack.yaml': PACK }))).name).toBe('small');
});
