import { expect, test } from 'vitest';
import { Cluster } from '../../src/cluster/cluster.ts';
import { nodesOf } from '../../src/engine/nodes.ts';
import { PlayerShell } from '../../src/shell/player-shell.ts';

async function old() {
  const cluster = new Cluster({ seed: 1, nodes: nodesOf([{ name: 'cp', role: 'control-plane', version: '1.35.6' }, { name: 'w1', version: '1.35.6' }]) });
  await cluster.boot();
  let said = '';
  const shell = new PlayerShell(cluster, { write: (_, text) => { said += text; }, edit: async () => undefined, answer: () => undefined, isTerminal: false }, cluster.adminKubeconfig());
  const run = async (line: string) => {
    said = '';
    await shell.runToEnd(line, 600_000);
    return said.trim();
  };
  return { cluster, run, wait: (seconds: number) => cluster.world.advance(seconds * 1000) };
}

const newer = (node: string, name: string) => `ssh ${node} 'sed -i s/v1.35/v1.36/ /etc/apt/sources.list.d/kubernetes.list; apt-get update; apt-get install -y "${name}=1.36.2-*"'`;
const images = "kubectl get pods -n kube-system -o jsonpath='{.items[*].spec.containers[0].image}'";

test('a cluster is of the version that its machines were set up with', async () => {
  const { run } = await old();
  expect(await run('kubectl version')).toContain('Server Version: v1.35.6');
  expect(await run("kubectl get node w1 -o jsonpath='{.status.declaredFeatures}'")).toBe('');
  expect(await run(images)).toContain('kube-apiserver:v1.35.6');
  expect(await run('ssh cp kubeadm upgrade plan')).toContain("Awesome, you're up-to-date!");
  expect(await run('ssh cp kubeadm upgrade apply v1.36.2 -y')).toContain('Specified version to upgrade to "v1.36.2" is higher than the kubeadm version "v1.35.6". Upgrade kubeadm first');
  expect(await run('ssh w1 kubeadm upgrade plan')).toContain('failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: no such file or directory');
});

test('upgrade apply brings the control plane to a version, and leaves the kubelets to their packages', async () => {
  const { run, wait } = await old();
  await run(newer('cp', 'kubeadm'));
  expect(await run('ssh cp kubeadm upgrade plan')).toMatch(/kubelet +w1 +v1.35.6 +v1.36.2\n(.*\n)*kube-apiserver +cp +v1.35.6 +v1.36.2\n(.*\n)*\tkubeadm upgrade apply v1.36.2/);
  await run("ssh cp 'echo \"# by hand\" >> /etc/kubernetes/manifests/kube-scheduler.yaml'");
  expect(await run('ssh cp kubeadm upgrade apply 1.36.2 -y')).toContain('SUCCESS! A control plane node of your cluster was upgraded to "v1.36.2".');
  await wait(30);
  expect(await run('kubectl version')).toContain('Server Version: v1.36.2');
  expect(await run(images)).toMatch(/^(?=.*kube-scheduler:v1.36.2)(?=.*kube-proxy:v1.36.2)(?!.*v1.35.6)/);
  expect(await run('ssh cp cat /etc/kubernetes/manifests/kube-scheduler.yaml')).not.toContain('# by hand');
  expect(await run("ssh cp 'cat /etc/kubernetes/tmp/*/kube-scheduler.yaml'")).toContain('# by hand');
  expect(await run("kubectl get nodes -o jsonpath='{.items[*].status.nodeInfo.kubeletVersion}'")).toBe('v1.35.6 v1.35.6');
  expect(await run('ssh cp kubeadm upgrade plan')).toContain('Cluster version: 1.36.2');
});

test('upgrade node writes the kubelet configuration of the cluster over that of the node', async () => {
  const { run } = await old();
  await run("kubectl get cm kubelet-config -n kube-system -o json | jq '.data.kubelet += \"maxPods: 20\\n\"' | kubectl replace -f -");
  expect(await run('ssh w1 kubeadm upgrade node')).toContain('[upgrade/control-plane] Skipping phase. Not a control plane node.');
  expect(await run("ssh w1 'cat /var/lib/kubelet/config.yaml; systemctl restart kubelet; systemctl is-active kubelet'")).toMatch(/maxPods: 20\n(.*\n)*containerRuntimeEndpoint: unix:.*\n(.*\n)*active$/);
});
