/** NetworkPolicies on a booted cluster: who reaches whom, and how being blocked looks. */
import { beforeAll, expect, test } from 'vitest';
import { deployments, namespaces, networkPolicies, pods, services } from '../../../src/cluster/client/resources.ts';
import type { NetworkStack } from '../../../src/cluster/network/types.ts';
import { ClusterScene, failure } from '../node/control-plane/scene.ts';

let scene: ClusterScene;
let address: (name: string) => string;

beforeAll(async () => {
  scene = await ClusterScene.booted();
  const admin = scene.cluster.admin();
  for (const name of ['web', 'api', 'other']) await scene.deploy(name, { replicas: 1, port: 80 });
  await scene.deploy('db', { replicas: 1, image: 'registry.example/db:1', port: 5432, service: { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 5432, nodePort: 30432 }] } } });
  admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ops', labels: { team: 'ops' } }, spec: {} });
  admin.create(deployments, {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'tool', namespace: 'ops' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'tool' } }, template: { metadata: { labels: { app: 'tool' } }, spec: { containers: [{ name: 'tool', image: 'nginx:1.27' }] } } },
  });
  admin.patch(deployments, 'db', 'default', { spec: { template: { spec: { containers: [{ name: 'db', image: 'registry.example/db:1', ports: [{ containerPort: 5432, name: 'pg' }, { containerPort: 5440 }] }] } } } });
  await scene.wait(60);
  address = (name) => admin.list(pods).find(({ metadata, status }) => metadata.name.startsWith(`${name}-`) && status.phase === 'Running' && !metadata.deletionTimestamp)!.status.podIP!;
});

/** Applies policies, asks, and takes them back. */
async function under<T>(specs: object[], ask: () => T): Promise<T> {
  const admin = scene.cluster.admin();
  for (const [i, spec] of specs.entries()) admin.create(networkPolicies, { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: `policy-${i}`, namespace: 'default' }, spec: spec as { podSelector: object } });
  await scene.wait(1);
  const answer = ask();
  for (const i of specs.keys()) admin.delete(networkPolicies, `policy-${i}`, 'default');
  await scene.wait(1);
  return answer;
}

function reaches(from: NetworkStack, to: string, port: number): boolean {
  const why = failure(() => from.connect(to, port).close());
  if (why !== 'no failure' && !why.endsWith('i/o timeout')) throw new Error(why);
  return why === 'no failure';
}

const db = { matchLabels: { app: 'db' } };
const from = (...peers: object[]) => ({ podSelector: db, ingress: [{ from: peers }] });
const ports = (...list: object[]) => ({ podSelector: db, ingress: [{ ports: list }] });
const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });

test.each<[string, object[], string]>([
  ['without a policy everybody comes in', [], 'api other tool'],
  ['nobody does when ingress is empty', [{ podSelector: {}, policyTypes: ['Ingress'] }], ''],
  ['everybody does when one rule says nothing', [{ podSelector: db, ingress: [{}] }], 'api other tool'],
  ['a Pod selector is for the own namespace', [from(app('api'))], 'api'],
  ['all Pods of the own namespace', [from({ podSelector: {} })], 'api other'],
  ['a namespace selector lets all its Pods in', [from({ namespaceSelector: { matchLabels: { team: 'ops' } } })], 'tool'],
  ['every namespace', [from({ namespaceSelector: {} })], 'api other tool'],
  ['both selectors of one peer must fit', [from({ namespaceSelector: { matchLabels: { team: 'ops' } }, ...app('api') })], ''],
  ['peers are alternatives', [from(app('api'), { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ops' } } })], 'api tool'],
  ['policies add up', [{ podSelector: {}, policyTypes: ['Ingress'] }, from(app('other'))], 'other'],
  ['expressions select too', [from({ podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['api'] }] } })], 'other'],
  ['a policy for others leaves it alone', [{ podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] }], 'api other tool'],
  ['a policy for egress of the target does not close it', [{ podSelector: db, policyTypes: ['Egress'] }], 'api other tool'],
  ['the right port by number', [ports({ port: 5432 })], 'api other tool'],
  ['a wrong port', [ports({ port: 80 })], ''],
  ['the port by its name', [ports({ port: 'pg' })], 'api other tool'],
  ['another name', [ports({ port: 'http' })], ''],
  ['a range of ports', [ports({ port: 5400, endPort: 5440 })], 'api other tool'],
  ['a range beside it', [ports({ port: 5433, endPort: 5440 })], ''],
  ['another protocol', [ports({ port: 5432, protocol: 'UDP' })], ''],
  ['a block of addresses', [from({ ipBlock: { cidr: '10.244.0.0/16' } })], 'api other tool'],
  ['egress of one Pod is closed, those of others are not', [{ ...app('api'), policyTypes: ['Egress'] }], 'other tool'],
  ['egress to the Pod behind the Service', [{ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [app('db')], ports: [{ port: 5432 }] }] }], 'api other tool'],
  ['egress to the port of the Service is not enough', [{ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [app('db')], ports: [{ port: 80 }] }] }], 'tool'],
])('%s', async (_what, specs, expected) => {
  const clusterIP = scene.cluster.admin().get(services, 'db', 'default')!.spec.clusterIP!;
  const outcome = await under(specs, () => ['api', 'other', 'tool'].filter((name) => {
    const direct = reaches(scene.stackOf(name), address('db'), 5432);
    expect(reaches(scene.stackOf(name), clusterIP, 80)).toBe(direct);
    return direct;
  }));
  expect(outcome.join(' ')).toBe(expected);
});

test('the exception of a block is shut out', async () => {
  const except = `${address('api')}/32`;
  expect(await under([from({ ipBlock: { cidr: '10.244.0.0/16', except: [except] } })], () => ['api', 'other'].map((name) => reaches(scene.stackOf(name), address('db'), 5432)))).toEqual([false, true]);
});

test('the own node passes, so that probes work; other nodes and customers do not', async () => {
  const { hostIP } = scene.pods('db')[0]!.status;
  const own = hostIP === '10.0.0.11' ? 'worker-1' : 'worker-2';
  const other = own === 'worker-1' ? 'worker-2' : 'worker-1';
  const asks = () => [own, other].map((name) => reaches(scene.machine(name).os.network, address('db'), 5432)).concat(reaches(scene.cluster.workstation, hostIP!, 30432));
  expect(await under([{ podSelector: {}, policyTypes: ['Ingress'] }], asks)).toEqual([true, false, false]);
  expect(await under([from({ ipBlock: { cidr: '10.0.0.5/32' } })], asks)).toEqual([true, false, true]);
});

test('when egress is denied names do not resolve either, until DNS is allowed', async () => {
  const deny = { podSelector: {}, policyTypes: ['Egress'] };
  const dns = { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }], ports: [{ port: 53, protocol: 'UDP' }] }] };
  const ask = () => failure(() => scene.stackOf('api').resolve('web'));
  expect(await under([deny], ask)).toBe('lookup web on 10.96.0.10:53: read udp ->10.96.0.10:53: i/o timeout');
  expect(await under([deny, dns], ask)).toBe('no failure');
});

test('ping is no port: a rule with ports does not let it through', async () => {
  const ask = () => scene.stackOf('api').ping(address('db'));
  expect([ask(), await under([ports({ port: 5432 })], ask), await under([from(app('api'))], ask)]).toEqual([true, false, true]);
});
