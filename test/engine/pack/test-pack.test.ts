/** `pack test` told by a small level: what wins, what is caught by what, and what nobody would miss. */
import { expect, test } from 'vitest';
import type { Level, MistakeSpec, Pack } from '../../../src/engine/pack/level.ts';
import { testLevel, type TestResult } from '../../../src/engine/pack/test-pack.ts';

const replicasAre = (count: number) => ({ get: 'deployments/web', that: `object.spec.replicas == ${count}` });

function level(change: Partial<Level> = {}): Level {
  return {
    id: 'two', world: 'basics', file: 'basics/two.yaml', title: 'Two', difficulty: 1, minutes: 2, teaches: ['replicas'], briefing: 'Two.', debrief: 'Two.', hints: [{ cost: 5, text: '`kubectl get deployments`' }],
    cluster: { nodes: [{ name: 'control-plane', role: 'control-plane' }, { name: 'worker-1' }] },
    setup: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "nginx:1.27"}]}}\n',
    objectives: [
      { id: 'two', text: 'Two', points: 50, check: replicasAre(2), hold: '5s' },
      { id: 'note', text: 'A note', points: 50, check: { get: 'configmaps/note' } },
    ],
    solutions: ['kubectl create configmap note\nkubectl scale deployment/web --replicas=2'], mistakes: ['kubectl scale deployment/web --replicas=3'],
    ...change,
  };
}

async function prove(one: Level, mutate = false): Promise<TestResult[]> {
  const pack: Pack = { name: 'p', title: 'P', version: '1', worlds: [], levels: [one], digest: 'sha256:0' };
  const results: TestResult[] = [];
  for await (const result of testLevel(pack, one, { mutate })) results.push(result);
  return results;
}

const failures = (results: readonly TestResult[]) => results.filter(({ passed }) => !passed).map(({ what, detail }) => `${what}: ${detail ?? ''}`);

test('a sound level passes every proof', async () => {
  const results = await prove(level());
  expect(failures(results)).toEqual([]);
  expect(new Set(results.map(({ proof }) => proof))).toEqual(new Set(['idle', 'solution', 'par', 'mistake', 'cheat', 'hint', 'replay']));
});

test('a level that is won by doing nothing, a solution that does not win and a hint that fails are told', async () => {
  expect(failures(await prove(level({ objectives: [{ id: 'one', text: 'One', points: 1, check: replicasAre(1) }] })))[0]).toBe('doing nothing does not win: it wins');
  expect(failures(await prove(level({ solutions: ['kubectl create configmap note'] }))).join('\n')).toMatch(/solution 1 wins \(seed 1\): two: not yet: deployments\/web: replicas should be 2, seen 1/);
  expect(failures(await prove(level({ hints: [{ cost: 1, text: '`kubectl get deployment wep`' }] })))).toEqual([expect.stringMatching(/kubectl get deployment wep: exit 1: Error from server \(NotFound\)/)]);
});

test('an objective that is reached by doing nothing is named, unless it is meant to be kept', async () => {
  const there = { id: 'there', text: 'There is a Deployment', points: 1, check: { get: 'deployments/web' }, hold: '90s' };
  const told = async (kept?: boolean) => failures(await prove(level({ objectives: [...level().objectives, { ...there, ...(kept && { kept }) }] }))).filter((what) => what.includes('no objective'));
  expect(await told()).toEqual([expect.stringContaining('doing nothing reaches no objective: there is reached though nobody did anything')]);
  expect(await told(true)).toEqual([]);
});

test('what is to be kept can be lost again', async () => {
  const kept = level({ objectives: [{ id: 'there', text: 'It runs', points: 1, kept: true, check: { get: 'deployments/web' } }, ...level().objectives], mistakes: [{ run: 'kubectl scale deployment/web --replicas=2\n# wait 6s\nkubectl delete deployment web\nkubectl create configmap note', caught: 'there' }] });
  expect(failures(await prove(kept)).filter((what) => /solution|mistake/.test(what))).toEqual([]);
});

test('a near miss must be caught by what it is aimed at', async () => {
  const aimedAt = (caught: string): MistakeSpec => ({ run: 'kubectl create configmap note', caught });
  expect(failures(await prove(level({ mistakes: [aimedAt('two')] })))).toEqual([]);
  expect(failures(await prove(level({ mistakes: [aimedAt('note')] })))).toEqual(['mistake 1 does not win: it should be caught by note, and is by two']);
});

test('what no near miss would notice is named', async () => {
  const results = (await prove(level({ objectives: [...level().objectives, { id: 'idle', text: 'There is a Deployment', points: 1, check: { get: 'deployments/web' } }] }), true)).filter(({ proof }) => proof === 'mutant');
  expect(results.map(({ what, passed }) => [what.replace('a near miss notices: ', ''), passed])).toEqual([
    ['without objective two', true], ['without objective note', true], ['without objective idle', false], ['without any hold', true],
  ]);
});

test('a check asks for a ServiceAccount with the groups that the API server gives it', async () => {
  const one = level({
    objectives: [{ id: 'in', text: 'The account may', points: 1, check: { can: { as: 'system:serviceaccount:default:robot', verb: 'list', resource: 'pods', namespace: 'default' } } }],
    solutions: ['kubectl create rolebinding all --clusterrole=view --group=system:serviceaccounts:default'], mistakes: ['kubectl create rolebinding all --clusterrole=view --group=system:serviceaccounts:other'],
  });
  expect(failures(await prove(one)).filter((what) => /solution|mistake/.test(what))).toEqual([]);
});

test('a level\'s files lie in the home of the player and of those who set the scene', async () => {
  const note = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n';
  const results = await prove(level({
    files: { 'notes/one.yaml': note.replace('NAME', 'note'), 'first.yaml': note.replace('NAME', 'first') }, prepare: 'kubectl apply -f first.yaml',
    objectives: [{ id: 'note', text: 'A note', points: 1, check: { list: 'configmaps', that: '["first", "note"].all(n, items.exists(c, c.metadata.name == n))' } }],
    solutions: ['kubectl apply -f notes/one.yaml'], mistakes: ['kubectl apply -f one.yaml'],
  }));
  expect(failures(results)).toEqual([]);
});

test('a check may ask who owns a field', async () => {
  const owner = { get: 'configmaps/note', that: 'object.metadata.managedFields.exists(m, m.manager == "pipeline" && "f:text" in m.fieldsV1["f:data"])' };
  const apply = (manager: string) => `echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"note"},"data":{"text":"x"}}' | kubectl apply --server-side --field-manager=${manager} -f -`;
  expect(failures(await prove(level({ objectives: [{ id: 'owner', text: 'Owned', points: 1, check: owner }], solutions: [apply('pipeline')], mistakes: [apply('somebody')] })))).toEqual([]);
});
