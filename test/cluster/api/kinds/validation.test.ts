import { describe, expect, test } from 'vitest';
import { kindNamed, problems, stored, type Written } from './scene.ts';

const NAME_LABEL = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] } };
const pod = (spec: object = {}, container: object = {}): Written => ({ spec: { containers: [{ name: 'c', image: 'nginx', ...container }], ...spec } });
const workload = (spec: object = {}): Written => ({ spec: { selector: { matchLabels: labels }, template, ...spec } });

describe('a Pod', () => {
  test('says all that is wrong with it, in the order of its fields', () => {
    const first = { name: 'UPPER', ports: [{ containerPort: 99_999 }], volumeMounts: [{ name: 'nope', mountPath: '/x' }], imagePullPolicy: 'Maybe', resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } };
    expect(problems('Pod', { spec: { restartPolicy: 'Sometimes', containers: [first, { name: 'UPPER', image: 'a' }] } })).toEqual([
      `spec.containers[0].name: Invalid value: "UPPER": ${NAME_LABEL}`,
      'spec.containers[0].image: Required value',
      'spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive',
      'spec.containers[0].volumeMounts[0].name: Not found: "nope"',
      'spec.containers[0].imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"',
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      `spec.containers[1].name: Invalid value: "UPPER": ${NAME_LABEL}`,
      'spec.containers[1].name: Duplicate value: "UPPER"',
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ]);
  });

  test.each<[string, Written, string]>([
    ['no containers', { spec: {} }, 'spec.containers: Required value'],
    ['no container port', pod({}, { ports: [{ containerport: 80 }] }), 'spec.containers[0].ports[0].containerPort: Required value'],
    ['an empty probe', pod({}, { livenessProbe: {} }), 'spec.containers[0].livenessProbe: Required value: must specify a handler type'],
    ['two probes in one', pod({}, { readinessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 80 } } }), 'spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
    ['two successes for liveness', pod({}, { livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } }), 'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
    ['an unknown resource', pod({}, { resources: { limits: { cpus: '1' } } }), 'spec.containers[0].resources.limits[cpus]: Invalid value: "cpus": must be a standard resource type or fully qualified'],
    ['half a GPU', pod({}, { resources: { limits: { 'nvidia.com/gpu': '500m' } } }), 'spec.containers[0].resources.limits[nvidia.com/gpu]: Invalid value: "500m": must be an integer'],
    ['a negative request', pod({}, { resources: { requests: { cpu: '-1' } } }), 'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    ['two volumes of one name', pod({ volumes: [{ name: 'v' }, { name: 'v' }] }), 'spec.volumes[1].name: Duplicate value: "v"'],
    ['two sources of one volume', pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] }), 'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ['a toleration without a key', pod({ tolerations: [{ operator: 'Equal', value: 'x' }] }), 'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"'],
    ['a wrong spread', pod({ topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] }), 'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
    ['an init container with a probe', pod({ initContainers: [{ name: 'i', image: 'a', readinessProbe: { tcpSocket: { port: 1 } } }] }), 'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'],
    ['a variable from nowhere', pod({}, { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nope' } } }] }), 'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nope": error converting fieldPath: field label not supported: spec.nope'],
  ])('with %s is refused', (_, written, line) => {
    expect(problems('Pod', written)).toContain(line);
  });

  test('may change its image and nothing else', () => {
    expect(problems('Pod', pod({}, { image: 'nginx:2', imagePullPolicy: 'Always' }), pod())).toEqual([]);
    const [line = '', ...more] = problems('Pod', pod({}, { env: [{ name: 'A', value: '1' }] }), pod());
    expect(more).toEqual([]);
    expect(line).toMatch(/^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,.*\n@@ -\d+,7 \+\d+,13 @@\n/);
    expect(line).toContain('\n-   "Env": null,\n+   "Env": [\n+    {\n+     "Name": "A",\n');
  });

  test('may not gain a container', () => {
    const two = { spec: { containers: [{ name: 'c', image: 'nginx' }, { name: 'd', image: 'nginx' }] } };
    expect(problems('Pod', two, pod())).toEqual(['spec.containers: Forbidden: pod updates may not add or remove containers']);
  });

  test('gets its defaults', () => {
    const complete = stored('Pod', pod({}, { resources: { limits: { cpu: '1', memory: '1Gi' } } }));
    expect(complete.spec).toMatchObject({
      restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30, enableServiceLinks: true,
      containers: [{ imagePullPolicy: 'Always', resources: { requests: { cpu: '1', memory: '1Gi' } } }],
    });
    expect(complete.status).toEqual({ phase: 'Pending', qosClass: 'Guaranteed' });
    expect(kindNamed('Pod').defaults?.(complete)).toBe(complete);
  });

  test('leaves at once when no node has it', () => {
    const grace = kindNamed('Pod').gracePeriodSeconds!;
    expect(grace(stored('Pod', pod()))).toBe(0);
    expect(grace(stored('Pod', pod({ nodeName: 'w' })))).toBe(30);
  });

  test('is warned about variables that hide each other', () => {
    const twice = stored('Pod', pod({}, { env: [{ name: 'A', value: '1' }, { name: 'A', value: '2' }] }));
    expect(kindNamed('Pod').warnings?.(twice, undefined)).toEqual(['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply']);
  });
});

describe('a workload', () => {
  test.each<[string, Written, string[]]>([
    ['Deployment', workload({ template: { ...template, metadata: { labels: { app: 'two' } } } }), ['spec.template.metadata.labels: Invalid value: {"app":"two"}: `selector` does not match template `labels`']],
    ['Deployment', { spec: { template } }, ['spec.selector: Required value', 'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`']],
    ['Deployment', workload({ selector: {} }), ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
    ['Deployment', workload({ replicas: -1 }), ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    ['Deployment', workload({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }), ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0']],
    ['Deployment', workload({ strategy: { type: 'Recreate', rollingUpdate: {} } }), ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]],
    ['Deployment', workload({ template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }), ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"']],
    ['DaemonSet', workload({ updateStrategy: { rollingUpdate: { maxSurge: 1 } } }), ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero']],
    ['StatefulSet', workload({ podManagementPolicy: 'Any' }), ["spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'"]],
    ['Job', { spec: { template: { spec: { containers: [{ name: 'c', image: 'a' }], restartPolicy: 'Always' } } } }, ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']],
    ['CronJob', { spec: { schedule: 'bad', jobTemplate: { spec: { template: { spec: { containers: [{ name: 'c', image: 'a' }], restartPolicy: 'Never' } } } } } }, ['spec.schedule: Invalid value: "bad": expected exactly 5 fields, found 1: [bad]']],
  ])('%s %j is refused', (kind, written, lines) => {
    expect(problems(kind, written)).toEqual(lines);
  });

  test('keeps its selector', () => {
    expect(problems('Deployment', workload({ selector: { matchLabels: { app: 'other' } } }), workload())).toEqual([
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      'spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
    ]);
  });

  test('of a StatefulSet keeps all but a few fields', () => {
    expect(problems('StatefulSet', workload({ replicas: 5 }), workload())).toEqual([]);
    expect(problems('StatefulSet', workload({ serviceName: 'other' }), workload())).toEqual(["spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"]);
  });

  test('of a Job keeps its template, shown as the server keeps it inside', () => {
    const once = (image: string): Written => ({ spec: { template: { spec: { containers: [{ name: 'c', image }], restartPolicy: 'Never' } } } });
    const [line = ''] = problems('Job', { ...once('b'), spec: { ...(stored('Job', once('a')).spec as object), template: { ...(stored('Job', once('b')).spec as { template: object }).template } } }, once('a'));
    expect(line).toMatch(/^spec\.template: Invalid value: \{"labels":\{"batch\.kubernetes\.io\/controller-uid":"uid-x",.*"Spec":\{"Volumes":null,"InitContainers":null,"Containers":\[\{"Name":"c","Image":"b",.*\}\}: field is immutable$/);
  });

  test('of a DaemonSet counts the generations of its template', () => {
    const first = stored('DaemonSet', workload());
    const scaled = stored('DaemonSet', workload({ minReadySeconds: 5 }), first);
    const changed = stored('DaemonSet', workload({ template: { ...template, spec: { containers: [{ name: 'c', image: 'other' }] } } }), scaled);
    expect([first, scaled, changed].map((each) => each.metadata.annotations?.['deprecated.daemonset.template.generation'])).toEqual(['1', '1', '2']);
  });
});

describe('a Service', () => {
  const service = (spec: object = {}): Written => ({ spec: { ports: [{ port: 80 }], ...spec } });

  test.each<[Written, string]>([
    [{ spec: {} }, 'spec.ports: Required value'],
    [service({ ports: [{ port: 0 }] }), 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    [service({ ports: [{ port: 80 }, { port: 81 }] }), 'spec.ports[0].name: Required value'],
    [service({ type: 'External' }), 'spec.type: Unsupported value: "External": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
    [service({ type: 'ExternalName' }), 'spec.externalName: Required value'],
    [service({ ports: [{ port: 80, nodePort: 30_000 }] }), "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    [service({ type: 'NodePort', clusterIP: 'None' }), "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
  ])('%j is refused', (written, line) => {
    expect(problems('Service', written)).toContain(line);
  });

  test('keeps its address', () => {
    const before = service({ clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] });
    expect(problems('Service', service(), before)).toEqual([]);
    expect(problems('Service', service({ clusterIP: '10.96.9.9', clusterIPs: ['10.96.0.1'] }), before)).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.96.9.9"]: may not change once set']);
  });

  test('drops its node ports when it is no longer one of nodes', () => {
    const before = stored('Service', service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] }));
    const after = stored('Service', { spec: { ...(before.spec as object), type: 'ClusterIP' } }, before);
    expect(after.spec).toMatchObject({ type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] });
    expect(JSON.stringify(after.spec)).not.toMatch(/nodePort|externalTrafficPolicy/);
  });
});

describe('other kinds', () => {
  test.each<[string, Written, Written | undefined, string]>([
    ['ConfigMap', { data: { level: '5' }, immutable: true }, { data: { level: '4' }, immutable: true }, 'data: Forbidden: field is immutable when `immutable` is set'],
    ['ConfigMap', { data: { 'a b': '' } }, undefined, "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"],
    ['Secret', { stringData: { a: '2' }, immutable: true }, { stringData: { a: '1' }, immutable: true }, 'data: Forbidden: field is immutable when `immutable` is set'],
    ['Secret', { type: 'kubernetes.io/tls' }, undefined, 'data[tls.crt]: Required value'],
    ['Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }] }, undefined, 'rules[0].verbs: Required value: verbs must contain at least one value'],
    ['RoleBinding', { roleRef: { kind: 'ClusterRole', name: 'view' } }, { roleRef: { kind: 'Role', name: 'r' } }, 'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"view"}: cannot change roleRef'],
    ['ClusterRoleBinding', { roleRef: { kind: 'Role', name: 'r' } }, undefined, 'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'],
    ['PriorityClass', { value: 2_000_000_000 }, undefined, 'value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    ['PriorityClass', { value: 2 }, { value: 1 }, 'value: Forbidden: may not be changed in an update.'],
    ['NetworkPolicy', { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 'nope' } }] }] } }, undefined, 'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "nope": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ['HorizontalPodAutoscaler', { spec: { scaleTargetRef: { kind: 'Deployment', name: 'x' }, minReplicas: 3, maxReplicas: 2 } }, undefined, 'spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`'],
    ['PodDisruptionBudget', { spec: { minAvailable: 1, maxUnavailable: 1 } }, undefined, 'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set'],
    ['Node', { spec: { taints: [{ key: 'a', effect: 'Wrong' }] } }, undefined, 'spec.taints[0].effect: Unsupported value: "Wrong": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'],
    ['PersistentVolumeClaim', { spec: { accessModes: ['ReadWriteOnce'] } }, undefined, 'spec.resources[storage]: Required value'],
    ['PersistentVolume', { spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } } }, undefined, 'spec: Required value: must specify a volume type'],
    ['LimitRange', { spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] } }, undefined, 'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ['ResourceQuota', { spec: { hard: { nope: '1' } } }, undefined, 'spec.hard[nope]: Invalid value: "nope": must be a standard resource for quota'],
    ['Ingress', { spec: { rules: [{ http: { paths: [{ path: 'x', pathType: 'Prefix', backend: { service: { name: 'a', port: { number: 80 } } } }] } }] } }, undefined, 'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path'],
  ])('%s %j is refused', (kind, written, old, line) => {
    expect(problems(kind, written, old)).toContain(line);
  });

  test('a Secret keeps its stringData encoded', () => {
    expect(stored('Secret', { stringData: { a: 'x' }, data: { a: 'b2xk', b: 'Yg==' } })).toMatchObject({ type: 'Opaque', data: { a: 'eA==', b: 'Yg==' } });
  });

  test('a Namespace is born active, labelled and held by its finalizer', () => {
    expect(stored('Namespace', { metadata: { name: 'team' } })).toMatchObject({ metadata: { labels: { 'kubernetes.io/metadata.name': 'team' } }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  });

  test('a LimitRange for containers completes its defaults', () => {
    expect(stored('LimitRange', { spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }] } }).spec).toEqual({
      limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' }, default: { cpu: '2' }, defaultRequest: { cpu: '2', memory: '1Mi' } }],
    });
  });
});
