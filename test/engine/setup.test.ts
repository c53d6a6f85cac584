/** A level's setup is applied while the cluster starts. */
import { expect, test } from 'vitest';
import { Runner } from '../../src/engine/run.ts';
import { newAttempt } from '../../src/engine/mission/attempt.ts';
import { Mission } from '../../src/engine/mission/mission.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { filesOf, folderOf, LEVEL } from './pack/small-pack.ts';

const SHOP = (more = '') => `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: shop}
spec: {${more}containers: [{name: bare, image: "nginx:1.27"}]}
`;

test('a bare Pod waits for the account of its namespace, which is as new as the Pod', async () => {
  const setup = `${SHOP()}---\n`.split('\n').map((line) => `  ${line}`).join('\n').trimStart();
  const pack = loadPack(folderOf(filesOf({ 'basics/01-two.yaml': LEVEL.replace('setup: |\n  ', `setup: |\n  ${setup}`) })));
  const mission = await Mission.start(pack.levels[0]!, newAttempt('two', pack.digest, '1', 'setup'), { write: (_, text) => { said += text; } });
  let said = '';
  await mission.play('kubectl get pod bare -n shop -o jsonpath="{.status.phase} {.spec.serviceAccountName}"', 5000);
  expect(said).toBe('Running default');
});

test('an account that nobody makes is refused at once', async () => {
  await expect(Runner.start({ seed: 1, manifests: SHOP('serviceAccountName: nobody, ') })).rejects.toThrow('error looking up service account shop/nobody: serviceaccount "nobody" not found');
});
