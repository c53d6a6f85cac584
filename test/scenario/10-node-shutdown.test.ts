/** Graceful node shutdown: an orderly shutdown waits for the Pods, the switch does not. */
import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const sh = (script: string) => ({ containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', script] }], nodeName: 'w1' });
const status = (at: Scene, name: string) => at.see(`pod ${name}`, '.status.phase} {.status.reason}: {.status.message');
const POLITE = 'trap "sleep 4; exit 0" TERM; while true; do sleep 1; done';

async function scene(periods: string): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run(`ssh w1 'printf "${periods}" >> /var/lib/kubelet/config.yaml && systemctl restart kubelet'`);
  await at.apply(pod('polite', sh(POLITE)), pod('stubborn', sh('trap "" TERM; while true; do sleep 1; done')), pod('vital', { ...sh(POLITE), priorityClassName: 'system-node-critical' }, { namespace: 'kube-system' }));
  await at.wait(10);
  return at;
}

test('Pods end as Terminated, critical ones after the others, each within its share; then the power goes', async () => {
  const at = await scene('shutdownGracePeriod: 30s\\nshutdownGracePeriodCriticalPods: 10s\\n');
  await at.run("ssh w1 'shutdown -h now'");
  await at.wait(2);
  expect(await at.see('node w1', '.status.conditions[?(@.type=="Ready")].reason} {.status.conditions[?(@.type=="Ready")].message')).toBe('KubeletNotReady node is shutting down');
  expect(await at.events('w1')).toContain('Shutdown: Shutdown manager detected shutdown event');
  await at.apply(pod('late', sh('sleep 1')));
  await at.wait(8);
  expect(await status(at, 'late')).toBe('Failed NodeShutdown: Pod was rejected: Pod was rejected as the node is shutting down.');
  expect(await status(at, 'polite')).toBe('Failed Terminated: Pod was terminated in response to imminent node shutdown.');
  expect(await at.see('pod polite', '.status.conditions[?(@.type=="DisruptionTarget")].reason')).toBe('TerminationByKubelet');
  expect([await at.run('power w1'), await at.see('pod vital -n kube-system', '.status.phase')]).toEqual(['w1 is on', 'Running']);
  await at.wait(20);
  expect(await at.run('power w1')).toBe('w1 is off');
  expect([await status(at, 'stubborn'), await status(at, 'vital -n kube-system')]).toEqual(Array(2).fill('Failed Terminated: Pod was terminated in response to imminent node shutdown.'));
  expect(await at.k('get pod polite --no-headers')).toMatch(/ Completed /);
  expect(await at.see('pod stubborn', '.status.containerStatuses[0].state.terminated.exitCode')).toBe('137');
});

test('without a grace period, and by the switch, the node is gone at once and nobody has said anything', async () => {
  const at = await scene('');
  await at.run("ssh w1 'systemctl poweroff'");
  await at.wait(1);
  expect([await at.run('power w1'), await status(at, 'polite')]).toEqual(['w1 is off', 'Running :']);
});

test('a reboot is an orderly shutdown too, and the node comes back', async () => {
  const at = await scene('shutdownGracePeriod: 10s\\n');
  await at.run("ssh w1 'reboot'");
  await at.wait(90);
  expect([await at.see('node w1', '.status.conditions[?(@.type=="Ready")].status'), await at.see('pod polite', '.status.reason')]).toEqual(['True', 'Terminated']);
  expect(await at.k('get pods -n kube-system -l k8s-app=kube-proxy --field-selector spec.nodeName=w1 --no-headers')).toMatch(/1\/1 +Running/);
});
