import { expect, test } from 'vitest';
import { TerminalScene } from '../../shell/terminal-scene.ts';

const MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';

async function leaderOf(scene: TerminalScene, from = 'cp-1'): Promise<string> {
  const status = await scene.etcdctl('endpoint status --cluster', from);
  const line = status.split('\n').find((each) => each.split(', ')[8] === 'true') ?? '';
  return /10\.0\.0\.1(\d)/.exec(line)?.[1] ?? 'none';
}

const nodeOf = (leader: string) => `cp-${Number(leader) + 1}`;

test('three control-plane nodes share one etcd of three members, and one of them leads', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  expect(await scene.run('kubectl get nodes --no-headers | wc -l')).toBe('4\n');
  const list = await scene.etcdctl('member list', 'cp-2');
  expect(list.trim().split('\n')).toHaveLength(3);
  expect(list).toContain('started, cp-3, https://10.0.0.12:2380, https://10.0.0.12:2379, false');
  expect(['0', '1', '2']).toContain(await leaderOf(scene));
  expect(await scene.run('kubectl get endpoints kubernetes -o jsonpath={.subsets[0].addresses[*].ip}')).toContain('10.0.0.10 10.0.0.11 10.0.0.12');
});

test('18.1 one member of three may be lost: another leads, and the cluster goes on', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  const leader = await leaderOf(scene);
  const other = leader === '0' ? 'cp-2' : 'cp-1';
  await scene.run(`power ${nodeOf(leader)} off`);
  await scene.wait(10);
  expect(await leaderOf(scene, other)).not.toBe(leader);
  expect(await scene.run('kubectl create configmap still -n default --from-literal=a=b')).toBe('configmap/still created\n');
  await scene.run(`power ${nodeOf(leader)} on`);
  await scene.wait(60);
  expect(await scene.etcdctl('endpoint health --cluster', other)).not.toContain('unhealthy');
  expect(await scene.etcdctl('get /registry/configmaps/default/still --keys-only', nodeOf(leader))).toContain('/registry/configmaps/default/still');
});

test('18.1 without a majority nothing is written, and reads come from what a member has', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  await scene.etcdctl('put before 1', 'cp-1');
  await scene.run('power cp-2 off');
  await scene.run('power cp-3 off');
  await scene.wait(5);
  expect(await scene.etcdctl('put a b', 'cp-1')).toContain('Error: context deadline exceeded');
  expect(await scene.etcdctl('get before', 'cp-1')).toContain('Error: context deadline exceeded');
  expect(await scene.etcdctl('get before --consistency=s', 'cp-1')).toBe('before\n1\n');
  expect(await scene.etcdctl('endpoint status -w table', 'cp-1')).toContain('etcdserver: no leader');
  expect(await scene.run('kubectl get pods')).toContain('etcdserver: request timed out');
  await scene.run('power cp-2 on');
  await scene.wait(60);
  expect(await scene.etcdctl('put a b', 'cp-1')).toBe('OK\n');
});

test('18.2 a dead member is replaced: removed, added as a learner, started anew, promoted', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  await scene.on('cp-3', `mv ${MANIFEST} /root/ && rm -rf /var/lib/etcd/member`);
  await scene.wait(15);
  const dead = /^(\w+), started, cp-3/m.exec(await scene.etcdctl('member list', 'cp-1'))![1]!;
  expect(await scene.etcdctl('member add extra --peer-urls=https://10.0.0.50:2380', 'cp-1')).toContain('etcdserver: unhealthy cluster');
  expect(await scene.etcdctl(`member remove ${dead}`, 'cp-1')).toMatch(new RegExp(`^Member ${dead} removed from cluster \\w{16}\n$`));
  const added = await scene.etcdctl('member add cp-3 --learner --peer-urls=https://10.0.0.12:2380', 'cp-1');
  expect(added).toContain('ETCD_INITIAL_CLUSTER_STATE="existing"');
  const learner = /Member (\w+) added/.exec(added)![1]!;
  expect(await scene.etcdctl(`member promote ${learner}`, 'cp-1')).toContain('etcdserver: can only promote a learner member which is in sync with leader');
  expect(await scene.etcdctl('member add other --learner --peer-urls=https://10.0.0.51:2380', 'cp-1')).toContain('etcdserver: too many learner members in cluster');
  await scene.on('cp-3', `mv /root/etcd.yaml ${MANIFEST}`);
  await scene.wait(30);
  expect(await scene.etcdctl('put from-learner x', 'cp-3')).toContain('etcdserver: rpc not supported for learner');
  expect(await scene.etcdctl(`member promote ${learner}`, 'cp-1')).toMatch(/^Member \w+ promoted in cluster/);
  expect(await scene.etcdctl('put from-voter x', 'cp-3')).toBe('OK\n');
  expect(await scene.etcdctl('member promote 1234567812345678', 'cp-1')).toContain('etcdserver: member not found');
});

test('a member that lost its disk does not come back under its old ID', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  await scene.on('cp-3', `mv ${MANIFEST} /root/ && sleep 1 && rm -rf /var/lib/etcd/member && mv /root/etcd.yaml ${MANIFEST}`);
  await scene.wait(15);
  expect(await scene.on('cp-3', 'tail -n 1 /var/log/containers/etcd-cp-3_*.log')).toContain('is out of range [lastIndex(0)]. Was the raft log corrupted, truncated, or lost?');
});

test('a member that is cut off catches up when the cable is in again, and so does its API server', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  scene.cluster.network.setCut('cp-3', true);
  await scene.wait(3);
  await scene.run('kubectl create configmap meanwhile --from-literal=a=b');
  scene.cluster.network.setCut('cp-3', false);
  await scene.wait(30);
  expect(await scene.on('cp-3', 'kubectl --kubeconfig=/etc/kubernetes/super-admin.conf --server=https://10.0.0.12:6443 get configmap meanwhile -o name')).toBe('configmap/meanwhile\n');
});

test('leadership is handed on by the leader alone', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  const leader = nodeOf(await leaderOf(scene));
  const other = leader === 'cp-1' ? 'cp-2' : 'cp-1';
  const id = new RegExp(`^(\\w+), started, ${other}`, 'm').exec(await scene.etcdctl('member list', 'cp-1'))![1]!;
  expect(await scene.etcdctl(`move-leader ${id}`, other)).toContain('Error: no leader endpoint given at [127.0.0.1:2379]');
  expect(await scene.etcdctl(`move-leader ${id}`, leader)).toMatch(new RegExp(`^Leadership transferred from \\w+ to ${id}\n$`));
  expect(nodeOf(await leaderOf(scene))).toBe(other);
});

test('a peer certificate that nobody trusts keeps a member out', async () => {
  const scene = await TerminalScene.threeControlPlanes();
  await scene.on('cp-2', 'cp /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/etcd/peer.crt; cp /etc/kubernetes/pki/apiserver.key /etc/kubernetes/pki/etcd/peer.key; crictl stop $(crictl ps -q --name etcd)');
  await scene.wait(30);
  expect(await scene.etcdctl('endpoint health', 'cp-2')).toContain('is unhealthy');
  expect(await scene.etcdctl('endpoint health', 'cp-1')).toContain('is healthy');
});
