import { expect, test } from 'vitest';
import { TerminalScene } from '../shell/terminal-scene.ts';

const MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';

test('18.6 Kubernetes keeps its objects under /registry, Services and nodes under names of their own', async () => {
  const at = await TerminalScene.booted();
  await at.run('kubectl create deploy web --image=nginx && kubectl create svc clusterip web --tcp=80');
  const keys = await at.etcdctl('get /registry --prefix --keys-only');
  for (const key of ['/registry/deployments/default/web', '/registry/services/specs/default/web', '/registry/minions/worker-1', '/registry/leases/kube-node-lease/worker-1', '/registry/namespaces/default']) expect(keys).toContain(`${key}\n`);
  expect(await at.etcdctl('get /registry/namespaces/default --print-value-only')).toMatch(/^k8s\0/);
});

test('18.8 without certificates nothing is to be had over TLS', async () => {
  const at = await TerminalScene.booted();
  expect(await at.on('control-plane', 'etcdctl --endpoints=https://127.0.0.1:2379 --command-timeout=2s get a')).toContain('Error: context deadline exceeded');
});

test.each([
  ['endpoint health', /127\.0\.0\.1:2379 is healthy: successfully committed proposal: took = [\d.]+ms\n/],
  ['endpoint status -w table', /\| +ENDPOINT +\| +ID +\| VERSION \| STORAGE VERSION \| DB SIZE \| IN USE \| PERCENTAGE NOT IN USE \| QUOTA \| +IS LEADER \| IS LEARNER \| RAFT TERM \| RAFT INDEX \| RAFT APPLIED INDEX \| ERRORS \| DOWNGRADE TARGET VERSION \| DOWNGRADE ENABLED \|/],
  ['member list', /^[0-9a-f]{15,16}, started, control-plane, https:\/\/10\.0\.0\.10:2380, https:\/\/10\.0\.0\.10:2379, false\n$/],
  ['member list -w table', /\| +ID +\| STATUS +\| +NAME +\| +PEER ADDRS +\| +CLIENT ADDRS +\| IS LEARNER \|/],
  ['put a b', /^OK\n$/],
  ['del nothing', /^0\n$/],
  ['alarm list', /^$/],
  ['lease grant 60', /^lease [0-9a-f]{16} granted with TTL\(60s\)\n$/],
])('18.8 etcdctl %s', async (args, said) => {
  expect(await (await TerminalScene.booted()).etcdctl(args)).toMatch(said);
});

test('18.4 the API server compacts every five minutes, so that an old watch is refused', async () => {
  const at = await TerminalScene.booted();
  const revision = /"revision":(\d+)/.exec(await at.etcdctl('endpoint status -w json'))![1]!;
  await at.wait(660);
  expect(await at.etcdctl(`get a --rev=${revision}`)).toContain('etcdserver: mvcc: required revision has been compacted');
});

test('18.3 a value beyond the limit of a request is refused', async () => {
  const at = await TerminalScene.booted();
  at.machine('control-plane').os.files.write('/root/big', 'x'.repeat(1_700_000));
  expect(await at.on('control-plane', `ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt ETCDCTL_CERT=/etc/kubernetes/pki/etcd/server.crt ETCDCTL_KEY=/etc/kubernetes/pki/etcd/server.key etcdctl put big < /root/big`)).toContain('etcdserver: request is too large');
});

test('18.11 the data directory is for its owner alone', async () => {
  const at = await TerminalScene.booted();
  expect(await at.on('control-plane', `stat -c %a /var/lib/etcd && ls ${MANIFEST}`)).toBe(`700\n${MANIFEST}\n`);
});

test('18.7 one listens for clients, one for peers, and tells its health and metrics without TLS on its own node', async () => {
  const at = await TerminalScene.booted();
  expect(await at.on('control-plane', "grep -E 'listen-(client|peer|metrics)-urls' /etc/kubernetes/manifests/etcd.yaml | sed 's/ *- //'")).toBe('--listen-client-urls=https://127.0.0.1:2379,https://10.0.0.10:2379\n--listen-metrics-urls=http://127.0.0.1:2381\n--listen-peer-urls=https://10.0.0.10:2380\n');
  expect(await at.on('control-plane', 'curl -s http://127.0.0.1:2381/health')).toContain('"health":"true"');
});

test('18.9 snapshots are restored and looked at by etcdutl', async () => {
  const at = await TerminalScene.booted();
  await at.etcdctl('snapshot save /root/s.db');
  for (const words of ['snapshot restore /root/s.db', 'snapshot status /root/s.db']) expect(await at.etcdctl(words)).toMatch(/^Error: unknown command "(restore|status)" for "etcdctl snapshot"/);
  expect(await at.on('control-plane', 'etcdutl snapshot status /root/s.db -w table')).toMatch(/\| +HASH +\| +REVISION +\| +TOTAL KEYS +\| +TOTAL SIZE +\| +VERSION +\|/);
});

test('18.10 a snapshot is restored into an empty folder only', async () => {
  const at = await TerminalScene.booted();
  await at.etcdctl('snapshot save /root/s.db');
  expect(await at.on('control-plane', 'etcdutl snapshot restore /root/s.db --data-dir /root/new')).toContain('restored snapshot');
  expect(await at.on('control-plane', 'etcdutl snapshot restore /root/s.db --data-dir /root/new')).toContain('data-dir "/root/new" not empty or could not be read');
});

test('18.11 a CA for clients is enough to demand their certificates; without one everybody reads every Secret', async () => {
  const at = await TerminalScene.booted();
  await at.run('kubectl create secret generic s');
  const ask = () => at.on('control-plane', 'ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt etcdctl --command-timeout=2s get /registry/secrets --prefix --keys-only');
  await at.on('control-plane', `sed -i 's/--client-cert-auth=true/--client-cert-auth=false/' ${MANIFEST}`);
  await at.wait(60);
  expect(await ask()).toContain('context deadline exceeded');
  await at.on('control-plane', `sed -i '/ --trusted-ca-file/d' ${MANIFEST}`);
  await at.wait(60);
  expect(await ask()).toContain('/registry/secrets/default/s');
});
