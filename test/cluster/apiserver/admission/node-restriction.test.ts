import { expect, test } from 'vitest';
import type { KubeObject } from '../../../../src/cluster/api/types.ts';
import type { AdmissionRequest } from '../../../../src/cluster/apiserver/admission/types.ts';
import { clusterOf, object, pod, refusal } from './builders.ts';

const node = (name: string, labels = {}, taints: object[] = []): KubeObject => object('/nodes', name, { spec: { taints } }, { labels });
const own = node('worker-1');
const cluster = clusterOf(['/nodes', own], ['pods', pod('mine', { nodeName: 'worker-1' })]);
const kubelet = { user: { username: 'system:node:worker-1', groups: ['system:nodes', 'system:authenticated'] } };
const owner = { apiVersion: 'v1', kind: 'Node', name: 'worker-1', uid: 'uid-worker-1', controller: true };
const mirror = (spec = {}, meta = {}) => pod('static', { nodeName: 'worker-1', ...spec }, { annotations: { 'kubernetes.io/config.mirror': 'h' }, ownerReferences: [owner], ...meta });
const lease = (name: string, namespace = 'kube-node-lease') => object('leases.coordination.k8s.io', name, {}, { namespace });
const tokenFor = (reference: object | undefined) => object('serviceaccounts', 'default', { spec: { boundObjectRef: reference } });
const token: Partial<AdmissionRequest> = { subresource: 'token', ...kubelet };
const leases = clusterOf(['/namespaces', object('/namespaces', 'kube-node-lease', { status: { phase: 'Active' } })], ['/namespaces', object('/namespaces', 'kube-system', { status: { phase: 'Active' } })]);
const mine = pod('mine', { nodeName: 'worker-1' });
const theirs = pod('theirs', { nodeName: 'worker-2' });

const cases: [string, () => unknown, string][] = [
  ['a mirror Pod', () => cluster.create('pods', mirror(), kubelet), 'admitted'],
  ['an ordinary Pod', () => cluster.create('pods', pod('x', { nodeName: 'worker-1', automountServiceAccountToken: false }), kubelet), 'pods "x" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "worker-1" can only create mirror pods'],
  ['a mirror Pod elsewhere', () => cluster.create('pods', mirror({ nodeName: 'worker-2' }), kubelet), 'pods "static" is forbidden: node "worker-1" can only create pods with spec.nodeName set to itself'],
  ['a mirror Pod without owner', () => cluster.create('pods', mirror({}, { ownerReferences: [] }), kubelet), 'pods "static" is forbidden: node "worker-1" can only create pods with an owner reference set to itself'],
  ['a mirror Pod of an older node', () => cluster.create('pods', mirror({}, { ownerReferences: [{ ...owner, uid: 'old' }] }), kubelet), 'pods "static" is forbidden: node worker-1 UID mismatch: expected old got uid-worker-1'],
  ['a mirror Pod with a ConfigMap', () => cluster.create('pods', mirror({ volumes: [{ name: 'v', configMap: { name: 'm' } }] }), kubelet), 'pods "static" is forbidden: node "worker-1" can not create pods that reference configmaps'],
  ['status of its Pod', () => cluster.update('pods', mine, mine, { subresource: 'status', ...kubelet }), 'admitted'],
  ['status of another', () => cluster.update('pods', theirs, theirs, { subresource: 'status', ...kubelet }), 'pods "theirs" is forbidden: node "worker-1" can only update pod status for pods with spec.nodeName set to itself'],
  ['labels by status', () => cluster.update('pods', { ...mine, metadata: { ...mine.metadata, labels: { a: 'b' } } }, mine, { subresource: 'status', ...kubelet }), 'pods "mine" is forbidden: node "worker-1" cannot update labels through pod status'],
  ['deletion of its Pod', () => cluster.remove('pods', mine, kubelet), 'admitted'],
  ['deletion of another', () => cluster.remove('pods', theirs, kubelet), 'pods "theirs" is forbidden: node "worker-1" can only delete pods with spec.nodeName set to itself'],
  ['its Node', () => cluster.create('/nodes', node('worker-1', { 'kubernetes.io/hostname': 'worker-1', disk: 'ssd', 'node.kubernetes.io/x': 'y' }), kubelet), 'admitted'],
  ['another Node', () => cluster.create('/nodes', node('worker-2'), kubelet), 'nodes "worker-2" is forbidden: node "worker-1" is not allowed to modify node "worker-2"'],
  ['a Node with a role', () => cluster.create('/nodes', node('worker-1', { 'node-role.kubernetes.io/master': '' }), kubelet), 'nodes "worker-1" is forbidden: node "worker-1" is not allowed to set the following labels: node-role.kubernetes.io/master'],
  ['a restricted label', () => cluster.update('/nodes', node('worker-1', { 'node-restriction.kubernetes.io/a': 'b' }), own, kubelet), 'nodes "worker-1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/a'],
  ['taints', () => cluster.update('/nodes', node('worker-1', {}, [{ key: 'a', effect: 'NoSchedule' }]), own, kubelet), 'nodes "worker-1" is forbidden: node "worker-1" is not allowed to modify taints'],
  ['its Lease', () => leases.create('leases.coordination.k8s.io', lease('worker-1'), kubelet), 'admitted'],
  ['another Lease', () => leases.create('leases.coordination.k8s.io', lease('worker-2'), kubelet), 'leases.coordination.k8s.io "worker-2" is forbidden: can only access node lease with the same name as the requesting node'],
  ['a Lease elsewhere', () => leases.create('leases.coordination.k8s.io', lease('worker-1', 'kube-system'), kubelet), 'leases.coordination.k8s.io "worker-1" is forbidden: can only access leases in the "kube-node-lease" system namespace'],
  ['a token for its Pod', () => cluster.create('serviceaccounts', tokenFor({ apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: 'uid-mine' }), token), 'admitted'],
  ['a token for no Pod', () => cluster.create('serviceaccounts', tokenFor(undefined), token), 'serviceaccounts "default" is forbidden: node requested token not bound to a pod'],
];

test.each(cases)('a kubelet and %s', (_name, act, expected) => expect(refusal(act)).toBe(expected));

test('an administrator may do all that', () => {
  expect(refusal(() => cluster.create('/nodes', node('worker-9', { 'node-role.kubernetes.io/master': '' })))).toBe('admitted');
});
