import { describe, expect, test } from 'vitest';
import { problems, type Written } from './scene.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'a' }] } };
const indexed = (fields: object): Written => ({ spec: { template, completionMode: 'Indexed', completions: 5, ...fields }, metadata: { labels: {} } });
const succeeds = (...rules: object[]) => indexed({ successPolicy: { rules } });
const cron = (fields: object): Written => ({ spec: { schedule: '* * * * *', jobTemplate: { spec: { template } }, ...fields } });
const rule = (fields: object) => indexed({ podFailurePolicy: { rules: [{ action: 'FailJob', ...fields }] } });
const quota = (fields: object): Written => ({ spec: { hard: { pods: '1' }, ...fields } });
const selects = (expression: object, hard = { pods: '1' }) => quota({ hard, scopeSelector: { matchExpressions: [expression] } });
const limit = (fields: object): Written => ({ spec: { limits: [fields] } });
const ingress = (backend: object, path = '/', pathType = 'Prefix'): Written => ({ spec: { rules: [{ http: { paths: [{ path, pathType, backend }] } }] } });
const web = { service: { name: 'web', port: { number: 80 } } };
const policy = (port: object): Written => ({ spec: { podSelector: {}, ingress: [{ ports: [port] }] } });
const slice = (fields: object): Written => ({ addressType: 'IPv4', endpoints: [], ...fields });
const volume = (fields: object): Written => ({ spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' }, ...fields } });
const claim = (fields: object): Written => ({ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...fields } });
const zone = (value: string) => ({ required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: [value] }] }] } });
const cls = (fields: object): Written => ({ provisioner: 'example.com/disk', ...fields });
const driver = (fields: object): Written => ({ spec: { drivers: [{ name: 'd.example.com', nodeID: 'n', topologyKeys: null, ...fields }] } });

describe('what is wrong with it, in the words of Kubernetes', () => {
  test.each<[string, string, Written, string[], Written?]>([
    ['Job', 'a success policy that says nothing', indexed({ successPolicy: { rules: [] } }), ['spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified']],
    ['Job', 'a success rule that says nothing', succeeds({}), ['spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified']],
    ['Job', 'success by more than there are', succeeds({ succeededCount: 6 }), ['spec.successPolicy.rules[0].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)']],
    ['Job', 'success by more than are listed', succeeds({ succeededIndexes: '0-1,3', succeededCount: 4 }), ['spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)']],
    ['Job', 'indexes that are none', succeeds({ succeededIndexes: 'a' }), ['spec.successPolicy.rules[0].succeededIndexes: Invalid value: "a": error parsing succeededIndexes: cannot convert string to integer for index: "a"']],
    ['Job', 'indexes out of order', succeeds({ succeededIndexes: '3,1' }), ['spec.successPolicy.rules[0].succeededIndexes: Invalid value: "3,1": error parsing succeededIndexes: non-increasing order, previous: 3, current: 1']],
    ['Job', 'an index beyond the last', succeeds({ succeededIndexes: '2-5' }), ['spec.successPolicy.rules[0].succeededIndexes: Invalid value: "2-5": error parsing succeededIndexes: too large index: "5"']],
    ['Job', 'a manager without a domain', indexed({ managedBy: 'me' }), ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")']],
    ['Job', 'a manager with a long name', indexed({ managedBy: `example.com/${'a'.repeat(60)}` }), ['spec.managedBy: Too long: may not be more than 63 bytes']],
    ['Job', 'failed indexes without indexes', { spec: { template, maxFailedIndexes: 1, backoffLimitPerIndex: 1 } }, ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode', 'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode']],
    ['Job', 'very many completions', indexed({ completions: 200_000, backoffLimitPerIndex: 1, parallelism: 20_000 }), ['spec.maxFailedIndexes: Required value: must be specified when completions is above 100000', 'spec.parallelism: Invalid value: 20000: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index']],
    ['Job', 'exit codes out of order', rule({ onExitCodes: { operator: 'In', values: [3, 1] } }), ['spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,1]: must be ordered']],
    ['Job', 'an unknown status of a condition', rule({ onPodConditions: [{ type: 'Ready', status: 'Perhaps' }] }), ['spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "Perhaps": supported values: "False", "True", "Unknown"']],
    ['Job', 'a name that leaves no room for an index', { ...indexed({}), metadata: { name: 'a'.repeat(62) } }, [`metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-4`]],
    ['CronJob', 'a schedule with a zone', cron({ schedule: 'TZ=UTC * * * * *', timeZone: 'Etc/UTC' }), ['spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead']],
    ['CronJob', 'a zone that kept its place', cron({ schedule: 'TZ=UTC * 1 * * *' }), [], cron({ schedule: 'TZ=UTC * * * * *' })],
    ['CronJob', 'a zone in both places', cron({ schedule: 'TZ=UTC * 1 * * *', timeZone: 'Etc/UTC' }), ['spec.schedule: Invalid value: "TZ=UTC * 1 * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule'], cron({ schedule: 'TZ=UTC * * * * *' })],
    ['CronJob', 'a zone in lower case', cron({ timeZone: 'europe/berlin' }), ['spec.timeZone: Invalid value: "europe/berlin": unknown time zone europe/berlin']],
    ['CronJob', 'a selector for its Jobs', cron({ jobTemplate: { spec: { template, manualSelector: true } } }), ['spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"']],
    ['CronJob', 'a long name that it has already', { ...cron({ suspend: true }), metadata: { name: 'a'.repeat(60) } }, [], { ...cron({}), metadata: { name: 'a'.repeat(60) } }],
    ['ResourceQuota', 'an operator that the scope has not', selects({ scopeName: 'Terminating', operator: 'In', values: ['a'] }), ['spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be \'Exists\' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity']],
    ['ResourceQuota', 'classes that are not named', selects({ scopeName: 'PriorityClass', operator: 'In' }), ["spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"]],
    ['ResourceQuota', 'classes where none may be', selects({ scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] }), ["spec.scopeSelector.matchExpressions.values: Invalid value: [\"a\"]: must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"]],
    ['ResourceQuota', 'an operator that is none', selects({ scopeName: 'PriorityClass', operator: 'Is' }), ['spec.scopeSelector.matchExpressions.operator: Invalid value: "Is": not a valid selector operator']],
    ['ResourceQuota', 'a scope that is none', selects({ scopeName: 'Small', operator: 'Exists' }), ['spec.scopeSelector.matchExpressions.scopeName: Invalid value: "Small": unsupported scope']],
    ['ResourceQuota', 'what the scope cannot count', quota({ hard: { services: '1' }, scopeSelector: { matchExpressions: [{ scopeName: 'BestEffort', operator: 'Exists' }] } }), ['spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"BestEffort","Operator":"Exists","Values":null}]}: unsupported scope applied to resource']],
    ['ResourceQuota', 'scopes that exclude each other', quota({ scopeSelector: { matchExpressions: ['BestEffort', 'NotBestEffort'].map((scopeName) => ({ scopeName, operator: 'Exists' })) } }), ['spec.scopeSelector.matchExpressions: Invalid value: null: conflicting scopes']],
    ['ResourceQuota', 'another scope', quota({ scopes: ['NotTerminating'] }), ['spec.scopes: Invalid value: ["NotTerminating"]: field is immutable'], quota({ scopes: ['Terminating'] })],
    ['LimitRange', 'a resource that no container has', limit({ type: 'Container', max: { pods: '1' } }), ['spec.limits[0].max[pods]: Invalid value: "pods": must be a standard resource for containers', 'spec.limits[0].default[pods]: Invalid value: "pods": must be a standard resource for containers', 'spec.limits[0].defaultRequest[pods]: Invalid value: "pods": must be a standard resource for containers']],
    ['LimitRange', 'a ratio that the bounds exclude', limit({ type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '4' } }), ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "4": ratio 4 is greater than max/min = 2.000000']],
    ['LimitRange', 'a GPU asked for in half', limit({ type: 'Container', default: { 'nvidia.com/gpu': '2' }, defaultRequest: { 'nvidia.com/gpu': '1' } }), ['spec.limits[0].defaultRequest[nvidia.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in nvidia.com/gpu']],
    ['Ingress', 'no backend', ingress({}), ['spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required']],
    ['Ingress', 'a path that goes up', ingress(web, '/a/..', 'Exact'), ["spec.rules[0].http.paths[0].path: Invalid value: \"/a/..\": cannot end with '/..'"]],
    ['Ingress', 'a resource without a kind', ingress({ resource: { kind: '', name: 'b' } }), ['spec.rules[0].http.paths[0].backend.resource.kind: Required value']],
    ['Ingress', 'two classes', { ...ingress(web), metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } }, spec: { defaultBackend: web, ingressClassName: 'b' } }, ['annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified']],
    ['IngressClass', 'a controller without a domain', { spec: { controller: 'nginx' } }, ['spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")']],
    ['IngressClass', 'parameters of no namespace', { spec: { controller: 'a.io/b', parameters: { kind: 'P', name: 'p', scope: 'Namespace' } } }, ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"]],
    ['IngressClass', 'another controller', { spec: { controller: 'a.io/c' } }, ['spec.controller: Invalid value: "a.io/c": field is immutable'], { spec: { controller: 'a.io/b' } }],
    ['NetworkPolicy', 'a last port without a first', policy({ endPort: 90 }), ['spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is not specified']],
    ['NetworkPolicy', 'a last port after a name', policy({ port: 'http', endPort: 90 }), ['spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is non-numeric']],
    ['NetworkPolicy', 'an unknown type', { spec: { podSelector: {}, policyTypes: ['Both'] } }, ['spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"']],
    ['EndpointSlice', 'one port twice', slice({ ports: [{ name: 'a', port: 1 }, { name: 'a', port: 2 }] }), ['ports[1].name: Duplicate value: "a"']],
    ['EndpointSlice', 'an address of the other family', slice({ endpoints: [{ addresses: ['fd00::1', 'x'] }] }), ['endpoints[0].addresses[0]: Invalid value: "fd00::1": must be an IPv4 address', 'endpoints[0].addresses[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['EndpointSlice', 'a name with one part', slice({ addressType: 'FQDN', endpoints: [{ addresses: ['web'] }] }), ['endpoints[0].addresses[0]: Invalid value: "web": should be a domain with at least two segments separated by dots']],
    ['EndpointSlice', 'a zone hinted at twice', slice({ endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }, { name: 'a' }] } }] }), ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"']],
    ['PersistentVolume', 'the whole disk to be wiped', volume({ hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' }), ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"]],
    ['PersistentVolume', 'a path that goes up', volume({ hostPath: { path: '/a/../b' } }), ["spec.hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"]],
    ['PersistentVolume', 'affinity to nothing', volume({ nodeAffinity: {} }), ['spec.nodeAffinity.required: Required value: must specify required node constraints']],
    ['PersistentVolume', 'a driver without a handle', volume({ hostPath: undefined, csi: { driver: 'd.example.com' } }), ['spec.csi.volumeHandle: Required value']],
    ['PersistentVolume', 'attributes without a driver', volume({ volumeAttributesClassName: 'gold' }), ['spec.csi: Required value: has to be specified when using volumeAttributesClassName']],
    ['PersistentVolume', 'another place', volume({ nodeAffinity: zone('b') }), ['nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"zone","Operator":"In","Values":["b"]}],"MatchFields":null}]}}: field is immutable'], volume({ nodeAffinity: zone('a') })],
    ['PersistentVolume', 'another mode', volume({ volumeMode: 'Block' }), ['volumeMode: Invalid value: "Block": field is immutable'], volume({})],
    ['PersistentVolume', 'another source', volume({ hostPath: { path: '/other' } }), [expect.stringMatching(/^spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n[^]*"Path": "\/other"[^]*"Path": "\/data"/)], volume({})],
    ['PersistentVolumeClaim', 'two sources', claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'a' }, dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' } }), ['spec: Invalid value: "spec.dataSource": must match dataSourceRef']],
    ['PersistentVolumeClaim', 'a source of no group', claim({ dataSource: { kind: 'Snapshot', name: 'a' } }), ["spec.dataSource: Invalid value: \"Snapshot\": must be 'PersistentVolumeClaim' when referencing the default apiGroup"]],
    ['StorageClass', 'a provisioner that is no name', cls({ provisioner: 'a b' }), [expect.stringMatching(/^provisioner: Invalid value: "a b": name part must consist of/)]],
    ['StorageClass', 'a topology of no values', cls({ allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: [] }] }] }), ['allowedTopologies[0].matchLabelExpressions[0].values: Required value']],
    ['StorageClass', 'other parameters', cls({ parameters: { type: 'b' } }), ['parameters: Forbidden: updates to parameters are forbidden.'], cls({ parameters: { type: 'a' } })],
    ['CSIDriver', 'one audience twice', { spec: { tokenRequests: [{ audience: 'a' }, { audience: 'a' }] } }, ['spec.tokenRequests[1].audience: Duplicate value: "a"']],
    ['CSIDriver', 'an unknown life', { spec: { volumeLifecycleModes: ['Short'] } }, ['spec.volumeLifecycleModes: Unsupported value: "Short": supported values: "Persistent", "Ephemeral"']],
    ['CSIDriver', 'a short period', { spec: { nodeAllocatableUpdatePeriodSeconds: 5 } }, ['spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 5: must be greater than or equal to 10 seconds']],
    ['CSINode', 'another node', driver({ nodeID: 'm' }), ['spec.drivers: Invalid value: {"Name":"d.example.com","NodeID":"m","TopologyKeys":null,"Allocatable":null}: field is immutable'], driver({})],
    ['CSINode', 'more to attach', driver({ allocatable: { count: 5 } }), [], driver({})],
    ['VolumeAttachment', 'two sources', { spec: { attacher: 'd.example.com', nodeName: 'n', source: { persistentVolumeName: 'p', inlineVolumeSpec: {} } } }, ['spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName']],
    ['RuntimeClass', 'a toleration of all, wrongly', { handler: 'runc', scheduling: { tolerations: [{ operator: 'Equal' }] } }, ['scheduling.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"']],
    ['RuntimeClass', 'overhead of Pods', { handler: 'runc', overhead: { podFixed: { pods: '1' } } }, ['overhead.limits[pods]: Invalid value: "pods": must be a standard resource for containers']],
    ['Lease', 'a holder preferred by nobody', { spec: { preferredHolder: 'a' } }, ['spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined']],
    ['PriorityClass', 'a system class for all', { metadata: { name: 'system-node-critical' }, value: 2_000_001_000, globalDefault: true }, ["metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: globalDefault of system-node-critical PriorityClass must be false"]],
    ['PriorityClass', 'another policy', { value: 1, preemptionPolicy: 'Never' }, ['preemptionPolicy: Invalid value: "Never": field is immutable'], { value: 1 }],
  ])('%s with %s', (kind, _, written, lines, old) => expect(problems(kind, written, old)).toEqual(lines));
});
