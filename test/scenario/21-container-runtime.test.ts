/**
 * Section 21: CRI and crictl. Also: the node's failures of runtime, clock, network and certificates, and the kubelet's ports.
 * | rule | covered elsewhere |
 * |---|---|
 * | a crashing static Pod shows exited containers with rising ATTEMPT | test/scenario/17-leader-election.test.ts, "restarts" |
 * | a container removed with crictl comes back | 17-leader-election.test.ts (crictl rm -f), 03-replica-set.test.ts (crictl stop) |
 */
import { expect, test } from 'vitest';
import { nodesOf } from '../../src/engine/nodes.ts';
import { pod, Scene } from './scene.ts';
import { TerminalScene } from '../shell/terminal-scene.ts';

const on = (at: Scene, command: string) => at.run(`ssh w1 '${command}'`);
const ready = (at: Scene) => at.see('node w1', '.status.conditions[?(@.type=="Ready")].status');
const web = pod('web', { nodeName: 'w1' });

async function withWeb(): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(web);
  await at.wait(10);
  return at;
}

test('21.1 the endpoint comes from /etc/crictl.yaml, a flag comes first', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  expect(await on(at, 'cat /etc/crictl.yaml')).toContain('runtime-endpoint: unix:///run/containerd/containerd.sock');
  const refused = 'FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/crio/crio.sock": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/crio/crio.sock: connect: no such file or directory"';
  expect(await on(at, 'crictl --runtime-endpoint unix:///run/crio/crio.sock ps')).toBe(refused);
  await on(at, 'sed -i s,containerd/containerd,crio/crio, /etc/crictl.yaml');
  expect(await on(at, 'crictl ps')).toBe(refused);
  expect(await on(at, 'crictl -r unix:///run/containerd/containerd.sock version')).toBe('Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  2.1.4\nRuntimeApiVersion:  v1');
});

test('21.1 a containerd whose configuration is no TOML does not start', async () => {
  const at = await withWeb();
  await on(at, 'echo oops here >> /etc/containerd/config.toml; systemctl restart containerd');
  await at.wait(15);
  expect(await on(at, 'systemctl is-active containerd')).not.toBe('active');
  expect(await on(at, 'journalctl -u containerd')).toContain('containerd: failed to unmarshal TOML at row 4 column 6: toml: expected character =');
  await on(at, 'sed -i /oops/d /etc/containerd/config.toml; systemctl reset-failed containerd; systemctl restart containerd');
  await at.wait(30);
  expect([await on(at, 'systemctl is-active containerd'), await ready(at)]).toEqual(['active', 'True']);
});

test('21.1 a containerd whose CRI plugin is disabled runs and answers nobody; containers go on', async () => {
  const at = await withWeb();
  await on(at, 'echo disabled_plugins = [\\"cri\\"] > /etc/containerd/config.toml; systemctl restart containerd');
  await at.wait(15);
  expect(await on(at, 'systemctl is-active containerd')).toBe('active');
  expect(await at.see('node w1', '.status.conditions[?(@.type=="Ready")].message')).toContain('container runtime is down');
  expect(await on(at, 'crictl ps')).toBe('FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService');
  expect(await on(at, 'crictl -r unix:///run/crio/crio.sock ps')).toContain('code = Unavailable');
  await on(at, 'systemctl restart kubelet');
  expect(await on(at, 'journalctl -u kubelet -n 3')).toContain('unknown service runtime.v1.RuntimeService');
  await on(at, 'rm /etc/containerd/config.toml; systemctl restart containerd');
  await at.wait(30);
  expect(await ready(at)).toBe('True');
  expect(await at.see('pod web', '.status.containerStatuses[0].restartCount')).toBe('0');
});

test.each([
  ['ps -a', /^CONTAINER +IMAGE +CREATED +STATE +NAME +ATTEMPT +POD ID +POD +NAMESPACE\n[0-9a-f]{13} +[0-9a-f]{13} +\d+ seconds ago +Running +c +0 +[0-9a-f]{13} +web +default\n/],
  ['pods', /^POD ID +CREATED +STATE +NAME +NAMESPACE +ATTEMPT +RUNTIME\n[0-9a-f]{13} +\d+ seconds ago +Ready +web +default +0 +\(default\)\n/],
  ['images', /^IMAGE +TAG +IMAGE ID +SIZE\n(.*\n)*docker\.io\/library\/nginx +1\.27 +[0-9a-f]{13} +72\.0MB\n/],
  ['images --digests', /^IMAGE +TAG +DIGEST +IMAGE ID +SIZE\n/],
  ['stats', /^CONTAINER +NAME +CPU % +MEM +DISK +INODES +SWAP\n(.*\n)*[0-9a-f]{13} +c +\d\.\d\d +[\d.]+MB +/],
  ['info', /"type": "RuntimeReady"/],
  ['pull busybox:1.36', /^Image is up to date for docker\.io\/library\/busybox@sha256:[0-9a-f]{64}$/],
  ['pull nginx:no-such-tag', /^FATA\[0000\] pulling image: /],
  ['rmi nginx:1.27', /^Deleted: docker\.io\/library\/nginx:1\.27$/],
  ['exec $(crictl ps -q --label io.kubernetes.container.name=c) cat /etc/hostname', /^web$/],
  ['inspect $(crictl ps -q --label io.kubernetes.container.name=c)', /"state": "CONTAINER_RUNNING"(.*\n)*.*"logPath": "\/var\/log\/pods\/default_web_[0-9a-f-]{36}\/c\/0\.log"/],
  ['inspectp $(crictl pods -q --name web)', /"state": "SANDBOX_READY"(.*\n)*.*"ip": "10\.244\.1\.\d+"/],
  ['logs --tail 1 $(crictl ps -q --label io.kubernetes.container.name=c)', /start|ready|worker/],
  ['rm $(crictl ps -q --label io.kubernetes.container.name=c)', /^FATA\[0000\] removing container: container "[0-9a-f]{64}" is running, please stop it first$/],
  ['stop deadbeef', /^FATA\[0000\] rpc error: code = NotFound desc = an error occurred when try to find container "deadbeef": not found$/],
])('21.1 crictl %s', async (words, said) => {
  const at = await withWeb();
  expect(await at.run(`ssh w1 "crictl ${words.replaceAll('$(', '\\$(')}"`)).toMatch(said);
});

test('21.2 a sandbox that is removed comes back with the next ATTEMPT; its Pod runs on another address', async () => {
  const at = await withWeb();
  const ip = await at.see('pod web', '.status.podIP');
  await on(at, 'crictl stopp $(crictl pods -q --name web)');
  expect(await on(at, 'crictl rmp $(crictl pods -q --name web --state NotReady)')).toMatch(/^Removed sandbox [0-9a-f]{64}$/);
  await at.wait(20);
  expect(await on(at, 'crictl pods --name web')).toMatch(/Ready +web +default +1 +\(default\)$/);
  expect(await at.see('pod web', '.status.podIP')).not.toBe(ip);
});

test('21.3 a runtime that is down: crictl has nobody to ask, the kubelet says so, containers go on', async () => {
  const at = await withWeb();
  await on(at, 'systemctl stop containerd');
  expect(await on(at, 'crictl ps')).toBe('FATA[0000] validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory"');
  await at.wait(60);
  expect(await at.see('node w1', '.status.conditions[?(@.type=="Ready")].message')).toContain('container runtime is down');
  await on(at, 'systemctl restart kubelet');
  expect(await on(at, 'journalctl -u kubelet -n 3')).toContain('failed to run Kubelet: validate service connection');
  await on(at, 'systemctl start containerd');
  await at.wait(40);
  expect([await ready(at), await at.see('pod web', '.status.phase} {.status.containerStatuses[0].restartCount')]).toEqual(['True', 'Running 0']);
});

test('21.1 CRI-O: its own unit, socket and names', async () => {
  const scene = await TerminalScene.booted([{ name: 'control-plane', role: 'control-plane' }, { name: 'worker-1', runtime: 'cri-o' }]);
  expect(nodesOf([{ name: 'x', runtime: 'cri-o' }])[0]!.nodeInfo.containerRuntimeVersion).toBe('cri-o://1.36.0');
  expect(await scene.run("ssh worker-1 'systemctl is-active crio; cat /etc/crictl.yaml; crictl version; grep containerRuntimeEndpoint /var/lib/kubelet/config.yaml'")).toMatch(/^active\nruntime-endpoint: unix:\/\/\/var\/run\/crio\/crio\.sock\n(.*\n)*RuntimeName: {2}cri-o\nRuntimeVersion: {2}1\.36\.0\n(.*\n)*containerRuntimeEndpoint: unix:\/\/\/var\/run\/crio\/crio\.sock\n$/);
  expect(await scene.run('kubectl get node worker-1 -o wide --no-headers')).toMatch(/cri-o:\/\/1\.36\.0$/m);
  await scene.run('kubectl run web --image=nginx:1.27');
  await scene.cluster.world.advance(15_000);
  expect(await scene.run("kubectl get pod web -o jsonpath='{.status.containerStatuses[0].containerID}'")).toMatch(/^cri-o:\/\//);
  await scene.run("ssh worker-1 'systemctl stop crio'");
  await scene.cluster.world.advance(30_000);
  expect(await scene.run("kubectl describe node worker-1 | grep 'container runtime'")).toContain('container runtime is down');
});

test('the kubelet asks who is there and what they may: port 10250, the read-only port, healthz', async () => {
  const at = await withWeb();
  const curl = (words: string) => at.run(`curl -sk ${words}`);
  expect(await curl('https://10.0.0.11:10250/pods')).toBe('Unauthorized');
  expect(await at.run("ssh cp 'curl -sk --cert /etc/kubernetes/pki/apiserver-kubelet-client.crt --key /etc/kubernetes/pki/apiserver-kubelet-client.key https://10.0.0.11:10250/pods'")).toContain('"name":"web"');
  await at.k('create sa reader');
  const asReader = () => curl('-H "Authorization: Bearer $(kubectl create token reader)" https://10.0.0.11:10250/pods');
  expect(await asReader()).toBe('Forbidden (user=system:serviceaccount:default:reader, verb=get, resource=nodes, subresource(s)=[pods proxy])');
  await at.k('create clusterrole kubelet --verb=get --resource=nodes/pods');
  await at.k('create clusterrolebinding kubelet --clusterrole=kubelet --serviceaccount=default:reader');
  expect(await asReader()).toContain('"kind":"PodList"');
  expect(await curl('-m 2 http://10.0.0.11:10255/pods; echo $?')).toBe('7');
  expect(await on(at, 'curl -s http://127.0.0.1:10248/healthz')).toBe('ok');
  await on(at, 'printf "readOnlyPort: 10255\\n" >> /var/lib/kubelet/config.yaml; sed -i "s/enabled: false/enabled: true/; s/mode: Webhook/mode: AlwaysAllow/" /var/lib/kubelet/config.yaml; systemctl restart kubelet');
  await at.wait(5);
  expect(await curl('http://10.0.0.11:10255/pods')).toContain('"name":"web"');
  expect(await curl('https://10.0.0.11:10250/pods')).toContain('"name":"web"');
});

test('a cable that is pulled: the node is unknown to the cluster, and comes back with it', async () => {
  const at = await withWeb();
  await on(at, 'ip link set eth0 down');
  expect(await on(at, 'true')).toBe('ssh: connect to host w1 port 22: No route to host');
  await at.wait(60);
  expect([await ready(at), await at.k('get node w1 --no-headers')]).toEqual(['Unknown', expect.stringMatching(/^w1 +NotReady /)]);
  await at.run('power w1 off; power w1 on');
  await at.wait(60);
  expect(await ready(at)).toBe('True');
});

test('a clock that is wrong: certificates are not valid yet, heartbeats carry the wrong time', async () => {
  const at = await withWeb();
  await on(at, 'date -s "2025-06-01 12:00:00"');
  expect(await on(at, 'timedatectl | grep synchronized')).toBe('System clock synchronized: no');
  await at.wait(15);
  expect(await at.see('lease w1 -n kube-node-lease', '.spec.renewTime')).toMatch(/^2025-06-01T12:00/);
  expect(await ready(at)).toBe('True'); // the connection of before still stands
  await on(at, 'systemctl restart kubelet');
  await at.wait(70);
  expect(await ready(at)).toBe('Unknown');
  expect(await on(at, 'curl --cacert /etc/kubernetes/pki/ca.crt https://10.0.0.10:6443/healthz')).toBe('curl: (60) SSL certificate problem: certificate is not yet valid');
  await on(at, 'timedatectl set-ntp true');
  await at.wait(60);
  expect(await ready(at)).toBe('True');
});

test('21.1 crictl logs -f shows what comes until the container ends', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(pod('talker', { restartPolicy: 'Never', containers: [{ name: 'talker', image: 'busybox', command: ['sh', '-c', 'for i in 1 2 3 4 5 6; do echo line $i; sleep 3; done'] }] }));
  await at.wait(6);
  const id = await at.run("ssh w1 'crictl ps -q --name talker'");
  const startMs = at.nowMs;
  expect(await at.run(`ssh w1 'timeout 4 crictl logs -f --tail 1 ${id}'`)).toMatch(/^line \d\nline \d(\nline \d)?$/);
  expect(at.nowMs - startMs).toBe(4000);
  const all = await at.run(`ssh w1 'crictl logs -f ${id}'`);
  expect([all.split('\n').at(-1), await at.see('pod talker', '.status.phase') !== 'Pending']).toEqual(['line 6', true]);
  expect(await at.run("ssh w1 'crictl logs -f $(crictl ps -aq --name talker) | wc -l'")).toBe('6');
});
