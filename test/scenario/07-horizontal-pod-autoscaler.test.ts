/** controllers.md, section 7: the load is a busybox loop against a Service, the metrics are what metrics-server reads from the kubelets. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Scene } from './scene.ts';

/** A server that works 60 ms for each request, behind a Service. */
const web = ({ replicas = 1, requests = { cpu: '200m' } as object | null, limits = { cpu: '500m' } as object | null } = {}) => [
  {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'php', image: 'registry.k8s.io/hpa-example', resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) } }] } } },
  },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
];

/** Clients that ask one request after the other. */
const load = (count = 1, pause = '0.1') => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: `load-${count}` },
  spec: { terminationGracePeriodSeconds: 0, containers: Array.from({ length: count }, (_, i) => ({ name: `c${i}`, image: 'busybox', command: ['sh', '-c', `while sleep ${pause}; do wget -q -O- http://web; done`] })) },
});

const cpu = (averageUtilization: number) => ({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } });

const hpa = (spec: object = {}, name = 'web') => ({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 10, metrics: [cpu(50)], ...spec } });

const condition = async (scene: Scene, type: string, field = 'reason', name = 'web') => scene.see(`hpa ${name}`, `.status.conditions[?(@.type=="${type}")].${field}`);
const replicas = async (scene: Scene) => Number(await scene.see('deploy web', '.spec.replicas'));

let scene: Scene;

describe('with metrics-server', () => {
  beforeEach(async () => {
    scene = await Scene.kubeadm({ w1: { cpu: '8' } });
    await scene.k('apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml');
    await scene.apply(...web());
    await scene.wait(60);
  });

  test('7.5 load makes the deployment grow until the pods use what they should, and its end lets it shrink after five minutes', async () => {
    await scene.apply(hpa(), load());
    await scene.wait(180);
    const [grown, utilization] = [await replicas(scene), Number(await scene.see('hpa web', '.status.currentMetrics[0].resource.current.averageUtilization'))];
    expect(grown).toBeGreaterThan(2);
    expect(utilization).toBeLessThanOrEqual(55);
    expect(await scene.k('get hpa web --no-headers')).toMatch(new RegExp(`^web +Deployment/web +cpu: ${utilization}%/50% +1 +10 +${grown} +3m`));
    expect((await scene.events('web')).some((event) => /^SuccessfulRescale: New size: \d; reason: cpu resource utilization \(percentage of request\) above target$/.test(event))).toBe(true);
    expect(await condition(scene, 'ScalingActive', 'message')).toBe('the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)');
    await scene.k('delete pod load-1');
    await scene.wait(120);
    expect(await condition(scene, 'AbleToScale')).toBe('ScaleDownStabilized');
    expect(await replicas(scene)).toBe(grown);
    await scene.wait(240);
    expect(await replicas(scene)).toBe(1);
    expect(await scene.events('web')).toContain('SuccessfulRescale: New size: 1; reason: All metrics below target');
    expect(await condition(scene, 'ScalingLimited')).toBe('TooFewReplicas');
  });

  test('a limit throttles what a pod can use, and so what the autoscaler sees', async () => {
    await scene.apply(load(8, '0.02'));
    await scene.wait(60);
    const used = Number(/web-\S+ +(\d+)m/.exec(await scene.k('top pods'))?.[1]);
    expect(used).toBeGreaterThan(400);
    expect(used).toBeLessThanOrEqual(500);
    await scene.apply(hpa({ maxReplicas: 3 }));
    await scene.wait(20);
    expect(await replicas(scene)).toBe(3); // at more than 200 % of the request five Pods were wanted
    expect(await condition(scene, 'ScalingLimited')).toBe('TooManyReplicas');
  });

  test('7.5 one round at most doubles, or makes four; behavior sets other rates', async () => {
    await scene.apply(load(8, '0.02'), hpa({ metrics: [cpu(5)], maxReplicas: 30 }));
    await scene.wait(50);
    const sizes = (await scene.events('web')).flatMap((event) => /^SuccessfulRescale: New size: (\d+)/.exec(event)?.[1] ?? []);
    expect(sizes.slice(0, 2)).toEqual(['4', '8']);
    expect(await condition(scene, 'ScalingLimited')).toBe('ScaleUpLimit');
    const before = await replicas(scene);
    await scene.apply(hpa({ metrics: [cpu(5)], maxReplicas: 30, behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } } }));
    await scene.wait(31);
    expect(await replicas(scene)).toBe(before + 1);
    await scene.patch('hpa web', { spec: { behavior: { scaleUp: { selectPolicy: 'Disabled' } } } });
    await scene.wait(90);
    expect(await replicas(scene)).toBe(before + 1);
  });

  test('7.1 a use within a tenth of the target changes nothing; a tolerance of its own does', async () => {
    await scene.apply(load());
    await scene.wait(60);
    const used = Number(/web-\S+ +(\d+)m/.exec(await scene.k('top pods'))?.[1]);
    await scene.apply(hpa({ metrics: [cpu(Math.round((used / 2) * 0.95))] }));
    await scene.wait(60);
    expect(await replicas(scene)).toBe(1);
    expect(await condition(scene, 'AbleToScale')).toBe('ReadyForNewScale');
    await scene.patch('hpa web', { spec: { behavior: { scaleUp: { tolerance: '0.01' } } } });
    await scene.wait(30);
    expect(await replicas(scene)).toBe(2);
  });

  test('7.2 a container without a request leaves the utilization unknown', async () => {
    await scene.apply(...web({ requests: null, limits: null }), hpa());
    await scene.wait(60);
    expect(await scene.k('get hpa web --no-headers')).toMatch(/cpu: <unknown>\/50%/);
    expect(await condition(scene, 'ScalingActive')).toBe('FailedGetResourceMetric');
    expect(await condition(scene, 'ScalingActive', 'message')).toMatch(/^the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container php of Pod web-/);
    const events = await scene.events('web');
    expect(events.some((event) => event.startsWith('FailedGetResourceMetric: failed to get cpu utilization: missing request for cpu in container php of Pod web-'))).toBe(true);
    expect(events.some((event) => event.startsWith('FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: '))).toBe(true);
  });

  test('of several pods without a request the same one is named after the controller was started again', async () => { // simulation, seed 20012
    // Made are late-9, late-10, late-11, in this order; a list gives late-10 first.
    await scene.apply({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'late' }, spec: { serviceName: 'late', replicas: 3, ordinals: { start: 9 }, selector: { matchLabels: { app: 'late' } }, template: { metadata: { labels: { app: 'late' } }, spec: { containers: [{ name: 'main', image: 'nginx' }] } } } });
    await scene.apply(hpa({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'late' } }));
    await scene.wait(90);
    const named = async () => /of Pod (\S+)/.exec(await condition(scene, 'ScalingActive', 'message'))?.[1];
    const before = await named();
    expect(before).toMatch(/^late-/);
    await scene.run("ssh cp 'crictl stop $(crictl ps -q --name kube-controller-manager)'");
    await scene.wait(90);
    expect(await named()).toBe(before);
  });

  test('7.4 of several metrics the highest wishes win, and one that fails forbids to shrink', async () => {
    await scene.k('scale deploy web --replicas=3');
    const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '4Mi' } } };
    await scene.apply(hpa({ metrics: [cpu(50), memory] }));
    await scene.wait(60);
    expect(await replicas(scene)).toBeGreaterThan(5); // 12 Mi each, wanted 4
    expect(await scene.events('web')).toContainEqual(expect.stringMatching(/^SuccessfulRescale: New size: \d+; reason: memory resource above target$/));
    await scene.k('delete hpa web');
    await scene.k('scale deploy web --replicas=3');
    const external = { type: 'External', external: { metric: { name: 'queue_length' }, target: { type: 'Value', value: '10' } } };
    await scene.apply(hpa({ metrics: [cpu(50), external], behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } }));
    await scene.wait(60);
    expect(await replicas(scene)).toBe(3);
    expect(await condition(scene, 'ScalingActive')).toBe('FailedGetExternalMetric');
    await scene.patch('hpa web', { spec: { metrics: [cpu(50)] } });
    await scene.wait(30);
    expect(await replicas(scene)).toBe(1);
  });

  test('pods metrics need an API that nobody serves here', async () => {
    await scene.apply(hpa({ metrics: [{ type: 'Pods', pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '10' } } }] }));
    await scene.wait(30);
    expect(await condition(scene, 'ScalingActive', 'message')).toBe('the HPA was unable to compute the replica count: unable to get metric qps: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered');
  });

  test('a container may be looked at alone', async () => {
    await scene.apply(hpa({ metrics: [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'php', target: { type: 'Utilization', averageUtilization: 50 } } }] }), load());
    await scene.wait(90);
    expect(await replicas(scene)).toBeGreaterThan(1);
    expect(await scene.events('web')).toContainEqual(expect.stringMatching(/^SuccessfulRescale: New size: \d; reason: cpu container resource utilization \(percentage of request\) above target$/));
  });

  test('7.3 pods that are not ready yet do not count as load', async () => {
    await scene.apply(load(4), hpa({ metrics: [cpu(100)] }));
    await scene.patch('deploy web', { spec: { template: { spec: { containers: [{ name: 'php', image: 'registry.k8s.io/hpa-example', resources: { requests: { cpu: '200m' } }, readinessProbe: { exec: { command: ['false'] } } }] } } } });
    await scene.wait(60);
    expect(await condition(scene, 'ScalingActive')).toBe('ValidMetricFound');
    const [ready, all] = [await scene.see('deploy web', '.status.readyReplicas'), await scene.see('deploy web', '.status.replicas')];
    expect(Number(all)).toBeGreaterThan(Number(ready));
  });

  test('kubectl top shows nodes and pods, by container, sorted, summed, selected', async () => {
    await scene.apply(load());
    await scene.wait(60);
    expect((await scene.k('top nodes')).split('\n').map((line) => line.replace(/ +/g, ' ').replace(/\d+/g, 'N').trim())).toEqual(['NAME CPU(cores) CPU(%) MEMORY(bytes) MEMORY(%)', 'cp Nm N% NMi N%', 'wN Nm N% NMi N%']);
    expect(await scene.k('top pods')).toMatch(/^NAME +CPU\(cores\) +MEMORY\(bytes\)\nload-1 +\d+m +\d+Mi\nweb-\S+ +\d+m +12Mi$/);
    expect(await scene.k('top pods --sort-by=cpu --no-headers')).toMatch(/^web-\S+ .*\nload-1 /);
    expect(await scene.k('top pods --containers -l app=web')).toMatch(/^POD +NAME +CPU\(cores\) +MEMORY\(bytes\)\nweb-\S+ +php +\d+m +12Mi$/);
    expect(await scene.k('top pods -A --sum')).toMatch(/^NAMESPACE +NAME [^]*kube-system +metrics-server-[^]*\n +_{8} +_{8}\n +\d+m +\d+Mi$/);
    expect(await scene.k('top pods --sort-by=age')).toBe('error: --sort-by accepts only cpu or memory');
    expect(await scene.k('top node w1 --no-headers')).toMatch(/^w1 /);
    expect(await scene.k('top pod nope')).toBe('Error from server (NotFound): podmetrics.metrics.k8s.io "default/nope" not found');
    await scene.k('run young --image=nginx');
    await scene.wait(3);
    expect(await scene.k('top pods -l run=young')).toBe('error: metrics not available yet');
  });

  test('without a metrics-server the API is there and does not answer; namespaces cannot go', async () => {
    await scene.apply(hpa());
    await scene.k('scale deploy metrics-server -n kube-system --replicas=0');
    await scene.wait(45);
    expect(await scene.k('top pods')).toBe('Error from server (ServiceUnavailable): the server is currently unable to handle the request (get pods.metrics.k8s.io)');
    expect(await scene.k('get apiservice v1beta1.metrics.k8s.io --no-headers')).toMatch(/kube-system\/metrics-server +False \(MissingEndpoints\)/);
    expect(await scene.k('api-resources --api-group=metrics.k8s.io')).toContain('error: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1');
    expect(await condition(scene, 'ScalingActive', 'message')).toContain('unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)');
    await scene.k('create namespace doomed');
    await scene.k('delete namespace doomed --wait=false');
    await scene.wait(60);
    expect(await scene.see('ns doomed', '.status.conditions[?(@.type=="NamespaceDeletionDiscoveryFailure")].message')).toBe('Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1');
    await scene.k('delete apiservice v1beta1.metrics.k8s.io');
    await scene.wait(60);
    expect(await scene.k('get ns doomed')).toContain('not found');
    expect(await scene.k('top pods')).toBe('error: Metrics API not available');
  });

  test('a policy that cuts metrics-server off makes its API unavailable', async () => {
    await scene.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'closed', namespace: 'kube-system' }, spec: { podSelector: { matchLabels: { 'k8s-app': 'metrics-server' } }, policyTypes: ['Ingress'] } });
    await scene.wait(45);
    expect(await scene.see('apiservice v1beta1.metrics.k8s.io', '.status.conditions[0].reason')).toBe('FailedDiscoveryCheck');
  });
});

describe('without metrics-server', () => {
  beforeEach(async () => {
    scene = await Scene.hollow();
    await scene.apply(...web({ replicas: 2 }));
    await scene.wait(5);
  });

  test('kubectl top says that there is no metrics API, and the autoscaler waits', async () => {
    expect(await scene.k('top nodes')).toBe('error: Metrics API not available');
    await scene.apply(hpa());
    await scene.wait(20);
    expect(await condition(scene, 'ScalingActive', 'message')).toBe('the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)');
    expect(await scene.see('hpa web', '.status.currentReplicas')).toBe('2');
  });

  test('7.7 the bounds hold without any metric', async () => {
    await scene.apply(hpa({ minReplicas: 4 }));
    await scene.wait(16);
    expect(await replicas(scene)).toBe(4);
    expect(await scene.events('web')).toContain('SuccessfulRescale: New size: 4; reason: Current number of replicas below Spec.MinReplicas');
    await scene.k('scale deploy web --replicas=12');
    await scene.wait(16);
    expect(await replicas(scene)).toBe(10);
    expect(await scene.events('web')).toContain('SuccessfulRescale: New size: 10; reason: Current number of replicas above Spec.MaxReplicas');
    expect(await condition(scene, 'AbleToScale', 'message')).toBe('the HPA controller was able to update the target scale to 10');
  });

  test('7.6 zero replicas switch it off, and zero is no minimum', async () => {
    expect(await scene.apply(hpa({ minReplicas: 0 }))).toContain('spec.minReplicas: Invalid value: 0: must be greater than or equal to 1');
    await scene.k('scale deploy web --replicas=0');
    await scene.apply(hpa());
    await scene.wait(20);
    expect(await condition(scene, 'ScalingActive')).toBe('ScalingDisabled');
    expect(await replicas(scene)).toBe(0);
  });

  test('7.8 two autoscalers of the same pods both stand still', async () => {
    await scene.apply(hpa({}, 'web'), hpa({}, 'other'));
    await scene.wait(40);
    for (const name of ['web', 'other']) expect(await condition(scene, 'ScalingActive', 'message', name)).toBe('pods by selector app=web are controlled by multiple HPAs: [default/other default/web]');
  });

  test('7.7 a target that is not there, or cannot be scaled, is told', async () => {
    await scene.apply(hpa({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nope' } }, 'a'), hpa({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Nope', name: 'nope' } }, 'b'));
    await scene.wait(20);
    expect(await scene.events('a')).toEqual(['FailedGetScale: deployments.apps "nope" not found']);
    expect(await scene.events('b')).toEqual(['FailedGetScale: no matches for kind "Nope" in group "apps"']);
    expect(await condition(scene, 'AbleToScale', 'message', 'a')).toBe('the HPA controller was unable to get the target\'s current scale: deployments.apps "nope" not found');
  });

  test('7.8 a manifest with replicas fights the autoscaler at every apply', async () => {
    await scene.apply(hpa({ minReplicas: 4 }));
    await scene.wait(16);
    await scene.apply(...web({ replicas: 2 }));
    expect(await replicas(scene)).toBe(2);
    await scene.wait(16);
    expect(await replicas(scene)).toBe(4);
  });
});

describe('rules of time', () => {
  test('7.1 it looks every fifteen seconds', async () => {
    const at = await Scene.hollow();
    await at.apply(...web({ replicas: 2 }), hpa({ minReplicas: 3 }));
    const sizes: number[] = [];
    for (let second = 0; second < 40; second++) {
      await at.wait(1);
      const size = Number(await at.see('deploy web', '.spec.replicas'));
      if (size === 3) {
        sizes.push(second);
        await at.k('scale deploy web --replicas=2');
      }
    }
    expect(sizes.slice(1).map((second, i) => second - sizes[i]!)).toEqual(sizes.slice(1).map(() => 15));
    expect(sizes.length).toBeGreaterThanOrEqual(2);
  });

  test('7.5 what behavior is given when it says nothing, and when half is said', async () => {
    const at = await Scene.hollow();
    await at.apply(...web({ replicas: 2 }), hpa(), hpa({ behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } } }, 'half'));
    expect(await at.see('hpa web', '.spec.behavior')).toBe('');
    expect(JSON.parse(await at.see('hpa half', '.spec.behavior'))).toEqual({
      scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }], selectPolicy: 'Max' },
      scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }], selectPolicy: 'Max', stabilizationWindowSeconds: 0 },
    });
  });

  test('7.6 a minimum of one is the default', async () => {
    const at = await Scene.hollow();
    await at.apply(...web({ replicas: 2 }), hpa({ minReplicas: undefined }));
    expect(await at.see('hpa web', '.spec.minReplicas')).toBe('1');
  });

  test('7.7 a fresh autoscaler has null for its metrics and no conditions', async () => {
    const at = await Scene.hollow();
    await at.apply(...web({ replicas: 2 }));
    const made = await at.run(`kubectl create -o json -f - <<'X'\n${JSON.stringify(hpa())}\nX`);
    expect((JSON.parse(made) as { status: object }).status).toEqual({ currentMetrics: null, desiredReplicas: 0 });
  });
});
