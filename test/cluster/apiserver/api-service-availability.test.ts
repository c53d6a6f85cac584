import { expect, test } from 'vitest';
import { TerminalScene } from '../../shell/terminal-scene.ts';

const REMOTE = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'far', namespace: 'default' }, spec: { ports: [{ port: 443 }] } },
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'far-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'far' } }, addressType: 'IPv4', ports: [{ name: '', port: 443 }], endpoints: [{ addresses: ['10.0.0.13'], conditions: { ready: true } }] },
  { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.far.example.com' }, spec: { group: 'far.example.com', version: 'v1', service: { name: 'far', namespace: 'default' }, insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100 } },
];

// Found by `npm run simulate -- --seed 5001 --steps 50`: a node's lost packet filter made two API servers correct each other at one instant for ever.
test('API servers that find a remote API differently do not answer each other\'s verdicts', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  scene.cluster.network.setRules('cp-2', undefined);
  for (const object of REMOTE) await scene.run(`kubectl apply -f - <<< '${JSON.stringify(object)}'`);
  await scene.wait(5);
  const version = async () => Number(await scene.run('kubectl get apiservice v1.far.example.com -o jsonpath={.metadata.resourceVersion}'));
  const message = await scene.run('kubectl get apiservice v1.far.example.com -o jsonpath={.status.conditions[0].message}');
  expect(message).toMatch(/^failing or missing response from https:.* (i\/o timeout|connection refused)$/);
  const before = await version();
  await scene.wait(20);
  expect(await version()).toBe(before); // until the next round
  await scene.run(`kubectl patch apiservice v1.far.example.com --type=merge -p '{"spec":{"service":{"port":444}}}'`);
  await scene.wait(1);
  expect(await scene.run('kubectl get apiservice v1.far.example.com -o jsonpath={.status.conditions[0].reason}')).toBe('ServicePortError');
});
