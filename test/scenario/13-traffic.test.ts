/** Section 13 with real traffic: what answers on an address, a node port, a name. */
import { expect, test } from 'vitest';
import { deployment, pod, Scene, template } from './scene.ts';

const service = (name: string, spec: object = {}) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 9376 }], ...spec } });
/** Says its own name to whoever asks. */
const echo = (name: string, replicas: number, spec: object = {}) => deployment(name, { replicas, template: template({ app: name }, 'registry.k8s.io/e2e-test-images/agnhost:2.53', { containers: [{ name: 'main', image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: ['serve-hostname'] }], ...spec }) });
const client = (name = 'client', spec: object = {}, labels: object = {}) => pod(name, { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '1000000'] }], terminationGracePeriodSeconds: 0, ...spec }, { labels });
const on = (node: string) => ({ nodeSelector: { 'kubernetes.io/hostname': node } });
const ask = (at: Scene, url: string, from = 'client') => at.k(`exec ${from} -- wget -qO- -T 2 ${url}`);

async function booted(...objects: object[]): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.apply(...objects);
  await at.wait(20);
  return at;
}
async function answers(at: Scene, url: string, count = 12): Promise<number> {
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) seen.add(await ask(at, url));
  return seen.size;
}

test('13.5 a Service spreads connections; with affinity a client stays with one Pod', async () => {
  const at = await booted(echo('web', 3), service('web'), client());
  expect(await answers(at, 'web')).toBe(3);
  await at.patch('svc web', { spec: { sessionAffinity: 'ClientIP' } });
  await at.wait(3);
  expect(await answers(at, 'web')).toBe(1);
});

test('13.4 13.7 without endpoints refused; Local drops where a node has none', async () => {
  const at = await booted(echo('web', 1, on('w1')), service('web', { type: 'NodePort', ports: [{ port: 80, targetPort: 9376, nodePort: 30080 }] }), client('client', on('w2')));
  expect([await ask(at, '10.0.0.11:30080'), await ask(at, '10.0.0.12:30080')]).toEqual([expect.stringMatching(/^web-/), expect.stringMatching(/^web-/)]);
  await at.patch('svc web', { spec: { externalTrafficPolicy: 'Local' } });
  await at.wait(3);
  expect([await ask(at, '10.0.0.11:30080'), await at.run('curl -sS -m 3 10.0.0.12:30080')]).toEqual([expect.stringMatching(/^web-/), expect.stringContaining('timed out')]);
  await at.patch('svc web', { spec: { internalTrafficPolicy: 'Local' } });
  await at.wait(3);
  expect(await ask(at, 'web')).toContain('timed out');
  await at.patch('svc web', { spec: { internalTrafficPolicy: 'Cluster', externalTrafficPolicy: 'Cluster' } });
  await at.k('scale deploy web --replicas=0');
  await at.wait(35);
  expect([await ask(at, 'web'), await at.run('curl -sS -m 3 10.0.0.12:30080')]).toEqual([expect.stringContaining('Connection refused'), expect.stringMatching(/Could not connect|Couldn't connect|refused/)]);
});

test('13.4 when nothing else is ready those that are ending still serve', async () => {
  const at = await booted(echo('web', 1, { terminationGracePeriodSeconds: 60, containers: [{ name: 'main', image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: ['serve-hostname'], lifecycle: { preStop: { sleep: { seconds: 40 } } } }] }), service('web'), client());
  await at.k('scale deploy web --replicas=0');
  await at.wait(5);
  expect(await ask(at, 'web')).toMatch(/^web-/);
  await at.wait(60);
  expect(await ask(at, 'web')).toContain('Connection refused');
});

test('13.7 PreferSameNode stays on the node while it has an endpoint', async () => {
  const at = await booted(echo('web', 4), service('web', { trafficDistribution: 'PreferSameNode' }), client('client', on('w2')));
  const seen = new Set<string>();
  for (let i = 0; i < 12; i++) seen.add(await at.see(`pod ${await ask(at, 'web')}`, '.spec.nodeName'));
  expect([...seen]).toEqual(['w2']);
});

test('13.9 names: Service, headless, StatefulSet Pod, ExternalName; the search list; nothing without CoreDNS', async () => {
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec: { serviceName: 'db', replicas: 2, selector: { matchLabels: { app: 'db' } }, template: template({ app: 'db' }, 'registry.k8s.io/e2e-test-images/agnhost:2.53', { containers: [{ name: 'm', image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: ['serve-hostname'] }] }) } };
  const at = await booted(set, service('db', { clusterIP: 'None' }), echo('web', 1), service('web'), service('out', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local', selector: undefined, ports: undefined }), client());
  const lookup = (name: string) => at.k(`exec client -- nslookup ${name}`);
  expect(await at.k('exec client -- cat /etc/resolv.conf')).toMatch(/^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local\nnameserver 10\.96\.0\.10\noptions ndots:5$/);
  expect(await lookup('web.default.svc.cluster.local')).toContain(`Address: ${await at.see('svc web', '.spec.clusterIP')}`);
  for (const ip of (await at.see('pods -l app=db', '.items[*].status.podIP')).split(' ')) expect(await lookup('db.default.svc.cluster.local')).toContain(`Address: ${ip}`);
  expect([await ask(at, 'db-1.db:9376'), await ask(at, 'out')]).toEqual(['db-1', expect.stringMatching(/^web-/)]);
  await at.k('scale deploy coredns -n kube-system --replicas=0');
  await at.wait(45);
  expect([await ask(at, 'web'), await ask(at, await at.see('svc web', '.spec.clusterIP'))]).toEqual([expect.stringContaining('bad address'), expect.stringMatching(/^web-/)]);
});

const policy = (spec: object, name = 'p') => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec: { podSelector: { matchLabels: { app: 'web' } }, ...spec } });
test.each<[string, object[], boolean, boolean]>([
  ['without a policy all may come', [], true, true],
  ['an empty list lets nobody in', [policy({ policyTypes: ['Ingress'] })], false, false],
  ['an empty rule lets everyone in', [policy({ ingress: [{}] })], true, true],
  ['only those with the label', [policy({ ingress: [{ from: [{ podSelector: { matchLabels: { role: 'friend' } } }] }] })], true, false],
  ['policies add up', [policy({ policyTypes: ['Ingress'] }), policy({ ingress: [{ from: [{ podSelector: {} }] }] }, 'q')], true, true],
  ['what stands in one element must all be true', [policy({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'x' } }, podSelector: { matchLabels: { role: 'friend' } } }] }] })], false, false],
  ['elements are alternatives', [policy({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'x' } } }, { podSelector: { matchLabels: { role: 'friend' } } }] }] })], true, false],
  ['the port counts too', [policy({ ingress: [{ ports: [{ port: 1 }] }] })], false, false],
  ['a policy for leaving does not concern those who come', [policy({ policyTypes: ['Egress'] })], true, true],
])('13.10 %s', async (_, policies, friend, stranger) => {
  const at = await booted(echo('web', 1), service('web'), client('client', {}, { role: 'friend' }), client('stranger'), ...policies);
  const got = async (from: string) => (await ask(at, 'web', from)).startsWith('web-');
  expect([await got('client'), await got('stranger')]).toEqual([friend, stranger]);
});

test('13.5 the chains of iptables: names from hashes, marks, node ports last, external and local ways, source ranges', async () => {
  const at = await booted(echo('web', 2), service('web', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', loadBalancerSourceRanges: ['10.0.0.0/8'], ports: [{ port: 80, targetPort: 9376, nodePort: 30080 }] }));
  await at.wait(30);
  const saved = await at.run("ssh w1 'iptables-save'");
  // The same on every cluster there is: the hash of namespace, name, port and protocol.
  for (const chain of ['KUBE-SVC-NPX46M4PTMTKRN6Y', 'KUBE-SVC-TCOU7JCQXEZGVUNU', 'KUBE-SVC-ERIFXISQEP7F7OF4']) expect(saved).toContain(`-A KUBE-SERVICES -d `.concat(saved.split('\n').find((line) => line.startsWith('-A KUBE-SERVICES') && line.endsWith(chain))?.slice('-A KUBE-SERVICES -d '.length) ?? chain));
  expect(saved.split('\n').filter((line) => line.startsWith('-A KUBE-SERVICES')).filter((line) => !line.includes('REJECT')).at(-1)).toMatch(/-j KUBE-NODEPORTS$/);
  expect(saved).toContain('-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000');
  expect(saved).toMatch(/-A KUBE-POSTROUTING .*-j MASQUERADE/);
  for (const kind of ['KUBE-EXT-', 'KUBE-SVL-', 'KUBE-FW-', 'KUBE-SEP-']) expect(saved).toMatch(new RegExp(`^:${kind}[A-Z2-7]{16} `, 'm'));
  expect(saved).toMatch(/-A KUBE-SVC-[A-Z2-7]{16} -m comment --comment "default\/web -> 10\.244\.\d\.\d+:9376" -m statistic --mode random --probability 0\.5\d* -j KUBE-SEP-/);
  expect(saved).toContain('"default/web cluster IP"');
});

test('13.8 kube-proxy tells its health to everybody, its metrics to its own node', async () => {
  const at = await booted();
  const code = (host: string, words: string) => at.run(`ssh ${host} "curl -s -m 2 -o /dev/null -w '%{http_code}' ${words}"`);
  expect([await code('w2', 'http://10.0.0.11:10256/healthz'), await code('w1', 'http://127.0.0.1:10249/metrics'), (await code('w2', 'http://10.0.0.11:10249/metrics')).slice(0, 3)]).toEqual(['200', '200', '000']);
});
