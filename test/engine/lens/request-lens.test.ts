/** The x-ray: what really happened to a command's requests, and who reacted. */
import { expect, test } from 'vitest';
import { requestLens } from '../../../src/engine/lens/request-lens.ts';
import { newAttempt } from '../../../src/engine/mission/attempt.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import { sandboxLevel } from '../../../src/engine/sandbox.ts';

const level = sandboxLevel('small')!;

test('a Deployment from the request to the ready Pod; a refused one; one that a plugin refuses', async () => {
  const mission = await Mission.start(level, newAttempt(level.id, 'sha256:0', 'seed', 'a'), { write: () => undefined });
  expect(requestLens(mission, 0).line).toBe('');
  await mission.play('kubectl create deployment web --image=nginx:1.27', 60_000);
  await mission.advance(15_000);
  const { line, requests, reactions, attempts } = requestLens(mission, 0);
  expect(line).toBe('kubectl create deployment web --image=nginx:1.27');
  expect(requests[0]).toMatchObject({ method: 'POST', code: 201 });
  expect(requests[0]!.stages.map(({ name, text }) => `${name}: ${text}`)).toEqual([
    expect.stringMatching(/^authentication: kubernetes-admin, groups kubeadm:cluster-admins/), expect.stringMatching(/^authorization: RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins"/),
    'admission: no plugin changed anything', 'validation: valid', expect.stringMatching(/^etcd: written as revision \d+$/), 'answer: 201',
  ]);
  const told = reactions.map(({ who, text }) => `${who} ${text}`).join('\n');
  expect(told).toMatch(/deployment-controller creates ReplicaSet web-[\s\S]*replicaset-controller creates Pod web-[\s\S]*kube-scheduler binds Pod web-\S+ to worker-1[\s\S]*kubelet on worker-1 reports Pod web-\S+: Running 1\/1/);
  expect(reactions.every(({ afterMs }, index) => index === 0 || afterMs >= reactions[index - 1]!.afterMs)).toBe(true);
  expect(attempts[0]).toMatchObject({ chosen: 'worker-1', nodes: [{ node: 'worker-1' }, { node: 'control-plane', filteredBy: 'TaintToleration' }] });

  await mission.play('kubectl run web --image=nginx:1.27 --as=bob', 60_000);
  const refused = requestLens(mission, 0).requests.find(({ method }) => method === 'POST');
  expect(refused?.stages.at(-1)).toMatchObject({ name: 'authorization', health: 'bad' });
  expect(requestLens(mission, 1).line).toContain('create deployment');

  await mission.play('kubectl create quota none --hard=pods=0', 60_000);
  await mission.advance(3000);
  await mission.play('kubectl run more --image=nginx:1.27', 60_000);
  const stages = requestLens(mission, 0).requests.find(({ method }) => method === 'POST')?.stages ?? [];
  expect(stages.map(({ text }) => text).join('\n')).toMatch(/ServiceAccount set .*spec\.serviceAccountName/);
  expect(stages.at(-1)).toMatchObject({ name: 'admission', health: 'bad', text: expect.stringMatching(/^ResourceQuota refused: .*exceeded quota: none/) });
});
