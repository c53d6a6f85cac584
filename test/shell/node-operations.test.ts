/** What an operator types on a node: units, processes, packages. */
import { expect, test } from 'vitest';
import { Runner } from '../../src/engine/run.ts';

async function onNode() {
  const runner = await Runner.start({ seed: 3 });
  const sh = async (line: string) => {
    const { stdout, stderr } = await runner.run(line);
    return stdout + stderr;
  };
  return { sh, ssh: (line: string) => sh(`ssh worker-1 '${line}'`), wait: (seconds: number) => runner.wait(seconds * 1000) };
}

test('systemctl tells drop-ins by folder, links what is enabled, and warns of files that it has not read', async () => {
  const { ssh } = await onNode();
  await ssh('mkdir -p /etc/systemd/system/kubelet.service.d; printf "[Service]\\nExecStart=\\nExecStart=/opt/kubelet\\n" > /etc/systemd/system/kubelet.service.d/90-mine.conf');
  const status = await ssh('systemctl status kubelet');
  expect(status).toContain('    Drop-In: /usr/lib/systemd/system/kubelet.service.d\n             └─10-kubeadm.conf\n            /etc/systemd/system/kubelet.service.d\n             └─90-mine.conf\n');
  expect(status).toContain("Warning: The unit file, source configuration file or drop-ins of kubelet.service changed on disk. Run 'systemctl daemon-reload' to reload units.");
  expect(await ssh('systemctl disable --now kubelet')).toContain("Removed '/etc/systemd/system/multi-user.target.wants/kubelet.service'.");
  await ssh('systemctl daemon-reload; systemctl start kubelet');
  expect(await ssh('systemctl status kubelet')).toMatch(/code=exited, status=203\/EXEC\)\n(.*\n)*.*kubelet.service: Failed at step EXEC spawning \/opt\/kubelet: No such file or directory/);
  await ssh('ln -s /usr/bin/kubelet /opt/kubelet; systemctl restart kubelet');
  expect(await ssh('systemctl is-active kubelet; systemctl is-enabled kubelet')).toBe('active\ndisabled\n');
});

test('systemctl shows each unit that it is asked for, also after one that is missing', async () => {
  const { ssh } = await onNode();
  const status = await ssh('systemctl status kubelet nope containerd; echo "exit $?"');
  expect(status).toMatch(/● kubelet.service[^●]*\n\n● containerd.service - [^●]*exit 4\n/);
  expect(status).toContain('Unit nope.service could not be found.\n');
  expect(await ssh('systemctl cat kubelet nope containerd')).toMatch(/# \S+kubelet.service\n[^]*\n# \S+containerd.service\n[^]*No files found for nope.service./);
});

test('systemctl kill: SIGTERM is a clean end, SIGKILL a failure; systemd starts what is to be always there', async () => {
  const { ssh, wait } = await onNode();
  const pid = () => ssh('systemctl status kubelet | grep -o "PID: [0-9]*"');
  const before = await pid();
  await ssh('systemctl kill kubelet');
  expect(await ssh('systemctl status kubelet')).toMatch(/Active: activating \(auto-restart\) since[^]*kubelet.service: Deactivated successfully./);
  await wait(15);
  expect(await ssh('systemctl is-active kubelet')).toBe('active\n');
  expect(await pid()).not.toBe(before);
  await ssh('systemctl kill -s SIGKILL kubelet');
  expect(await ssh('systemctl status kubelet')).toMatch(/auto-restart\) \(Result: signal\)[^]*\(code=killed, signal=KILL\)[^]*Main process exited, code=killed, status=9\/KILL\n.*Failed with result 'signal'./);
  expect(await ssh('systemctl kill --signal=WINCH containerd; systemctl is-active containerd')).toBe('active\n');
  expect(await ssh('systemctl kill nope; systemctl kill -s NOPE kubelet')).toBe('Failed to kill unit nope.service: Unit nope.service not loaded.\nFailed to parse signal string NOPE.\n');
});

test('ps shows what systemd started and what runs in containers', async () => {
  const { ssh } = await onNode();
  expect(await ssh('ps aux')).toMatch(/root +\d+ .* \/usr\/bin\/kubelet --bootstrap-kubeconfig=\S+ --kubeconfig=\/etc\/kubernetes\/kubelet.conf/);
  expect(await ssh('ps -ef | grep kube-proxy | head -1')).toContain('--hostname-override=worker-1');
  await ssh('systemctl stop kubelet');
  expect(await ssh('ps aux')).not.toContain('/usr/bin/kubelet');
});

test('a held package stays; a new kubelet counts once it has been started', async () => {
  const { sh, ssh, wait } = await onNode();
  const version = () => sh("kubectl get node worker-1 -o jsonpath='{.status.nodeInfo.kubeletVersion}'");
  await ssh('sed -i s/v1.36/v1.35/ /etc/apt/sources.list.d/kubernetes.list');
  expect(await ssh('apt-get install -y kubelet=1.35.6-1.1')).toContain("E: Version '1.35.6-1.1' for 'kubelet' was not found");
  await ssh('apt-get update; apt-mark hold kubelet');
  expect(await ssh('apt-get install -y --allow-downgrades "kubelet=1.35.6-*"')).toContain('E: Held packages were changed and -y was used without --allow-change-held-packages.');
  expect(await ssh('apt-mark unhold kubelet; apt-get install -y --allow-downgrades "kubelet=1.35.6-*"')).toContain('Unpacking kubelet (1.35.6-1.1) over (1.36.2-1.1) ...');
  expect([await ssh('kubelet --version'), await version()]).toEqual(['Kubernetes v1.35.6\n', 'v1.36.2']);
  await ssh('systemctl restart kubelet');
  await wait(5);
  expect(await version()).toBe('v1.35.6');
});

test('describe shows the events of a static Pod with its mirror', async () => {
  const { sh, ssh, wait } = await onNode();
  await ssh('printf "apiVersion: v1\\nkind: Pod\\nmetadata: {name: lamp}\\nspec: {containers: [{name: a, image: busybox, command: [\\"false\\"]}]}\\n" > /etc/kubernetes/manifests/lamp.yaml');
  await wait(60);
  expect(await sh('kubectl describe pod lamp-worker-1')).toContain('Back-off restarting failed container a in pod lamp-worker-1_default');
});

test('without an API server the kubelet, the runtime and the log files tell what happened', async () => {
  const { sh, ssh, wait } = await onNode();
  const onPlane = (line: string) => sh(`ssh control-plane '${line}'`);
  await onPlane('sed -i s/=NodeRestriction/=NodeRestrictions/ /etc/kubernetes/manifests/kube-apiserver.yaml');
  await wait(60);
  expect(await onPlane('tail -n 1 /var/log/containers/kube-apiserver-*.log')).toContain('enable-admission-plugins plugin \\"NodeRestrictions\\" is unknown');
  const journal = await onPlane('journalctl -u kubelet -n 30');
  expect(journal).toMatch(/"Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"kube-apiserver\\" with CrashLoopBackOff: \\"back-off (20|40)s restarting failed container=kube-apiserver pod=kube-apiserver-control-plane_kube-system\(\w+\)\\"" pod="kube-system\/kube-apiserver-control-plane"/);
  expect(journal).toContain('"Failed to ensure lease exists, will retry" err="Get \\"https://10.0.0.10:6443/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/control-plane?timeout=10s\\": dial tcp 10.0.0.10:6443: connect: connection refused"');
  await onPlane('rm /etc/kubernetes/manifests/kube-apiserver.yaml');
  await wait(40);
  expect(await ssh('ls /var/log/containers | grep -c kube-proxy')).toBe('1\n');
  expect(await onPlane('ls /var/log/containers')).not.toContain('kube-apiserver');
});

test('what is piped into ssh is read over there, by the command or by the shell', async () => {
  const { sh } = await onNode();
  expect(await sh("echo 'größer' | ssh worker-1 'cat > /tmp/note; wc -l < /tmp/note'")).toBe('1\n');
  expect(await sh('ssh worker-1 cat /tmp/note | ssh worker-2 cat')).toBe('größer\n');
  expect(await sh('printf "hostname\ncat /tmp/note\n" | ssh worker-1')).toBe('worker-1\ngrößer\n');
  expect(await sh('ssh worker-2 cat < /dev/null; hostname')).toBe('quest\n');
});

test('containerd prints the configuration that it would have without a file', async () => {
  const { ssh } = await onNode();
  await ssh('echo broken > /etc/containerd/config.toml');
  expect(await ssh('containerd config default > /etc/containerd/config.toml; containerd config dump')).toMatch(/^version = 3\n/);
});
