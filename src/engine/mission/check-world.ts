/** The world as a mission's checks see it: the API, the network, the nodes' disks, etcd. */
import { parseServiceAccount, serviceAccountGroups } from '../../cluster/apiserver/auth/user-info.ts';
import { allKinds } from '../../cluster/api/kinds/index.ts';
import { groupResource, type Kind } from '../../cluster/api/kind.ts';
import type { KubeObject } from '../../cluster/api/types.ts';
import { listPath, resourcePath } from '../../cluster/client/client.ts';
import { pods } from '../../cluster/client/resources.ts';
import type { ResourceRef } from '../../cluster/client/types.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { EtcdFace } from '../../cluster/etcd/face.ts';
import { type ClientTls, NetworkError, type NetworkStack } from '../../cluster/network/types.ts';
import { FileError } from '../../cluster/node/file-system.ts';
import { ConditionError } from '../checks/condition.ts';
import type { CheckWorld, ProbeResult, TrafficResult } from '../checks/subjects.ts';
import type { CheckSpec } from '../pack/level.ts';

export interface PlayerRecord { commands: readonly string[]; answers: readonly string[]; traffic(name: string): TrafficResult }

/** A CheckWorld over a cluster. While the API server is down, what it knows counts as not there. */
export function checkWorld(cluster: Cluster, record: PlayerRecord): CheckWorld {
  const ask = (path: string, body?: unknown, wanted?: { managedFields: boolean }): unknown => {
    try {
      const answer = cluster.adminTransport().handle({ method: body ? 'POST' : 'GET', path, body, ...wanted });
      return answer.code >= 400 ? undefined : answer.body;
    } catch (error) {
      if (error instanceof NetworkError) return undefined;
      throw error;
    }
  };
  return {
    get: (resource, name, namespace, wanted) => {
      const ref = refOf(resource);
      return ask(resourcePath(ref, namespace, name), undefined, wanted) as KubeObject | undefined;
    },
    list: (resources, namespace, labels, fields) => resources.split(',').flatMap((resource) => {
      const list = ask(listPath(refOf(resource), { namespace: namespace || undefined, labelSelector: labels || undefined, fieldSelector: fields || undefined })) as { items: KubeObject[] } | undefined;
      return list?.items ?? [];
    }),
    can: (question) => {
      const answer = ask('/apis/authorization.k8s.io/v1/subjectaccessreviews', accessReview(question)) as { status?: { allowed?: boolean } } | undefined;
      return answer?.status?.allowed === true;
    },
    probe: (from, to) => probe(cluster, from, to),
    traffic: (name) => record.traffic(name),
    file: (node, path) => readFile(cluster, node, path),
    etcd: (key) => readKey(cluster, key),
    ran: (pattern) => record.commands.some((command) => new RegExp(pattern).test(command)),
    answers: () => record.answers,
  };
}

function refOf(resource: string): ResourceRef<KubeObject> {
  const kind: Kind | undefined = allKinds.find((k) => k.plural === resource || groupResource(k) === resource || k.singular === resource || k.shortNames.includes(resource));
  if (!kind) throw new ConditionError(`there is no resource "${resource}"`);
  return kind;
}

function accessReview({ as, groups, verb, resource, name, namespace }: NonNullable<CheckSpec['can']>): object {
  const [plural = '', subresource] = resource.split('/');
  const { group } = refOf(plural);
  return { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec: { user: as, groups: groups ?? groupsOf(as), resourceAttributes: { verb, group, resource: plural.split('.')[0], subresource, name, namespace } } };
}

/** Those of a ServiceAccount by its name; of others only what everybody has. */
function groupsOf(user: string): string[] {
  const account = parseServiceAccount(user);
  return [...account ? serviceAccountGroups(account.namespace) : [], 'system:authenticated'];
}

function probe(cluster: Cluster, from: string | undefined, to: string): ProbeResult {
  const url = new URL(to);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  try {
    const stack = stackOf(cluster, from);
    if (url.protocol === 'http:' || url.protocol === 'https:') {
      const { status, body } = stack.fetch(to, {}, { insecureSkipVerify: true });
      return { outcome: 'ok', status, body };
    }
    const connection = stack.connect(url.hostname, port, url.protocol === 'etcds:' ? { insecureSkipVerify: true } : undefined);
    const speaksEtcd = connection.service.etcd !== undefined;
    connection.close();
    return { outcome: url.protocol === 'tcp:' || speaksEtcd ? 'ok' : 'refused', status: 0, body: '' };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return { outcome: error.reason === 'port in use' ? 'refused' : error.reason, status: 0, body: '' };
  }
}

/** A node's name, `pod/NAMESPACE/NAME`, or nothing for the player's own machine. */
function stackOf(cluster: Cluster, from: string | undefined): NetworkStack {
  if (!from) return cluster.workstation;
  const machine = cluster.machines.get(from);
  if (machine) return machine.os.network;
  const [, namespace = '', name = ''] = from.split('/');
  const pod = cluster.admin().get(pods, name, namespace);
  const sandbox = pod && cluster.machines.get(pod.spec.nodeName ?? '')?.runtime.sandboxes().find((s) => s.config.uid === pod.metadata.uid && s.state === 'Ready');
  if (!sandbox) throw new NetworkError('unreachable', `no running Pod ${from}`);
  return sandbox.stack;
}

function readFile(cluster: Cluster, node: string, path: string): ReturnType<CheckWorld['file']> {
  const files = cluster.machines.get(node)?.os.files;
  try {
    if (!files) return { exists: false, text: '', mode: '', owner: '' };
    const { type, mode, uid } = files.stat(path);
    return { exists: true, text: type === 'file' ? files.read(path) : '', mode: mode.toString(8).padStart(3, '0'), owner: uid === 0 ? 'root' : String(uid) };
  } catch (error) {
    if (error instanceof FileError) return { exists: false, text: '', mode: '', owner: '' };
    throw error;
  }
}

/** A key's bytes as they lie in etcd, asked for on the control-plane node with the API server's own certificate. */
function readKey(cluster: Cluster, key: string): { exists: boolean; text: string } {
  const etcd = connectEtcd(cluster);
  const [found] = etcd?.range(key).kvs ?? [];
  return found ? { exists: true, text: Buffer.from(found.value.bytes()).toString('latin1') } : { exists: false, text: '' };
}

function connectEtcd(cluster: Cluster): EtcdFace | undefined {
  const { os } = cluster.controlPlane;
  const pki = '/etc/kubernetes/pki';
  const read = (path: string) => (os.files.exists(path) ? os.files.read(path) : undefined);
  const tls: ClientTls = { ca: read(`${pki}/etcd/ca.crt`), certificate: read(`${pki}/apiserver-etcd-client.crt`), key: read(`${pki}/apiserver-etcd-client.key`) };
  for (const [host, attempt] of [['127.0.0.1', tls], ['127.0.0.1', undefined], [os.address, tls], [os.address, undefined]] as const) {
    try {
      return os.network.connect(host, 2379, attempt).service.etcd;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
    }
  }
  return undefined;
}
