import { describe, expect, it, test } from 'vitest';
import { asObject } from '../../../src/kubectl/objects.ts';
import { conditionOf } from '../../../src/kubectl/verbs/wait.ts';
import { Scene } from '../../scenario/scene.ts';

const object = asObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', generation: 2 }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }, { type: 'Old', status: 'True', observedGeneration: 1 }] } });

test.each([
  ['condition=Ready', true], ['condition=ready=true', true], ['condition=Ready=False', false], ['condition=Nosuch', false], ['condition=Old', false],
  ["jsonpath='{.status.phase}'=Running", true], ['jsonpath={.status.phase}=Pending', false], ['jsonpath=.status.phase=Running', true], ['jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', true],
  ['jsonpath={.status.phase}', true], ['jsonpath={.status.nosuch}', false],
])('--for %s holds: %s', (text, isSo) => {
  const condition = conditionOf(text);
  expect(typeof condition === 'function' && condition(object)).toBe(isSo);
});

test.each([['', 'unrecognized condition: ""'], ['ready', 'unrecognized condition: "ready"']])('--for %j is refused', (text, message) => expect(() => conditionOf(text)).toThrow(message));

describe('kubectl wait and logs', () => {
  it('wait as long as it takes, and say what was not so in time', async () => {
    const scene = await Scene.kubeadm();
    await scene.k('create deployment web --image=nginx --replicas=2');
    expect(await scene.k('wait --for=create pod/later --timeout=2s')).toBe('error: timed out waiting for the condition');
    expect(await scene.k('wait --for=condition=Ready pod -l app=web')).toMatch(/^pod\/web-\S+ condition met\npod\/web-\S+ condition met$/);
    expect(await scene.k("wait --for=jsonpath='{.status.readyReplicas}'=3 deployment/web --timeout=1s")).toBe('error: timed out waiting for the condition on deployments/web');
    expect(await scene.k('wait --for=delete pod/nosuch')).toBe('');
    expect(await scene.k('wait --for=condition=Ready pod -l app=nosuch')).toBe('error: no matching resources found');
    expect(await scene.k('wait --for=condition=Available deployment/web -o name')).toBe('deployment.apps/web');
    expect((await scene.k('logs -l app=web --prefix --tail=1')).split('\n').map((line) => line.replace(/web-\w+-\w+/, 'web').replace(/\].*/, ']'))).toEqual(['[pod/web/nginx]', '[pod/web/nginx]']);
    expect(await scene.k('logs -l app=web -f --max-log-requests=1')).toBe('error: you are attempting to follow 2 log streams, but maximum allowed concurrency is 1, use --max-log-requests to increase the limit');
    expect(await scene.k('logs -l app=nosuch')).toBe('No resources found in default namespace.');
    expect(await scene.k('logs x -l app=web')).toBe("error: only a selector (-l) or a POD name is allowed\nSee 'kubectl logs -h' for help and examples");
  });
});
