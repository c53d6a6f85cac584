import { expect, test } from 'vitest';
import { deployment, pod, Scene } from '../../../scenario/scene.ts';

const account = 'system:serviceaccount:default:prometheus';

test('scheduler and controller manager count what they do, for whom may read it', async () => {
  const at = await Scene.kubeadm();
  await at.k('create serviceaccount prometheus');
  await at.apply(deployment('web', { replicas: 2 }), pod('nowhere', { nodeSelector: { no: 'where' } }));
  await at.wait(10);
  const token = await at.k('create token prometheus');
  const read = (port: number, header = `-H 'Authorization: Bearer ${token}'`) => at.run(`ssh cp "curl -sk ${header.replaceAll("'", String.raw`\"`)} https://127.0.0.1:${port}/metrics"`);
  expect(await read(10259, '')).toBe('Forbidden');
  expect(await read(10259, "-H 'Authorization: Bearer wrong'")).toBe('Unauthorized');
  expect(await read(10259)).toBe('Forbidden');
  await at.apply({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'scrape' }, rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] });
  await at.k(`create clusterrolebinding scrape --clusterrole=scrape --user=${account}`);
  const scheduler = await read(10259);
  const value = (text: string, series: string) => Number(text.split('\n').find((line) => line.startsWith(`${series} `))?.split(' ').at(-1));
  const placed = await at.see('pods -A', '.items[?(@.spec.nodeName)].metadata.name').then((names) => names.split(' ').filter((name) => !name.endsWith('-cp') && !/^kube-proxy|^kindnet/.test(name)).length);
  expect(value(scheduler, 'scheduler_schedule_attempts_total{result="scheduled"}')).toBeGreaterThanOrEqual(placed);
  expect(value(scheduler, 'scheduler_schedule_attempts_total{result="unschedulable"}')).toBeGreaterThanOrEqual(1);
  const manager = await read(10257);
  expect(manager).toMatch(/^rest_client_requests_total\{code="201",host="10\.0\.0\.10:6443",method="POST"\} [1-9]/m);
  const adds = () => manager.match(/^workqueue_adds_total\{name="[^"]+"\} [1-9]\d*$/gm) ?? [];
  expect(adds().length).toBeGreaterThan(5);
  expect(manager).toMatch(/^process_start_time_seconds 17\d+/m);

  const processorSeconds = async () => value(await at.k('get --raw /metrics'), 'process_cpu_seconds_total');
  const before = await processorSeconds();
  await at.wait(10);
  expect(await processorSeconds()).toBeGreaterThan(before);
});
