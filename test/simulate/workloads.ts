/** Random manifests: what people put into clusters, small, and sometimes wrong. */
import type { Random } from '../../src/time/random.ts';

export const NAMESPACES = ['default', 'team-a'] as const;
export const DEPLOYMENTS = ['web', 'api', 'cache'] as const;
const IMAGES = ['nginx:1.27', 'nginx:1.26', 'nginx:1.28', 'redis:7', 'busybox:1.36', 'nginx:does-not-exist'] as const;

type Make = (random: Random) => object;

/** True once in `count` times. */
const once = (random: Random, count: number) => random.int(count) === 0;

function container(random: Random): object {
  const image = once(random, 12) ? IMAGES.at(-1) : random.pick(IMAGES.slice(0, 4));
  const requests = once(random, 2) ? { resources: { requests: { cpu: random.pick(['50m', '250m', '1', '1500m']), memory: random.pick(['32Mi', '256Mi', '1Gi']) }, ...(once(random, 2) ? { limits: { memory: '2Gi' } } : {}) } } : {};
  const readiness = once(random, 3) ? { readinessProbe: { tcpSocket: { port: String(image).startsWith('redis') ? 6379 : random.pick([80, 80, 80, 81]) }, periodSeconds: random.pick([1, 5]) } } : {};
  return { name: 'main', image, ...requests, ...readiness };
}

function podSpec(random: Random, labels: object): object {
  const term = (topologyKey: string) => ({ labelSelector: { matchLabels: labels }, topologyKey });
  const anti = once(random, 6) ? { affinity: { podAntiAffinity: once(random, 2) ? { requiredDuringSchedulingIgnoredDuringExecution: [term('kubernetes.io/hostname')] } : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term('topology.kubernetes.io/zone') }] } } } : {};
  const spread = once(random, 6) ? { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: random.pick(['kubernetes.io/hostname', 'topology.kubernetes.io/zone']), ...(once(random, 3) ? { nodeTaintsPolicy: 'Honor' } : {}), whenUnsatisfiable: random.pick(['DoNotSchedule', 'ScheduleAnyway']), labelSelector: { matchLabels: labels } }] } : {};
  const sidecar = once(random, 8) ? { initContainers: [{ name: 'proxy', image: 'busybox:1.36', command: ['sleep', '100000'], restartPolicy: 'Always' }] } : once(random, 8) ? { initContainers: [{ name: 'wait', image: 'busybox:1.36', command: ['sleep', '2'] }] } : {};
  const priority = once(random, 6) ? { priorityClassName: 'important' } : {};
  const grace = once(random, 3) ? { terminationGracePeriodSeconds: random.pick([0, 1, 5, 60]) } : {};
  return { containers: [container(random)], ...anti, ...spread, ...sidecar, ...priority, ...grace };
}

const meta = (random: Random, name: string) => ({ name, namespace: random.pick(NAMESPACES) });
const selected = (app: string) => ({ selector: { matchLabels: { app } } });
const template = (random: Random, app: string) => ({ template: { metadata: { labels: { app } }, spec: podSpec(random, { app }) } });
const task = (random: Random, command: string[]) => ({ template: { spec: { restartPolicy: random.pick(['Never', 'OnFailure']), containers: [{ name: 'main', image: 'busybox:1.36', command }] } } });
const errand = (random: Random) => random.pick([['sleep', '3'], ['sleep', '40'], ['sh', '-c', 'exit 1'], ['true']]);

const deployment: Make = (random) => {
  const name = random.pick(DEPLOYMENTS);
  const amount = () => random.pick([0, 1, 2, '25%', '50%', '100%']);
  const [maxSurge, maxUnavailable] = [amount(), amount()];
  const strategy = once(random, 5) ? { strategy: { type: 'Recreate' } } : once(random, 2) ? { strategy: { rollingUpdate: { maxSurge, maxUnavailable } } } : {};
  const more = { ...(once(random, 4) ? { minReadySeconds: 5 } : {}), ...(once(random, 4) ? { revisionHistoryLimit: 1 } : {}), ...(once(random, 4) ? { progressDeadlineSeconds: 30 } : {}) };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(random, name), spec: { replicas: random.int(7), ...selected(name), ...template(random, name), ...strategy, ...more } };
};

const statefulSet: Make = (random) => ({
  apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: meta(random, 'db'),
  spec: {
    replicas: random.int(4), serviceName: 'db', ...selected('db'), ...template(random, 'db'), podManagementPolicy: random.pick(['OrderedReady', 'Parallel']),
    ...(once(random, 3) ? { updateStrategy: random.pick([{ type: 'OnDelete' }, { rollingUpdate: { partition: 1 + random.int(2) } }]) } : {}), ...(once(random, 4) ? { minReadySeconds: 5 } : {}), ...(once(random, 6) ? { ordinals: { start: 2 } } : {}),
    ...(once(random, 3) ? { persistentVolumeClaimRetentionPolicy: { whenDeleted: random.pick(['Retain', 'Delete']), whenScaled: random.pick(['Retain', 'Delete']) } } : {}),
    ...(once(random, 2) ? { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] } : {}),
  },
});

const daemonSet: Make = (random) => ({
  apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: meta(random, 'agent'),
  spec: { ...selected('agent'), ...template(random, 'agent'), ...(once(random, 2) ? { updateStrategy: { rollingUpdate: random.pick([{ maxUnavailable: 1 }, { maxUnavailable: 0, maxSurge: 1 }, { maxUnavailable: '50%' }, { maxUnavailable: 0, maxSurge: '100%' }]) } } : once(random, 6) ? { updateStrategy: { type: 'OnDelete' } } : {}), ...(once(random, 4) ? { minReadySeconds: 5 } : {}) },
});

const job: Make = (random) => ({
  apiVersion: 'batch/v1', kind: 'Job', metadata: meta(random, `job-${random.int(3)}`),
  spec: {
    completions: 1 + random.int(4), parallelism: random.int(4), backoffLimit: random.int(3), ...(once(random, 3) ? { completionMode: 'Indexed' } : {}), ...(once(random, 3) ? { ttlSecondsAfterFinished: 20 } : {}),
    ...(once(random, 4) ? { suspend: true } : {}), ...(once(random, 4) ? { activeDeadlineSeconds: 30 } : {}), ...task(random, errand(random)),
  },
});
/** Jobs with a policy for failures, successes or replacements. */
const strictJob: Make = (random) => {
  const policy = random.pick<object>([
    { podFailurePolicy: { rules: [{ action: random.pick(['FailJob', 'Ignore', 'Count']), onExitCodes: { operator: 'In', values: [1, 3] } }, { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] }, podReplacementPolicy: 'Failed' },
    { completionMode: 'Indexed', backoffLimitPerIndex: random.int(2), maxFailedIndexes: random.int(3) },
    { completionMode: 'Indexed', successPolicy: { rules: [{ succeededIndexes: '0', succeededCount: 1 }] } },
    { podReplacementPolicy: 'TerminatingOrFailed' },
  ]);
  const command = random.pick([['sh', '-c', 'exit 3'], ['sleep', '20'], ['sh', '-c', 'exit ${JOB_COMPLETION_INDEX:-1}'], ['true']]);
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: meta(random, `job-${random.int(3)}`), spec: { completions: 1 + random.int(4), parallelism: 1 + random.int(4), ...(Object.hasOwn(policy, 'backoffLimitPerIndex') ? {} : { backoffLimit: random.int(4) }), ...policy, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.36', command }] } } } };
};

const cronJob: Make = (random) => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: meta(random, 'nightly'), spec: { schedule: '*/1 * * * *', ...(once(random, 3) ? { startingDeadlineSeconds: 20 } : {}), ...(once(random, 3) ? { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 } : {}), concurrencyPolicy: random.pick(['Allow', 'Forbid', 'Replace']), jobTemplate: { spec: task(random, errand(random)) } } });
const service: Make = (random) => { const app = random.pick([...DEPLOYMENTS, 'db']); return { apiVersion: 'v1', kind: 'Service', metadata: meta(random, app), spec: { selector: { app }, ports: [{ port: 80 }], ...random.pick([{}, { type: 'NodePort' }, { type: 'LoadBalancer' }, { clusterIP: 'None' }, { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }, { clusterIP: '10.96.7.7' }, { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }, { publishNotReadyAddresses: true }]) } }; };
const budget: Make = (random) => { const app = random.pick([...DEPLOYMENTS, 'db']); return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta(random, app), spec: { ...selected(app), ...random.pick([{ minAvailable: 1 }, { maxUnavailable: 1 }, { minAvailable: '50%' }, { maxUnavailable: 0 }, { maxUnavailable: '30%', unhealthyPodEvictionPolicy: 'AlwaysAllow' }]) } }; };
const quota: Make = (random) => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: meta(random, 'quota'), spec: { hard: random.pick<object>([{ pods: '5' }, { pods: '12' }, { 'count/deployments.apps': '2' }, { 'requests.cpu': '3' }, { services: '2' }, { persistentvolumeclaims: '2', 'requests.storage': '5Gi' }, { 'count/jobs.batch': '3', 'services.nodeports': '1' }]) } });
const scopedQuota: Make = (random) => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: meta(random, 'scoped'), spec: random.pick<object>([{ scopes: ['BestEffort'], hard: { pods: '4' } }, { scopes: ['NotTerminating'], hard: { pods: '9' } }, { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['important'] }] }, hard: { pods: '2' } }, { scopes: ['Terminating'], hard: { pods: '3' } }]) });
const limits: Make = (random) => ({ apiVersion: 'v1', kind: 'LimitRange', metadata: meta(random, 'limits'), spec: { limits: [{ type: 'Container', defaultRequest: { cpu: '100m', memory: '64Mi' }, default: { cpu: '4', memory: '4Gi' } }] } });
const claim: Make = (random) => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta(random, 'files'), spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } });
const reader: Make = (random) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { ...meta(random, 'reader'), labels: { app: random.pick(DEPLOYMENTS) } }, spec: { containers: [{ name: 'main', image: 'nginx:1.27', volumeMounts: [{ name: 'files', mountPath: '/files' }] }], volumes: [{ name: 'files', persistentVolumeClaim: { claimName: 'files' } }] } });
const replicaSet: Make = (random) => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: meta(random, 'plain'), spec: { replicas: random.int(4), ...selected('plain'), ...template(random, 'plain') } });

const policy: Make = (random) => { const app = random.pick(DEPLOYMENTS); return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta(random, app), spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'], ingress: random.pick<object[]>([[], [{}], [{ from: [{ podSelector: {} }] }]]) } }; };
const held: Make = (random) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...meta(random, 'held'), finalizers: ['example.com/hold'] }, data: { a: String(random.int(3)) } });
const definition: Make = () => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'boats.example.com' },
  spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'boats', singular: 'boat', kind: 'Boat' }, versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { seats: { type: 'integer', minimum: 0 } } } } } } }] },
});
const boat: Make = (random) => ({ apiVersion: 'example.com/v1', kind: 'Boat', metadata: meta(random, `boat-${random.int(3)}`), spec: { seats: random.int(4) - 1 } });
const gate: Make = (random) => ({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: 'few' }, spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] }] }, validations: [{ expression: `object.spec.replicas <= ${4 + random.int(3)}` }] } });
const binding: Make = () => ({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'few' }, spec: { policyName: 'few', validationActions: ['Deny'], matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'team-a' } } } } });

const autoscaler: Make = (random) => {
  const [kind, name] = random.pick([['Deployment', 'web'], ['Deployment', 'api'], ['StatefulSet', 'db']] as const);
  const metric = random.pick([{ name: 'cpu', target: { type: 'Utilization', averageUtilization: random.pick([10, 60]) } }, { name: 'memory', target: { type: 'AverageValue', averageValue: random.pick(['2Mi', '64Mi']) } }]);
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: meta(random, name), spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name }, minReplicas: 1 + random.int(2), maxReplicas: 3 + random.int(3), metrics: [{ type: 'Resource', resource: metric }], ...(once(random, 2) ? { behavior: { scaleDown: { stabilizationWindowSeconds: random.pick([0, 20]) } } } : {}) } };
};
/** A program that needs a file of its own, a host's port, or a node's network. */
const special: Make = (random) => {
  const container = { name: 'main', image: 'nginx:1.27' };
  const spec = random.pick<object>([
    { containers: [{ ...container, ports: [{ containerPort: 80, hostPort: 8080 }] }] },
    { containers: [container], hostNetwork: true },
    { containers: [container], volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }] },
    { containers: [container], schedulingGates: [{ name: 'example.com/wait' }] },
    { containers: [container], activeDeadlineSeconds: 60 },
  ]);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...meta(random, `special-${random.int(3)}`), labels: { app: random.pick(DEPLOYMENTS) }, ...(once(random, 4) ? { finalizers: ['example.com/hold'] } : {}) }, spec };
};
const urgent: Make = (random) => ({ apiVersion: 'v1', kind: 'Pod', metadata: meta(random, `urgent-${random.int(3)}`), spec: { priorityClassName: random.pick(['important', 'patient']), terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'nginx:1.27', resources: { requests: { cpu: random.pick(['1500m', '3']) } } }] } });
const sharedClaim: Make = (random) => { const { spec } = deployment(random) as { spec: { template: { spec: object } } }; return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(random, 'cache'), spec: { ...spec, selector: { matchLabels: { app: 'cache' } }, template: { metadata: { labels: { app: 'cache' } }, spec: { containers: [{ name: 'main', image: 'redis:7', volumeMounts: [{ name: 'files', mountPath: '/files' }] }], volumes: [{ name: 'files', persistentVolumeClaim: { claimName: 'files' } }] } } } }; };
const ownVolume: Make = (random) => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `own-${random.int(2)}` }, spec: { capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'manual', persistentVolumeReclaimPolicy: random.pick(['Retain', 'Delete']), hostPath: { path: '/srv' } } });
const ownClaim: Make = (random) => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta(random, `own-${random.int(2)}`), spec: { storageClassName: 'manual', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: random.pick(['1Gi', '2Gi', '3Gi']) } } } });
/** A webhook that nobody answers. */
const webhook: Make = (random) => ({
  apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'away' },
  webhooks: [{ name: 'away.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', timeoutSeconds: 1, failurePolicy: random.pick(['Fail', 'Fail', 'Ignore']), namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': random.pick(NAMESPACES) } }, clientConfig: { service: { namespace: 'default', name: 'web', path: '/' } }, rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: random.pick([['CREATE'], ['UPDATE'], ['CREATE', 'DELETE']]), resources: [random.pick(['pods', 'replicasets', 'configmaps', 'jobs', 'persistentvolumeclaims', 'endpointslices'])] }] }],
});

/** Kinds of manifests; the more often named, the more often made. */
const MAKERS: readonly Make[] = [deployment, deployment, deployment, deployment, statefulSet, statefulSet, daemonSet, job, job, cronJob, service, service, budget, budget, quota, limits, claim, reader, replicaSet, policy, held, definition, boat, boat, gate, binding, strictJob, strictJob, scopedQuota, autoscaler, special, special, urgent, urgent, sharedClaim, ownVolume, ownClaim, webhook];

/** A manifest, as one line of JSON. */
export function randomManifest(random: Random): string {
  return JSON.stringify(random.pick(MAKERS)(random));
}

/** What is there before anything happens: the second namespace and a priority. */
export const GROUNDWORK: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } },
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'important' }, value: 1000 },
  { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'patient' }, value: 500, preemptionPolicy: 'Never' },
];
