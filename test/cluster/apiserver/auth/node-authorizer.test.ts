import { describe, expect, test } from 'vitest';
import type { KubeObject, Pod } from '../../../../src/cluster/api/types.ts';
import type { Attributes } from '../../../../src/cluster/apiserver/auth/attributes.ts';
import { nodeRules } from '../../../../src/cluster/apiserver/auth/bootstrap-policy.ts';
import { createNodeAuthorizer } from '../../../../src/cluster/apiserver/auth/node-authorizer.ts';
import { NodeGraph } from '../../../../src/cluster/apiserver/auth/node-graph.ts';
import { meta, user } from './builders.ts';

const pod = (name: string, nodeName: string | undefined, spec: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: meta(name, 'dev'), spec: { containers: [], ...(nodeName && { nodeName }), ...spec }, status: {},
});
const volume = (name: string, claim: string): KubeObject => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: meta(name), spec: { claimRef: { namespace: 'dev', name: claim }, csi: { nodeStageSecretRef: { namespace: 'storage', name: 'csi-key' } } } });

const web = pod('web', 'worker-1', {
  serviceAccountName: 'default',
  imagePullSecrets: [{ name: 'pull' }],
  containers: [{ name: 'c', env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'k' } } }], envFrom: [{ configMapRef: { name: 'env-map' } }] }],
  volumes: [{ name: 'a', secret: { secretName: 'tls' } }, { name: 'b', projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }] } }, { name: 'd', persistentVolumeClaim: { claimName: 'data' } }],
});

function cluster() {
  const graph = new NodeGraph();
  graph.podChanged(web, undefined);
  graph.podChanged(pod('other', 'worker-2'), undefined);
  graph.persistentVolumeChanged(volume('pv-1', 'data'), undefined);
  graph.persistentVolumeChanged(volume('pv-2', 'foreign'), undefined);
  return { graph, authorizer: createNodeAuthorizer(graph, nodeRules()) };
}

const kubelet = user('system:node:worker-1', 'system:nodes');
const asks = (verb: string, resource: string, more: Partial<Attributes> = {}): Attributes => ({ user: kubelet, verb, group: '', resource, namespace: 'dev', ...more });
const storage = 'storage.k8s.io';
const leases = { group: 'coordination.k8s.io', namespace: 'kube-node-lease' };
const unrelated = "no relationship found between node 'worker-1' and this object";

describe('a kubelet', () => {
  const { authorizer } = cluster();
  const cases: [string, Attributes, true | string][] = [
    ['reads a Secret in a volume', asks('get', 'secrets', { name: 'tls' }), true],
    ['reads a Secret in a variable', asks('watch', 'secrets', { name: 'env-secret' }), true],
    ['reads a pull Secret', asks('get', 'secrets', { name: 'pull' }), true],
    ['reads no other Secret', asks('get', 'secrets', { name: 'db' }), unrelated],
    ['reads no Secret of another namespace', asks('get', 'secrets', { name: 'tls', namespace: 'prod' }), unrelated],
    ['lists no Secrets', asks('list', 'secrets'), 'No Object name found'],
    ['writes no Secrets', asks('update', 'secrets', { name: 'tls' }), 'can only read resources of this type'],
    ['reads projected and referenced ConfigMaps', asks('get', 'configmaps', { name: 'kube-root-ca.crt' }), true],
    ['reads envFrom', asks('get', 'configmaps', { name: 'env-map' }), true],
    ['gets the claim', asks('get', 'persistentvolumeclaims', { name: 'data' }), true],
    ['does not list claims', asks('list', 'persistentvolumeclaims'), 'can only get individual resources of this type'],
    ['gets the volume behind it', asks('get', 'persistentvolumes', { name: 'pv-1', namespace: '' }), true],
    ['and the Secret of its driver', asks('get', 'secrets', { name: 'csi-key', namespace: 'storage' }), true],
    ['gets no other volume', asks('get', 'persistentvolumes', { name: 'pv-2', namespace: '' }), unrelated],
    ['makes tokens for its Pods', asks('create', 'serviceaccounts', { name: 'default', subresource: 'token' }), true],
    ['makes no others', asks('create', 'serviceaccounts', { name: 'admin', subresource: 'token' }), unrelated],
    ['lists its Pods', asks('list', 'pods', { namespace: '', fieldSelector: 'spec.nodeName=worker-1' }), true],
    ['lists no other Pods', asks('list', 'pods', { namespace: '' }), 'can only list/watch pods with spec.nodeName field selector'],
    ['gets its Pod', asks('get', 'pods', { name: 'web' }), true],
    ['gets no other Pod', asks('get', 'pods', { name: 'other' }), unrelated],
    ['writes Pod status', asks('patch', 'pods', { name: 'web', subresource: 'status' }), true],
    ['does not bind', asks('create', 'pods', { name: 'web', subresource: 'binding' }), ''],
    ['reads its Node', asks('get', 'nodes', { namespace: '', name: 'worker-1' }), true],
    ['reads no other Node', asks('get', 'nodes', { namespace: '', name: 'worker-2' }), "node 'worker-1' cannot read 'worker-2', only its own Node object"],
    ['lists no Nodes', asks('list', 'nodes', { namespace: '' }), "node 'worker-1' cannot read all nodes, only its own Node object"],
    ['renews its Lease', asks('update', 'leases', { ...leases, name: 'worker-1' }), true],
    ['renews no other Lease', asks('update', 'leases', { ...leases, name: 'worker-2' }), 'can only access node lease with the same name as the requesting node'],
    ['touches no Lease elsewhere', asks('get', 'leases', { ...leases, namespace: 'kube-system', name: 'worker-1' }), 'can only access leases in the "kube-node-lease" system namespace'],
    ['writes its CSINode', asks('update', 'csinodes', { group: storage, namespace: '', name: 'worker-1' }), true],
    ['records events', asks('create', 'events'), true],
    ['reads Services', asks('watch', 'services', { namespace: '' }), true],
    ['deletes no Nodes', asks('delete', 'nodes', { namespace: '', name: 'worker-1' }), ''],
    ['creates no Deployments', asks('create', 'deployments', { group: 'apps' }), ''],
  ];
  test.each(cases)('%s', (_name, attributes, expected) => {
    expect(authorizer.authorize(attributes)).toEqual(expected === true ? { allowed: true, reason: '' } : { allowed: false, reason: expected });
  });
});

test('others are of no concern to it', () => {
  expect(cluster().authorizer.authorize(asks('get', 'secrets', { name: 'tls', user: user('jane') }))).toEqual({ allowed: false, reason: '' });
});

test('when the last Pod that needs a Secret leaves, the door closes', () => {
  const { graph } = cluster();
  const twin = { ...web, metadata: meta('twin', 'dev') };
  graph.podChanged(twin, undefined);
  graph.podChanged(undefined, web);
  expect(graph.isRelated('worker-1', 'secrets', 'dev', 'tls')).toBe(true);
  graph.podChanged(undefined, twin);
  expect(graph.isRelated('worker-1', 'secrets', 'dev', 'tls')).toBe(false);
});

test('binding opens the door', () => {
  const graph = new NodeGraph();
  const waiting = pod('late', undefined, { volumes: [{ name: 'a', secret: { secretName: 's' } }] });
  graph.podChanged(waiting, undefined);
  expect(graph.isRelated('worker-1', 'secrets', 'dev', 's')).toBe(false);
  graph.podChanged({ ...waiting, spec: { ...waiting.spec, nodeName: 'worker-1' } }, waiting);
  expect(graph.isRelated('worker-1', 'secrets', 'dev', 's')).toBe(true);
});

test('a mirror Pod opens nothing', () => {
  const graph = new NodeGraph();
  graph.podChanged({ ...web, metadata: { ...web.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } } }, undefined);
  expect(graph.isRelated('worker-1', 'secrets', 'dev', 'tls')).toBe(false);
  expect(graph.isRelated('worker-1', 'pods', 'dev', 'web')).toBe(true);
});
