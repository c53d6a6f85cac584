import { describe, expect, test } from 'vitest';
import { withoutClosedFields } from '../../../../src/cluster/api/closed-fields.ts';
import { DEFAULT_GATES, FeatureGates } from '../../../../src/cluster/api/feature-gates.ts';
import { describeFieldError } from '../../../../src/cluster/api/field-error.ts';
import type { KubeObject, Pod } from '../../../../src/cluster/api/types.ts';
import { ephemeralUpdate } from '../../../../src/cluster/api/validation/ephemeral.ts';
import { kindNamed, problems, stored, type Written } from './scene.ts';

const pod = (container: object, spec: object = {}): Written => ({ spec: { containers: [{ name: 'c', image: 'nginx', ...container }], ...spec } });
const rule = (fields: object) => ({ restartPolicy: 'Never', restartPolicyRules: [fields] });
const many = (length: number, value: unknown) => Array.from({ length }, () => value);
const restart = { action: 'Restart', exitCodes: { operator: 'In', values: [42] } };

describe('a container restarts by its own rules', () => {
  test.each<[string, Written, string[]]>([
    ['a rule on an exit code', pod({ restartPolicy: 'Never', restartPolicyRules: [restart, { ...restart, action: 'RestartAllContainers' }] }), []],
    ['rules without a policy', pod({ restartPolicyRules: [restart] }), ['spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used']],
    ['an unknown policy', pod({ restartPolicy: 'Sometimes' }), ['spec.containers[0].restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"']],
    ['an unknown action and operator', pod(rule({ action: 'Stop', exitCodes: { operator: 'Is', values: [1] } })), [
      'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"',
      'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"',
    ]],
    ['a rule without exit codes', pod(rule({ action: 'Restart' })), ['spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified']],
    ['too many rules', pod({ restartPolicy: 'Never', restartPolicyRules: many(21, restart) }), ['spec.containers[0].restartPolicyRules: Too many: 21: must have at most 20 items']],
    ['too many exit codes', pod(rule({ action: 'Restart', exitCodes: { operator: 'In', values: many(256, 1) } })), ['spec.containers[0].restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items']],
    ['an init container too', { spec: { containers: [{ name: 'c', image: 'a' }], initContainers: [{ name: 'i', image: 'a', restartPolicyRules: [restart] }] } }, ['spec.initContainers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used']],
  ])('%s', (_, written, lines) => expect(problems('Pod', written)).toEqual(lines));
});

describe('a signal asks a container to stop', () => {
  const signal = (stopSignal: string, os?: string) => pod({ lifecycle: { stopSignal } }, os ? { os: { name: os } } : {});

  test('one of those that the system has', () => {
    expect(problems('Pod', signal('SIGUSR1', 'linux'))).toEqual([]);
    expect(problems('Pod', signal('SIGUSR1', 'windows'))).toEqual(['spec.containers[0].lifecycle.stopSignal: Unsupported value: "SIGUSR1": supported values: "SIGKILL", "SIGTERM"']);
    expect(problems('Pod', signal('USR1', 'linux')).join()).toMatch(/^spec.containers\[0\].lifecycle.stopSignal: Unsupported value: "USR1": supported values: "SIGABRT", "SIGALRM", .*"SIGRTMAX", "SIGRTMAX-1", .*"SIGXFSZ"$/);
  });

  test('no system, no signal', () => expect(problems('Pod', signal('SIGTERM'))).toEqual(['spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`']));

  test('is dropped while its gate is closed, in templates too', () => {
    const template = { spec: { containers: [{ name: 'c', image: 'a', lifecycle: { stopSignal: 'SIGUSR1', preStop: { sleep: { seconds: 1 } } } }] } };
    const deployment = stored('Deployment', { spec: { template } });
    const open = new FeatureGates(new Map([['ContainerStopSignals', true]]));
    const hooks = (gates: FeatureGates) => JSON.stringify(withoutClosedFields(kindNamed('Deployment'), deployment, gates)).match(/"lifecycle":(\{.*?\}\}\}?)/)?.[1];
    expect(hooks(open)).toContain('SIGUSR1');
    expect(hooks(DEFAULT_GATES)).toContain('preStop');
    expect(hooks(DEFAULT_GATES)).not.toContain('SIGUSR1');
  });
});

describe('resources of the Pod itself', () => {
  const cpu = (amount: string) => ({ requests: { cpu: amount } });
  const limited = (amount: string) => ({ limits: { cpu: amount } });

  test.each<[string, Written, string[]]>([
    ['less than the containers ask for together', { spec: { containers: [{ name: 'a', image: 'a', resources: cpu('600m') }, { name: 'b', image: 'a', resources: cpu('600m') }], resources: cpu('1') } }, ['spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1200m']],
    ['a container above the limit', pod({ resources: { ...limited('2'), ...cpu('500m') } }, { resources: limited('1') }), ['spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1']],
    ['what only containers have', pod({}, { resources: { limits: { 'nvidia.com/gpu': '1' } } }), ['spec.resources.limits[nvidia.com/gpu]: Unsupported value: "nvidia.com/gpu": supported values: "cpu", "hugepages-", "memory"', 'spec.resources.requests[nvidia.com/gpu]: Unsupported value: "nvidia.com/gpu": supported values: "cpu", "hugepages-", "memory"']],
    ['claims', pod({}, { resources: { claims: [{ name: 'gpu' }] } }), ['spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level']],
    ['on Windows', pod({}, { os: { name: 'windows' }, resources: cpu('1') }), ['spec.resources: Forbidden: may not be set for a windows pod']],
    ['more than it may use', pod({}, { resources: { ...cpu('2'), ...limited('1') } }), ['spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1']],
  ])('%s', (_, written, lines) => expect(problems('Pod', written)).toEqual(lines));

  test('what is not said is asked for by the containers, or else the limit', () => {
    expect(stored('Pod', pod({ resources: cpu('500m') }, { resources: { limits: { cpu: '1', memory: '1Gi' } } })).spec).toMatchObject({ resources: { requests: { cpu: '500m', memory: '1Gi' } } });
  });
});

describe('of a Pod', () => {
  test.each<[string, Written, string[]]>([
    ['one resource resized in two ways', pod({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }, { resourceName: 'cpu', restartPolicy: 'NotRequired' }] }), ['spec.containers[0].resizePolicy[1]: Duplicate value: "cpu"']],
    ['a restart to resize what never restarts', pod({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }, { restartPolicy: 'Never' }), ["spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'"]],
    ['one claim twice', pod({ resources: { claims: [{ name: 'g' }, { name: 'g' }] } }, { resourceClaims: [{ name: 'g', resourceClaimName: 'x' }] }), ['spec.containers[0].resources.claims[1]: Duplicate value: "g"']],
    ['a name that is none', pod({}, { hostnameOverride: 'A', hostNetwork: true }), ['spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true', expect.stringContaining('spec.hostnameOverride: Invalid value: "A": a lowercase RFC 1123 subdomain')]],
    ['block devices with users of its own', pod({ volumeDevices: [{ name: 'v', devicePath: '/dev/a' }] }, { hostUsers: false, volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'v' } }] }), ['spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false']],
    ['a path to search that is none', pod({}, { dnsConfig: { searches: ['_ok.local.', '.', 'a b'] } }), [expect.stringMatching(/^spec.dnsConfig.searches\[2\]: Invalid value: "a b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.'/)]],
    ['overhead of nothing that is known', pod({}, { overhead: { pods: '1' } }), ['spec.overhead.limits[pods]: Invalid value: "pods": must be a standard resource for containers']],
    ['a space after its image', pod({ image: 'nginx ' }), ['spec.containers[0].image: Invalid value: "nginx ": must not have leading or trailing whitespace']],
  ])('%s', (_, written, lines) => expect(problems('Pod', written)).toEqual(lines));
});

describe('an ephemeral container', () => {
  const isPod = (object: KubeObject): object is Pod => object.kind === 'Pod';
  const change = (now: object[], before: object[], annotations = {}): string[] => {
    const [object, old] = [now, before].map((ephemeralContainers) => stored('Pod', { ...pod({}, { ephemeralContainers }), metadata: { annotations } }));
    if (!isPod(object!) || !isPod(old!)) throw new Error('no Pods');
    return ephemeralUpdate(object, old).map(describeFieldError);
  };
  const guest = { name: 'g', image: 'busybox' };
  test.each<[string, object, string[]]>([
    ['beside the others', { ...guest, targetContainerName: 'c' }, []],
    ['of a name that is taken', { ...guest, name: 'c' }, ['spec.ephemeralContainers[0].name: Duplicate value: "c"']],
    ['aimed at nobody', { ...guest, targetContainerName: 'x' }, ['spec.ephemeralContainers[0].targetContainerName: Not found: "x"']],
    ['with what a guest has not', { ...guest, ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1' } }, lifecycle: { preStop: { sleep: { seconds: 1 } } } }, ['ports', 'resources', 'lifecycle'].map((name) => `spec.ephemeralContainers[0].${name}: Forbidden: cannot be set for an Ephemeral Container`)],
    ['without an image', { name: 'g' }, ['spec.ephemeralContainers[0].image: Required value']],
  ])('%s', (_, one, lines) => expect(change([one], [])).toEqual(lines));

  test('gets its defaults, and stays as it came', () => {
    expect(stored('Pod', pod({}, { ephemeralContainers: [guest] })).spec).toMatchObject({ ephemeralContainers: [{ imagePullPolicy: 'Always', terminationMessagePolicy: 'File' }] });
    expect(change([], [guest])).toEqual(['spec.ephemeralContainers: Forbidden: existing ephemeral containers "g" may not be removed\n']);
    expect(change([{ ...guest, image: 'alpine' }], [guest]).join()).toMatch(/^spec.ephemeralContainers: Forbidden: existing ephemeral containers "g" may not be changed\n@@ [^]*- "Image": "busybox",\n\+ "Image": "alpine",/);
    expect(change([guest], [], { 'kubernetes.io/config.mirror': 'x' })).toEqual([': Forbidden: static pods do not support ephemeral containers']);
  });
});
