import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const RAW = 'https://raw.githubusercontent.com/NVIDIA';
const PLUGIN = `${RAW}/k8s-device-plugin/v0.17.1/deployments/static/nvidia-device-plugin.yml`;
const DRIVER = `${RAW}/k8s-dra-driver-gpu/v25.8.0/deployments/static/nvidia-dra-driver-gpu.yaml`;
const cards = (count: number, product = 'A100') => ({ labels: { 'nvidia.com/gpu.count': String(count), 'nvidia.com/gpu.product': product } });

async function withAddon(url: string, nodes: Parameters<typeof Scene.kubeadm>[0] = { w1: cards(2) }): Promise<Scene> {
  const at = await Scene.kubeadm(nodes);
  await at.k(`apply -f ${url}`);
  await at.wait(40);
  return at;
}

const script = 'nvidia-smi -L; env | grep NVIDIA; sleep 1000000';
const container = (resources: object, name = 'c') => ({ name, image: 'busybox', command: ['sh', '-c', script], resources });
const plugged = (name: string, gpus = 1) => pod(name, { containers: [container({ limits: { 'nvidia.com/gpu': gpus } })], terminationGracePeriodSeconds: 1 });
const claiming = (name: string, reference: object) => pod(name, { resourceClaims: [{ name: 'gpu', ...reference }], containers: [container({ claims: [{ name: 'gpu' }] })], terminationGracePeriodSeconds: 1 });
const claim = (name: string, devices: object) => ({ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: { name }, spec: { devices } });
const template = (name: string, devices: object) => ({ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaimTemplate', metadata: { name }, spec: { spec: { devices } } });
const exactly = (more: object = {}, name = 'gpu') => ({ name, exactly: { deviceClassName: 'gpu.nvidia.com', ...more } });
const cel = (expression: string) => ({ selectors: [{ cel: { expression } }] });
const gpus = async (at: Scene) => `${await at.see('node w1', '.status.capacity.nvidia\\.com/gpu')}/${await at.see('node w1', '.status.allocatable.nvidia\\.com/gpu')}`;
const whyPending = async (at: Scene, name: string) => at.see(`pod ${name}`, '.status.conditions[?(@.type=="PodScheduled")].message');

test('22.1 a device plugin makes GPUs a resource; each container sees its own, whole ones only', async () => {
  const at = await withAddon(PLUGIN);
  expect(await gpus(at)).toBe('2/2');
  await at.apply(plugged('a'), plugged('b'), plugged('c'));
  await at.wait(15);
  const [a, b] = [await at.k('logs a'), await at.k('logs b')];
  expect(a).toMatch(/^GPU 0: NVIDIA A100-SXM4-40GB \(UUID: GPU-[0-9a-f-]{36}\)\nNVIDIA_VISIBLE_DEVICES=GPU-/);
  expect(a).not.toBe(b);
  expect(await whyPending(at, 'c')).toContain('1 Insufficient nvidia.com/gpu');
  await at.k('delete pod a');
  await at.wait(10);
  expect(await at.k('logs c')).toBe(a);
  expect(await at.make(pod('half', { containers: [container({ limits: { 'nvidia.com/gpu': '500m' } })] }))).toContain('spec.containers[0].resources.limits[nvidia.com/gpu]: Invalid value: "500m": must be an integer');
  expect(await at.make(pod('more', { containers: [container({ limits: { 'nvidia.com/gpu': 2 }, requests: { 'nvidia.com/gpu': 1 } })] }))).toContain('must be equal to nvidia.com/gpu limit of 2');
  expect(await at.make(pod('open', { containers: [container({ requests: { 'nvidia.com/gpu': 1 } })] }))).toContain('Limit must be set for non overcommitable resources');
});

test('22.1 an unhealthy device lowers allocatable only, a plugin that is gone takes all of it; what runs keeps its own', async () => {
  const at = await withAddon(PLUGIN);
  await at.apply(plugged('a'));
  await at.wait(10);
  const own = await at.k('logs a');
  await at.run('ssh w1 rm /dev/nvidia1');
  await at.wait(12);
  expect(await gpus(at)).toBe('2/1');
  await at.run('ssh w1 systemctl restart kubelet');
  await at.wait(15);
  expect(await gpus(at)).toBe('2/1');
  await at.k('delete ds nvidia-device-plugin-daemonset -n kube-system');
  await at.wait(45);
  expect(await gpus(at)).toBe('2/0');
  await at.apply(plugged('b'));
  await at.wait(5);
  expect(await whyPending(at, 'b')).toContain('Insufficient nvidia.com/gpu');
  expect(await at.k('get pod a --no-headers')).toMatch(/Running/);
  expect(await at.k('exec a -- nvidia-smi -L')).toBe(own.split('\n')[0]);
});

test('22.1 a Pod that is put past the scheduler is refused when no device is left', async () => {
  const at = await withAddon(PLUGIN);
  await at.apply(plugged('a', 2));
  await at.wait(10);
  await at.apply(pod('late', { nodeName: 'w1', containers: [container({ limits: { 'nvidia.com/gpu': 1 } })] }));
  await at.wait(5);
  expect(await at.see('pod late', '.status.phase} {.status.reason')).toBe('Failed OutOfnvidia.com/gpu');
});

test('22.2 any resource can be made by hand in a node status', async () => {
  const at = await Scene.hollow();
  await at.patch('node w1', { status: { capacity: { 'example.com/dongle': '4' } } }, '--subresource=status');
  expect(await at.see('node w1', '.status.capacity.example\\.com/dongle')).toBe('4');
});

test('22.3 a driver publishes slices; a template gives each Pod a claim that is allocated, reserved and given back', async () => {
  const at = await withAddon(DRIVER);
  expect(await at.k('get resourceslices --no-headers')).toMatch(/^w1-gpu\.nvidia\.com-\w{5} +w1 +gpu\.nvidia\.com +w1 /);
  await at.apply(template('one', { requests: [exactly()] }), claiming('a', { resourceClaimTemplateName: 'one' }), claiming('b', { resourceClaimTemplateName: 'one' }), claiming('c', { resourceClaimTemplateName: 'one' }));
  await at.wait(15);
  expect((await at.k('get resourceclaims --no-headers')).split('\n').map((line) => line.split(/ +/).slice(0, 2).join(' ')).sort()).toEqual([expect.stringMatching(/^a-gpu-\w{5} allocated,reserved$/), expect.stringMatching(/^b-gpu-\w{5} allocated,reserved$/), expect.stringMatching(/^c-gpu-\w{5} pending$/)]);
  const [a, b] = [await at.k('logs a'), await at.k('logs b')];
  expect([a, b, a === b]).toEqual([expect.stringMatching(/^GPU 0: .*\nNVIDIA_VISIBLE_DEVICES=GPU-[^,]+$/), expect.stringMatching(/^GPU 0: /), false]);
  expect(await whyPending(at, 'c')).toContain('1 cannot allocate all claims');
  expect(await at.see('resourceclaims', '.items[0].status.allocation.nodeSelector.nodeSelectorTerms[0].matchFields[0].values[0]} {.items[0].spec.devices.requests[0].exactly.allocationMode} {.items[0].spec.devices.requests[0].exactly.count')).toBe('w1 ExactCount 1');
  await at.k('delete pod a');
  await at.wait(10);
  expect(await at.k('logs c')).toBe(a);
  expect(await at.names('resourceclaims')).toEqual([expect.stringMatching(/^b-/), expect.stringMatching(/^c-/)]);
});

test('22.3 selectors, alternatives, All and matchAttribute choose among devices', async () => {
  const at = await withAddon(DRIVER, { w1: cards(2, 'T4'), w2: cards(2, 'H100') });
  const big = cel("device.capacity['gpu.nvidia.com'].memory.compareTo(quantity('40Gi')) >= 0 && device.attributes['gpu.nvidia.com'].architecture == 'Hopper'");
  await at.apply(
    claim('big', { requests: [exactly(big)] }), claiming('big', { resourceClaimName: 'big' }),
    claim('either', { requests: [{ name: 'gpu', firstAvailable: [{ name: 'a100', deviceClassName: 'gpu.nvidia.com', ...cel("device.attributes['gpu.nvidia.com'].productName.contains('A100')") }, { name: 't4', deviceClassName: 'gpu.nvidia.com', ...cel("device.attributes['gpu.nvidia.com'].productName == 'Tesla T4'") }] }] }), claiming('either', { resourceClaimName: 'either' }),
  );
  await at.wait(12);
  expect([await at.see('pod big', '.spec.nodeName'), await at.see('pod either', '.spec.nodeName'), await at.see('resourceclaim either', '.status.allocation.devices.results[0].request')]).toEqual(['w2', 'w1', 'gpu/t4']);
  await at.apply(claim('all', { requests: [exactly({ allocationMode: 'All' })] }), claiming('all', { resourceClaimName: 'all' }));
  await at.wait(5);
  expect(await whyPending(at, 'all')).toContain('2 cannot allocate all claims');
  await at.k('delete pod big either');
  await at.wait(8);
  expect(await at.see('resourceclaim all', '.status.allocation.devices.results[*].device')).toBe('gpu-0 gpu-1');
  const rest = (await at.see('pod all', '.spec.nodeName')) === 'w1' ? 'w2' : 'w1';
  await at.apply(claim('twins', { requests: [exactly({ count: 2 })], constraints: [{ matchAttribute: 'gpu.nvidia.com/uuid' }] }), claiming('twins', { resourceClaimName: 'twins' }), claim('pair', { requests: [exactly({}, 'x'), exactly({}, 'y')], constraints: [{ requests: ['x', 'y'], matchAttribute: 'gpu.nvidia.com/productName' }] }), claiming('pair', { resourceClaimName: 'pair' }));
  await at.wait(8);
  expect(await whyPending(at, 'twins')).toContain('cannot allocate all claims');
  expect(await at.see('pod pair', '.spec.nodeName')).toBe(rest);
});

test('22.3 one claim may be shared, and outlives its Pods without its devices', async () => {
  const at = await withAddon(DRIVER);
  await at.apply(claim('shared', { requests: [exactly()] }), claiming('a', { resourceClaimName: 'shared' }), claiming('b', { resourceClaimName: 'shared' }));
  await at.wait(12);
  expect(await at.k('logs a')).toBe(await at.k('logs b'));
  expect((await at.see('resourceclaim shared', '.status.reservedFor[*].name')).split(' ').sort()).toEqual(['a', 'b']);
  await at.k('delete resourceclaim shared --wait=false');
  expect(await at.k('get resourceclaim shared --no-headers')).toMatch(/deleted,allocated,reserved/);
  await at.k('delete pod a b');
  await at.wait(8);
  expect(await at.k('get resourceclaims')).toBe('No resources found in default namespace.');
});

test('22.4 what is missing is told: class, claim, template', async () => {
  const at = await withAddon(DRIVER);
  await at.apply(claim('odd', { requests: [{ name: 'r', exactly: { deviceClassName: 'nope' } }] }), claiming('class', { resourceClaimName: 'odd' }), claiming('claim', { resourceClaimName: 'absent' }), claiming('template', { resourceClaimTemplateName: 'absent' }));
  await at.wait(5);
  expect(await whyPending(at, 'class')).toContain('request r: device class nope does not exist');
  expect(await whyPending(at, 'claim')).toContain('"absent" not found');
  expect(await whyPending(at, 'template')).toContain('ResourceClaim not created yet');
  expect(await at.events('template')).toContain('FailedResourceClaimCreation: PodResourceClaim gpu: resource claim template "absent": resourceclaimtemplate.resource.k8s.io "absent" not found');
  await at.apply(template('absent', { requests: [exactly()] }), claim('absent', { requests: [exactly()] }));
  await at.wait(12);
  expect(await at.k('get pods claim template --no-headers')).toMatch(/Running[^]*Running/);
  expect(await at.make(claim('bad', { requests: [exactly({ count: -1 })] }))).toContain('spec.devices.requests[0].exactly.count: Invalid value: -1: must be greater than zero');
  expect(await at.make(claim('bad', { requests: [exactly(cel('device.driver =='))] }))).toContain('spec.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: "device.driver ==": compilation failed');
});

test('22.5 without its driver a claim cannot be prepared, and after a while its devices are offered no longer', async () => {
  const at = await withAddon(DRIVER);
  await at.k('delete ds nvidia-dra-driver-gpu-kubelet-plugin -n nvidia-dra-driver-gpu');
  await at.apply(claim('one', { requests: [exactly()] }), claiming('a', { resourceClaimName: 'one' }));
  await at.wait(4);
  await at.wait(15);
  expect(await at.events('a')).toContain('FailedPrepareDynamicResources: Failed to prepare dynamic resources: prepare dynamic resources: DRA driver gpu.nvidia.com is not registered');
  expect(await at.k('get pod a --no-headers')).toMatch(/ContainerCreating/);
  await at.wait(45);
  expect(await at.names('resourceslices')).toEqual([]);
  await at.k(`apply -f ${DRIVER}`);
  await at.wait(40);
  expect(await at.k('get pod a --no-headers')).toMatch(/Running/);
});
