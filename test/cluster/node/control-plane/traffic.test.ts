import { expect, test } from 'vitest';
import { configMaps, daemonSets, deployments, pods, services } from '../../../../src/cluster/client/resources.ts';
import { iptablesSave } from '../../../../src/cluster/node/proxy/iptables-save.ts';
import { ClusterScene, failure } from './scene.ts';

async function withWeb(): Promise<ClusterScene> {
  const scene = await ClusterScene.booted();
  await scene.deploy('web');
  await scene.deploy('client', { replicas: 1 });
  return scene;
}

test('a Service is reached by its name, and every Pod behind it gets its share', async () => {
  const scene = await withWeb();
  const client = scene.stackOf('client');
  expect(client.resolve('web')).toEqual([scene.cluster.admin().get(services, 'web', 'default')?.spec.clusterIP]);
  expect(client.fetch('http://web.default.svc.cluster.local/').status).toBe(200);
  expect(client.resolve('nothing.default')).toEqual([]);
  expect(client.resolve('example.com')).toEqual([]);
  const reached = new Set(Array.from({ length: 30 }, () => {
    const connection = client.connect('web', 80);
    connection.close();
    return connection.service;
  }));
  expect(reached.size).toBe(2);
});

test('a Service without endpoints refuses, one that does not exist has no name', async () => {
  const scene = await withWeb();
  const client = scene.stackOf('client');
  const { clusterIP } = scene.cluster.admin().get(services, 'web', 'default')!.spec;
  scene.cluster.admin().patch(deployments, 'web', 'default', { spec: { replicas: 0 } });
  await scene.wait(40);
  expect(failure(() => client.fetch('http://web/'))).toBe(`dial tcp ${clusterIP}:80: connect: connection refused`);
  scene.cluster.admin().delete(services, 'web', 'default');
  await scene.wait(5);
  expect(failure(() => client.fetch('http://web/'))).toBe('dial tcp: lookup web on 10.96.0.10:53: no such host');
  expect(failure(() => client.connect(clusterIP!, 80))).toBe(`dial tcp ${clusterIP}:80: i/o timeout`);
});

test('a node port answers on every node, also for somebody outside', async () => {
  const scene = await ClusterScene.booted();
  await scene.deploy('web', { replicas: 1, service: { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 80, nodePort: 30080 }] } } });
  for (const address of ['10.0.0.10', '10.0.0.11', '10.0.0.12']) expect(scene.cluster.workstation.fetch(`http://${address}:30080/`).status).toBe(200);
  scene.cluster.admin().patch(services, 'web', 'default', { spec: { externalTrafficPolicy: 'Local' } });
  await scene.wait(5);
  const { hostIP } = scene.pods('web')[0]!.status;
  const other = hostIP === '10.0.0.11' ? '10.0.0.12' : '10.0.0.11';
  expect(scene.cluster.workstation.fetch(`http://${hostIP}:30080/`).status).toBe(200);
  expect(failure(() => scene.cluster.workstation.fetch(`http://${other}:30080/`))).toContain('i/o timeout');
});

test('without CoreDNS no name resolves, but addresses still work', async () => {
  const scene = await withWeb();
  const { clusterIP } = scene.cluster.admin().get(services, 'web', 'default')!.spec;
  scene.cluster.admin().patch(deployments, 'coredns', 'kube-system', { spec: { replicas: 0 } });
  await scene.wait(45);
  const client = scene.stackOf('client');
  expect(failure(() => client.fetch('http://web/'))).toBe('lookup web on 10.96.0.10:53: read udp ->10.96.0.10:53: read: connection refused');
  expect(client.fetch(`http://${clusterIP}/`).status).toBe(200);
});

test('when kube-proxy is gone old Services go on and new ones do not begin', async () => {
  const scene = await withWeb();
  scene.cluster.admin().delete(daemonSets, 'kube-proxy', 'kube-system');
  await scene.wait(60);
  expect(scene.pods('kube-proxy', 'kube-system')).toEqual([]);
  await scene.deploy('fresh');
  const client = scene.stackOf('client');
  expect(client.fetch('http://web/').status).toBe(200);
  expect(failure(() => client.fetch('http://fresh/'))).toContain('i/o timeout');
});

test('a broken Corefile is refused while CoreDNS runs, and fatal when it starts', async () => {
  const scene = await withWeb();
  const corefile = scene.cluster.admin().get(configMaps, 'coredns', 'kube-system')!.data!.Corefile!;
  scene.cluster.admin().patch(configMaps, 'coredns', 'kube-system', { data: { Corefile: corefile.replace('kubernetes cluster.local', 'kubernets cluster.local') } });
  await scene.wait(150);
  expect(scene.stackOf('client').fetch('http://web/').status).toBe(200);
  for (const { metadata } of scene.pods('coredns', 'kube-system')) scene.cluster.admin().delete(pods, metadata.name, 'kube-system');
  await scene.wait(60);
  const states = scene.pods('coredns', 'kube-system').map(({ status }) => status.containerStatuses?.[0]);
  expect(states.map((state) => [state?.ready, state?.lastState?.terminated?.exitCode])).toEqual([[false, 1], [false, 1]]);
  expect(failure(() => scene.stackOf('client').resolve('web'))).toContain('connection refused');
});

test('iptables-save shows the way from a Service to its Pods', async () => {
  const scene = await withWeb();
  const { clusterIP } = scene.cluster.admin().get(services, 'web', 'default')!.spec;
  const saved = iptablesSave(scene.cluster.network.rulesOf('worker-1'));
  expect(saved).toContain(`-A KUBE-SERVICES -d ${clusterIP}/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-`);
  for (const { status } of scene.pods('web')) expect(saved).toContain(`-m comment --comment "default/web" -m tcp -j DNAT --to-destination ${status.podIP}:80`);
  expect(saved).toContain('-m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-');
  expect(iptablesSave(undefined)).not.toContain('KUBE-SVC');
});
