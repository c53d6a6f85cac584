import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const on = (name: string, image: string, imagePullPolicy = 'IfNotPresent') => pod(name, { nodeName: 'w1', containers: [{ name: 'c', image, imagePullPolicy }] });
/** How long each pull took, and with waiting. */
const timeOf = async (at: Scene, name: string) => {
  const said = (await at.events(name)).find((event) => event.startsWith('Pulled')) ?? '';
  return (/ in (\S+) \((\S+) including waiting\)/.exec(said) ?? []).slice(1, 3).map((text) => (text.endsWith('ms') ? Number.parseFloat(text) / 1000 : Number.parseFloat(text)));
};
async function took(at: Scene, ...names: string[]): Promise<number[][]> {
  const times: number[][] = [];
  for (const name of names) times.push(await timeOf(at, name));
  return times;
}
async function configured(lines: string): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run(`ssh w1 "printf '${lines}' >> /var/lib/kubelet/config.yaml && systemctl restart kubelet"`);
  await at.wait(15);
  return at;
}

test('10.5 images are pulled one after the other; who waits for one that has come is soon served', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(...['a', 'b', 'c'].map((name) => on(name, 'nginx:1.27')), on('other', 'redis:7'));
  await at.wait(15);
  const times = await took(at, 'a', 'b', 'c', 'other');
  const pulls = times.map(([pull]) => pull!);
  expect(pulls.slice(0, 3).filter((seconds) => seconds <= 0.3)).toHaveLength(2);
  expect(Math.max(...times.map(([, waited]) => waited!))).toBeCloseTo(pulls.reduce((sum, each) => sum + each, 0), 1);
});

test('10.5 forty Pods of one image on one node run within twenty seconds', async () => {
  const at = await Scene.kubeadm({ w1: { cpu: '8' } });
  await at.k('create deploy web --image=nginx:1.27 --replicas=40');
  await at.wait(20);
  expect(await at.see('deploy web', '.status.readyReplicas')).toBe('40');
});

test('10.5 with serializeImagePulls: false nobody waits, and layers that are on their way are not fetched again', async () => {
  const at = await configured('serializeImagePulls: false\\n');
  await at.apply(on('a', 'nginx:1.27'), on('b', 'nginx:1.27'), on('c', 'redis:7'));
  await at.wait(15);
  const times = await took(at, 'a', 'b', 'c');
  for (const [pull, waited] of times) expect(waited).toBe(pull);
  expect(times[0]![0]! - times[1]![0]!).toBeLessThanOrEqual(0.3);
});

test('10.5 maxParallelImagePulls bounds them, and goes with parallel pulls only', async () => {
  const at = await configured('maxParallelImagePulls: 2\\n');
  await at.apply(on('a', 'nginx:1.27'), on('b', 'redis:7'), on('c', 'postgres:16'));
  await at.wait(25);
  const times = await took(at, 'a', 'b', 'c');
  expect(times.filter(([pull, waited]) => waited! > pull!)).toHaveLength(1);
  await at.run('ssh w1 "echo \'serializeImagePulls: true\' >> /var/lib/kubelet/config.yaml && systemctl restart kubelet"');
  await at.wait(10);
  expect(await at.run('ssh w1 "journalctl -u kubelet -n 5"')).toContain('invalid configuration: maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false');
});
