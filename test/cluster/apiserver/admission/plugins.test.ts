import { describe, expect, test } from 'vitest';
import { admissionPlugins, validatePlugins } from '../../../../src/cluster/apiserver/admission/chain.ts';
import { StatusError } from '../../../../src/cluster/apiserver/errors.ts';
import { createSigningRequest } from '../../../../src/cluster/pki/certificate.ts';
import { createKey } from '../../../../src/cluster/pki/key.ts';
import { Random } from '../../../../src/time/random.ts';
import { account, clusterOf, kind, namespace, object, pod, refusal } from './builders.ts';

describe('the chain', () => {
  test('has the default plugins, and NodeRestriction when asked', () => {
    const names = (options?: Parameters<typeof admissionPlugins>[0]) => admissionPlugins(options).map((plugin) => plugin.name);
    expect(names()).toContain('ServiceAccount');
    expect(names()).not.toContain('NodeRestriction');
    expect(names({ enable: ['NodeRestriction'], disable: ['Priority'] })).toContain('NodeRestriction');
    expect(names({ disable: ['Priority'] })).not.toContain('Priority');
    expect(names().at(-1)).toBe('ResourceQuota');
  });
  test('knows its plugins', () => {
    expect(validatePlugins('enable-admission-plugins', ['NodeRestriction', 'ValidatingAdmissionWebhook'])).toBeUndefined();
    expect(validatePlugins('enable-admission-plugins', ['PodPreset'])).toBe('enable-admission-plugins plugin "PodPreset" is unknown');
  });
});

describe('ExtendedResourceToleration', () => {
  const [plugin] = admissionPlugins({ enable: ['ExtendedResourceToleration'] }).filter(({ name }) => name === 'ExtendedResourceToleration');
  const { reader } = clusterOf();
  const tolerations = (spec: Parameters<typeof pod>[1]) => {
    const one = pod('p', spec);
    return (plugin!.mutate!({ operation: 'CREATE', kind: kind('pods'), name: 'p', namespace: 'dev', object: one, user: { username: 'a', groups: [] }, dryRun: false }, reader) as typeof one).spec.tolerations;
  };
  const asks = (...names: string[]) => ({ name: 'c', image: 'a', resources: { requests: Object.fromEntries(names.map((name) => [name, '1'])) } });
  test('is off unless asked for', () => expect(admissionPlugins().map(({ name }) => name)).not.toContain('ExtendedResourceToleration'));
  test('lets who asks for a device onto the nodes kept for it', () => {
    expect(tolerations({ containers: [asks('cpu', 'b.io/x', 'kubernetes.io/y')], initContainers: [asks('a.io/z')] })).toEqual(['a.io/z', 'b.io/x'].map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' })));
    expect(tolerations({ containers: [asks('cpu')] })).toBeUndefined();
  });
});

describe('NamespaceLifecycle', () => {
  const cluster = clusterOf(namespace('going', {}, 'Terminating'));
  const map = (ns: string) => object('configmaps', 'x', {}, { namespace: ns });
  test('a namespace must exist', () => expect(refusal(() => cluster.create('configmaps', map('nowhere')))).toBe('namespaces "nowhere" not found'));
  test('nothing new comes into one that goes, and the cause says so', () => {
    const failing = () => cluster.create('configmaps', map('going'));
    expect(refusal(failing)).toBe('configmaps "x" is forbidden: unable to create new content in namespace going because it is being terminated');
    try { failing(); } catch (error) {
      expect(error instanceof StatusError && error.status.details?.causes).toEqual([{ reason: 'NamespaceTerminating', message: 'namespace going is being terminated', field: 'metadata.namespace' }]);
    }
  });
  test.each([['default', false], ['kube-system', false], ['kube-public', false], ['kube-node-lease', true], ['dev', true]])('deleting %s: %s', (name, may) => {
    const found = refusal(() => cluster.remove('/namespaces', object('/namespaces', name)));
    expect(found).toBe(may ? 'admitted' : `namespaces "${name}" is forbidden: this namespace may not be deleted`);
  });
});

describe('ServiceAccount', () => {
  const cluster = clusterOf(account('puller', { imagePullSecrets: [{ name: 'registry' }] }), account('quiet', { automountServiceAccountToken: false }));
  const mount = '/var/run/secrets/kubernetes.io/serviceaccount';

  test('a Pod runs as default, with a token for all its containers', () => {
    const made = cluster.createPod(pod('x', { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }] }));
    const name = made.spec.volumes![0]!.name;
    expect(name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(made.spec).toMatchObject({ serviceAccountName: 'default', serviceAccount: 'default' });
    for (const container of [...made.spec.containers, ...made.spec.initContainers!]) expect(container.volumeMounts).toEqual([{ name, readOnly: true, mountPath: mount }]);
    expect(made.spec.volumes![0]!.projected?.sources?.[0]).toEqual({ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } });
  });
  test('an account must exist', () => {
    expect(refusal(() => cluster.createPod(pod('x', { serviceAccountName: 'ghost' })))).toBe('pods "x" is forbidden: error looking up service account dev/ghost: serviceaccount "ghost" not found');
  });
  test('pull secrets come from the account unless the Pod has its own', () => {
    expect(cluster.createPod(pod('x', { serviceAccountName: 'puller' })).spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(cluster.createPod(pod('x', { serviceAccountName: 'puller', imagePullSecrets: [{ name: 'mine' }] })).spec.imagePullSecrets).toEqual([{ name: 'mine' }]);
  });
  const cases: [string, Parameters<typeof pod>[1], boolean][] = [
    ['the account declines', { serviceAccountName: 'quiet' }, false],
    ['the Pod declines', { automountServiceAccountToken: false }, false],
    ['the Pod insists', { serviceAccountName: 'quiet', automountServiceAccountToken: true }, true],
    ['something is mounted there already', { containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: mount }] }], volumes: [{ name: 'v', emptyDir: {} }] }, false],
  ];
  test.each(cases)('when %s, a token is mounted: %s', (_name, spec, mounted) => {
    expect(cluster.createPod(pod('x', spec)).spec.volumes?.some((volume) => volume.name.startsWith('kube-api-access-')) ?? false).toBe(mounted);
  });
  test('a mirror Pod stays as it is', () => {
    const mirror = pod('static', { nodeName: 'cp' }, { annotations: { 'kubernetes.io/config.mirror': 'h' } });
    expect(cluster.createPod(mirror).spec.serviceAccountName).toBeUndefined();
    expect(refusal(() => cluster.createPod({ ...mirror, spec: { ...mirror.spec, serviceAccountName: 'default' } }))).toBe('pods "static" is forbidden: a mirror pod may not reference service accounts');
  });
});

describe('Priority', () => {
  const priorityClass = (name: string, value: number, fields = {}) => ['/priorityclasses.scheduling.k8s.io', object('/priorityclasses.scheduling.k8s.io', name, { value, preemptionPolicy: 'PreemptLowerPriority', ...fields })] as const;
  const cluster = clusterOf(priorityClass('high', 1000), priorityClass('polite', 10, { preemptionPolicy: 'Never' }));

  test('no class is priority 0', () => expect(cluster.createPod(pod('x')).spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' }));
  test('a class gives its value and policy', () => expect(cluster.createPod(pod('x', { priorityClassName: 'polite' })).spec).toMatchObject({ priority: 10, preemptionPolicy: 'Never' }));
  test('the global default counts where nothing is named', () => {
    const withDefault = clusterOf(priorityClass('usual', 5, { globalDefault: true }), priorityClass('other', 7, { globalDefault: true }));
    expect(withDefault.createPod(pod('x')).spec).toMatchObject({ priorityClassName: 'usual', priority: 5 });
    expect(refusal(() => withDefault.create(...priorityClass('third', 9, { globalDefault: true })))).toBe('priorityclasses.scheduling.k8s.io "third" is forbidden: PriorityClass usual is already marked as default. Only one default can exist');
  });
  const refused: [Parameters<typeof pod>[1], string][] = [
    [{ priorityClassName: 'ghost' }, 'no PriorityClass with name ghost was found'],
    [{ priority: 7 }, 'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name'],
    [{ priorityClassName: 'high', preemptionPolicy: 'Never' }, 'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name'],
  ];
  test.each(refused)('%j is refused', (spec, why) => expect(refusal(() => cluster.createPod(pod('x', spec)))).toBe(`pods "x" is forbidden: ${why}`));
});

describe('defaults of Pods and nodes', () => {
  const cluster = clusterOf(['/nodes', object('/nodes', 'worker-1', { spec: {} }, { labels: { 'topology.kubernetes.io/zone': 'zone-a' } })]);
  const toleration = (key: string) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });

  test('failures of nodes are tolerated for five minutes', () => {
    expect(cluster.createPod(pod('x')).spec.tolerations).toEqual([toleration('not-ready'), toleration('unreachable')]);
    const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
    expect(cluster.createPod(pod('x', { tolerations: [own] })).spec.tolerations).toEqual([own, toleration('unreachable')]);
    expect(cluster.createPod(pod('x', { tolerations: [{ operator: 'Exists' }] })).spec.tolerations).toEqual([{ operator: 'Exists' }]);
  });
  test('a new node is tainted once', () => {
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    expect(cluster.create('/nodes', object('/nodes', 'n', { spec: {} })).object.spec).toEqual({ taints: [taint] });
    expect(cluster.create('/nodes', object('/nodes', 'n', { spec: { taints: [taint] } })).object.spec).toEqual({ taints: [taint] });
  });
  test('binding brings the zone', () => {
    const bound = pod('x', { nodeName: 'worker-1' });
    expect(cluster.update('pods', bound, pod('x'), { subresource: 'binding' }).object.metadata.labels).toEqual({ 'topology.kubernetes.io/zone': 'zone-a' });
  });
});

describe('storage', () => {
  const storageClass = (name: string, fields = {}, meta = {}) => ['/storageclasses.storage.k8s.io', object('/storageclasses.storage.k8s.io', name, fields, meta)] as const;
  const isDefault = { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } };
  const claim = (storage: string, spec = {}) => object('persistentvolumeclaims', 'data', { spec: { resources: { requests: { storage } }, ...spec }, status: { phase: 'Bound' } });
  const cluster = clusterOf(storageClass('old', {}, isDefault), storageClass('fast', { allowVolumeExpansion: true }, { ...isDefault, creationTimestamp: '2026-11-23T18:00:00Z' }), storageClass('rigid'));

  test('a claim gets the newest default class and its finalizer', () => {
    const { object: made } = cluster.create('persistentvolumeclaims', claim('1Gi'));
    expect(made.spec).toMatchObject({ storageClassName: 'fast' });
    expect(made.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    expect(cluster.create('persistentvolumeclaims', claim('1Gi', { storageClassName: '' })).object.spec).toMatchObject({ storageClassName: '' });
  });
  test('only some classes let it grow', () => {
    const grow = (storageClassName: string) => refusal(() => cluster.update('persistentvolumeclaims', claim('2Gi', { storageClassName }), claim('1Gi', { storageClassName })));
    expect(grow('fast')).toBe('admitted');
    expect(grow('rigid')).toBe('persistentvolumeclaims "data" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
  });
});

describe('others', () => {
  const cluster = clusterOf(
    ['/runtimeclasses.node.k8s.io', object('/runtimeclasses.node.k8s.io', 'gvisor', { handler: 'runsc', overhead: { podFixed: { memory: '64Mi' } }, scheduling: { nodeSelector: { sandbox: 'yes' } } })],
    ['/ingressclasses.networking.k8s.io', object('/ingressclasses.networking.k8s.io', 'nginx', {}, { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } })],
  );
  test('a RuntimeClass adds overhead and a selector, if it exists', () => {
    expect(cluster.createPod(pod('x', { runtimeClassName: 'gvisor' })).spec).toMatchObject({ overhead: { memory: '64Mi' }, nodeSelector: { sandbox: 'yes' } });
    expect(refusal(() => cluster.createPod(pod('x', { runtimeClassName: 'kata' })))).toBe('pods "x" is forbidden: pod rejected: RuntimeClass "kata" not found');
  });
  test('an Ingress gets the default class', () => {
    expect(cluster.create('ingresses.networking.k8s.io', object('ingresses.networking.k8s.io', 'i', { spec: {} })).object.spec).toEqual({ ingressClassName: 'nginx' });
  });
  test('nobody asks for a certificate of system:masters', () => {
    const request = Buffer.from(createSigningRequest(createKey(new Random('k')), { commonName: 'eve', organizations: ['system:masters'] })).toString('base64');
    const csr = object('/certificatesigningrequests.certificates.k8s.io', 'eve', { spec: { request, signerName: 'kubernetes.io/kube-apiserver-client' } });
    expect(refusal(() => cluster.create('/certificatesigningrequests.certificates.k8s.io', csr))).toBe('certificatesigningrequests.certificates.k8s.io "eve" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed');
  });
});
