/** What `describe` writes: an object and what belongs to it, in kubectl's columns. Kinds without a form of their own get the general one. */
import { ageSince } from '../cluster/api/duration.ts';
import { formatLabelSelector } from '../cluster/api/labels.ts';
import { amountOf, podLimits, podRequests } from '../cluster/api/pod-resources.ts';
import { qosClassOf } from '../cluster/api/qos.ts';
import { canonicalQuantity, quantityOfMilli } from '../cluster/api/quantity.ts';
import type { Pod } from '../cluster/api/types.ts';
import { type ApiObject, at, type Dict, isDict, listAt, numberAt, pairsAt, textAt } from './objects.ts';
import { Description } from './description.ts';
import { NETWORK_DESCRIBERS } from './describe/network.ts';

/** What describing may ask the server for. */
export interface DescribeSource {
  list(resource: string, options: { namespace?: string; labelSelector?: string; fieldSelector?: string }): Promise<ApiObject[]>;
  get(resource: string, name: string, namespace?: string): Promise<ApiObject | undefined>;
  nowMs: number;
  showEvents: boolean;
}

export type Describer = (object: ApiObject, out: Description, source: DescribeSource) => Promise<void> | void;

const HIDDEN = 'kubectl.kubernetes.io/last-applied-configuration';

/** The whole text for one object. */
export async function describe(object: ApiObject, source: DescribeSource): Promise<string> {
  const out = new Description();
  await (DESCRIBERS[object.kind ?? ''] ?? general)(object, out, source);
  if (source.showEvents && object.kind !== 'Secret' && !/^((Cluster)?Role(Binding)?|NetworkPolicy)$/.test(object.kind ?? '')) await events(object, out, source);
  return out.text();
}

/** A Pod template as `rollout history --revision` shows it. */
export function podTemplateText(template: unknown): string {
  const out = new Description('\t');
  podTemplate(template, out);
  return out.text();
}

const name = (object: ApiObject, out: Description) => out.row('Name', object.metadata.name ?? '');
const namespace = (object: ApiObject, out: Description) => { if (object.metadata.namespace) out.row('Namespace', object.metadata.namespace); };
const labels = (object: ApiObject, out: Description) => out.pairs('Labels', pairsAt(object, 'metadata', 'labels'), '=');
const annotations = (object: ApiObject, out: Description) => out.pairs('Annotations', Object.fromEntries(Object.entries(pairsAt(object, 'metadata', 'annotations')).filter(([k]) => k !== HIDDEN)), ': ');
const created = (object: ApiObject, out: Description) => out.row('CreationTimestamp', time(textAt(object, 'metadata', 'creationTimestamp')));
const selectorText = (object: ApiObject) => formatLabelSelector(isDict(at(object, 'spec', 'selector')) ? at(object, 'spec', 'selector') as Dict : undefined);

function controlledBy(object: ApiObject, out: Description): void {
  const owner = listAt(object, 'metadata', 'ownerReferences').find((r) => at(r, 'controller') === true);
  if (owner) out.row('Controlled By', `${textAt(owner, 'kind')}/${textAt(owner, 'name')}`);
}

/** RFC 1123 with a numeric zone. */
function time(timestamp: string): string {
  return timestamp ? new Date(Date.parse(timestamp)).toUTCString().replace('GMT', '+0000') : '<unset>';
}

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  Pod: pod, Node: node, Deployment: deployment, ReplicaSet: replicaSet, DaemonSet: daemonSet, ConfigMap: configMap, Secret: secret, Namespace: namespaceDescription,
  ServiceAccount: serviceAccount, Role: role, ClusterRole: role, RoleBinding: binding, ClusterRoleBinding: binding, ...NETWORK_DESCRIBERS,
};

async function events(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const found = await source.list('events', { namespace: object.metadata.namespace, fieldSelector: `involvedObject.name=${object.metadata.name},involvedObject.kind=${object.kind}` });
  const own = found.filter((e) => !textAt(e, 'involvedObject', 'uid') || textAt(e, 'involvedObject', 'uid') === object.metadata.uid || object.kind === 'Node');
  if (own.length === 0) return out.row('Events', '<none>');
  own.sort((a, b) => (lastSeen(a) < lastSeen(b) ? -1 : lastSeen(a) > lastSeen(b) ? 1 : 0));
  const rows = own.map((e) => {
    const count = numberAt(e, 'count') ?? 1;
    const last = ageSince(lastSeen(e), source.nowMs);
    const age = count > 1 ? `${last} (x${count} over ${ageSince(textAt(e, 'firstTimestamp') || lastSeen(e), source.nowMs)})` : last;
    const path = textAt(e, 'involvedObject', 'fieldPath');
    return [textAt(e, 'type'), textAt(e, 'reason'), age, textAt(e, 'source', 'component') || textAt(e, 'reportingComponent'), (path ? `${path}: ` : '') + textAt(e, 'message')];
  });
  out.row('Events', '');
  out.table(['Type', 'Reason', 'Age', 'From', 'Message'], rows);
}

function lastSeen(event: ApiObject): string {
  return textAt(event, 'series', 'lastObservedTime') || textAt(event, 'lastTimestamp') || textAt(event, 'eventTime') || textAt(event, 'firstTimestamp');
}

function pod(object: ApiObject, out: Description): void {
  const typed = object as unknown as Pod; // the server served a Pod
  name(object, out);
  namespace(object, out);
  out.row('Priority', String(numberAt(object, 'spec', 'priority') ?? 0));
  if (textAt(object, 'spec', 'priorityClassName')) out.row('Priority Class Name', textAt(object, 'spec', 'priorityClassName'));
  if (textAt(object, 'spec', 'runtimeClassName')) out.row('Runtime Class Name', textAt(object, 'spec', 'runtimeClassName'));
  out.row('Service Account', textAt(object, 'spec', 'serviceAccountName') || '<none>');
  const nodeName = textAt(object, 'spec', 'nodeName');
  out.row('Node', nodeName ? `${nodeName}/${textAt(object, 'status', 'hostIP')}` : '<none>');
  if (textAt(object, 'status', 'startTime')) out.row('Start Time', time(textAt(object, 'status', 'startTime')));
  labels(object, out);
  annotations(object, out);
  if (object.metadata.deletionTimestamp) {
    out.row('Status', `Terminating (lasts ${0}s)`);
    out.row('Termination Grace Period', `${numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0}s`);
  } else out.row('Status', textAt(object, 'status', 'phase'));
  for (const key of ['reason', 'message']) if (textAt(object, 'status', key)) out.row(key === 'reason' ? 'Reason' : 'Message', textAt(object, 'status', key));
  out.row('IP', textAt(object, 'status', 'podIP'));
  const ips = listAt(object, 'status', 'podIPs').map((ip) => textAt(ip, 'ip'));
  if (ips.length === 0) out.row('IPs', '<none>');
  else { out.row('IPs', ''); for (const ip of ips) out.row('IP', ip, 1); }
  controlledBy(object, out);
  containers('Init Containers', listAt(object, 'spec', 'initContainers'), listAt(object, 'status', 'initContainerStatuses'), out);
  containers('Containers', listAt(object, 'spec', 'containers'), listAt(object, 'status', 'containerStatuses'), out);
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length) {
    out.row('Conditions', '');
    out.table(['Type', 'Status'], conditions.map((c) => [textAt(c, 'type'), textAt(c, 'status')]), { rule: false });
  }
  volumes(listAt(object, 'spec', 'volumes'), out);
  out.row('QoS Class', textAt(object, 'status', 'qosClass') || qosClassOf(typed.spec));
  out.pairs('Node-Selectors', pairsAt(object, 'spec', 'nodeSelector'), '=');
  out.lines('Tolerations', listAt(object, 'spec', 'tolerations').map(tolerationText).sort());
}

function tolerationText(t: unknown): string {
  const seconds = numberAt(t, 'tolerationSeconds');
  const [key, value, effect, operator] = ['key', 'value', 'effect', 'operator'].map((k) => textAt(t, k));
  return `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}${operator === 'Exists' && !value ? (key || effect ? ' op=Exists' : 'op=Exists') : ''}${seconds === undefined ? '' : ` for ${seconds}s`}`;
}

function containers(title: string, specs: readonly unknown[], statuses: readonly unknown[], out: Description, level = 0): void {
  if (specs.length === 0) return;
  out.row(title, '', level);
  for (const spec of specs) {
    const status = statuses.find((s) => textAt(s, 'name') === textAt(spec, 'name'));
    out.row(textAt(spec, 'name'), '', level + 1);
    if (status) out.row('Container ID', textAt(status, 'containerID'), level + 2);
    out.row('Image', textAt(spec, 'image'), level + 2);
    if (status) out.row('Image ID', textAt(status, 'imageID'), level + 2);
    const ports = listAt(spec, 'ports');
    const list = (key: string) => ports.map((p) => `${numberAt(p, key) ?? 0}/${textAt(p, 'protocol') || 'TCP'}${key === 'containerPort' && textAt(p, 'name') ? ` (${textAt(p, 'name')})` : ''}`).join(', ') || '<none>';
    out.row(ports.length > 1 ? 'Ports' : 'Port', list('containerPort'), level + 2);
    out.row(ports.length > 1 ? 'Host Ports' : 'Host Port', list('hostPort'), level + 2);
    for (const key of ['command', 'args'] as const) {
      const words = listAt(spec, key).map(String);
      if (words.length) { out.row(key === 'command' ? 'Command' : 'Args', '', level + 2); for (const word of words) out.plain(word.split('\n').join('\n' + ' '.repeat(level * 2 + 6)), level + 3); }
    }
    if (status) state(status, out, level + 2);
    for (const kind of ['limits', 'requests'] as const) {
      const amounts = pairsOf(at(spec, 'resources', kind));
      if (amounts.length) { out.row(kind === 'limits' ? 'Limits' : 'Requests', '', level + 2); for (const [k, v] of amounts) out.row(k, v, level + 3); }
    }
    for (const kind of ['liveness', 'readiness', 'startup']) { const probe = at(spec, `${kind}Probe`); if (isDict(probe)) out.row(kind[0]!.toUpperCase() + kind.slice(1), probeText(probe), level + 2); }
    environment(spec, out, level + 2);
    const mounts = listAt(spec, 'volumeMounts').map((m) => `${textAt(m, 'mountPath')} from ${textAt(m, 'name')} (${at(m, 'readOnly') === true ? 'ro' : 'rw'}${textAt(m, 'subPath') ? `,path="${textAt(m, 'subPath')}"` : ''})`).sort();
    if (mounts.length === 0) out.row('Mounts', '<none>', level + 2);
    else { out.row('Mounts', '', level + 2); for (const mount of mounts) out.plain(mount, level + 3); }
  }
}

function pairsOf(value: unknown): [string, string][] {
  return isDict(value) ? Object.entries(value).map(([k, v]): [string, string] => [k, String(v)]).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
}

function state(status: unknown, out: Description, level: number): void {
  const show = (title: string, value: unknown) => {
    if (!isDict(value)) return;
    const [[kind = '', detail] = []] = Object.entries(value);
    if (!kind) return;
    out.row(title, kind[0]!.toUpperCase() + kind.slice(1), level);
    const d = (key: string, label: string, format: (v: string) => string = (v) => v) => { if (textAt(detail, key)) out.row(label, format(textAt(detail, key)), level + 1); };
    if (kind === 'running') d('startedAt', 'Started', time);
    d('reason', 'Reason');
    d('message', 'Message');
    if (kind !== 'terminated') return;
    out.row('Exit Code', String(numberAt(detail, 'exitCode') ?? 0), level + 1);
    d('startedAt', 'Started', time);
    d('finishedAt', 'Finished', time);
  };
  show('State', at(status, 'state'));
  show('Last State', at(status, 'lastState'));
  out.row('Ready', at(status, 'ready') === true ? 'True' : 'False', level);
  out.row('Restart Count', String(numberAt(status, 'restartCount') ?? 0), level);
}

function probeText(probe: Dict): string {
  const seconds = (key: string, usual: number) => `${numberAt(probe, key) ?? usual}`;
  const http = at(probe, 'httpGet');
  const how = isDict(http) ? `http-get ${(textAt(http, 'scheme') || 'HTTP').toLowerCase()}://${textAt(http, 'host')}:${String(at(http, 'port') ?? '')}${textAt(http, 'path')}`
    : isDict(at(probe, 'exec')) ? `exec [${listAt(probe, 'exec', 'command').join(' ')}]` : isDict(at(probe, 'tcpSocket')) ? `tcp-socket :${String(at(probe, 'tcpSocket', 'port') ?? '')}` : isDict(at(probe, 'grpc')) ? `grpc <pod>:${String(at(probe, 'grpc', 'port') ?? '')}` : 'unknown';
  return `${how} delay=${seconds('initialDelaySeconds', 0)}s timeout=${seconds('timeoutSeconds', 1)}s period=${seconds('periodSeconds', 10)}s #success=${seconds('successThreshold', 1)} #failure=${seconds('failureThreshold', 3)}`;
}

function environment(spec: unknown, out: Description, level: number): void {
  const from = listAt(spec, 'envFrom');
  if (from.length) {
    out.row('Environment Variables from', '', level);
    for (const source of from) {
      const isSecret = isDict(at(source, 'secretRef'));
      const ref = isSecret ? at(source, 'secretRef') : at(source, 'configMapRef');
      out.plain(`${textAt(ref, 'name')}  ${isSecret ? 'Secret' : 'ConfigMap'}  Optional: ${at(ref, 'optional') === true}`, level + 1);
    }
  }
  const env = listAt(spec, 'env');
  if (env.length === 0) return out.row('Environment', '<none>', level);
  out.row('Environment', '', level);
  for (const variable of env) {
    const config = at(variable, 'valueFrom', 'configMapKeyRef');
    const secretRef = at(variable, 'valueFrom', 'secretKeyRef');
    const field = at(variable, 'valueFrom', 'fieldRef');
    const optional = (ref: unknown) => `  Optional: ${at(ref, 'optional') === true}`;
    const value = isDict(config) ? `<set to the key '${textAt(config, 'key')}' of config map '${textAt(config, 'name')}'>${optional(config)}` : isDict(secretRef) ? `<set to the key '${textAt(secretRef, 'key')}' in secret '${textAt(secretRef, 'name')}'>${optional(secretRef)}` : isDict(field) ? ` (${textAt(field, 'apiVersion') || 'v1'}:${textAt(field, 'fieldPath')})` : textAt(variable, 'value');
    out.row(textAt(variable, 'name'), value, level + 1);
  }
}

function volumes(list: readonly unknown[], out: Description, level = 0): void {
  if (list.length === 0) return out.row('Volumes', '<none>', level);
  out.row('Volumes', '', level);
  for (const volume of list) {
    out.row(textAt(volume, 'name'), '', level + 1);
    const row = (label: string, value: string) => out.row(label, value, level + 2);
    const config = at(volume, 'configMap');
    const secretVolume = at(volume, 'secret');
    if (isDict(config)) { row('Type', 'ConfigMap (a volume populated by a ConfigMap)'); row('Name', textAt(config, 'name')); row('Optional', String(at(config, 'optional') === true)); }
    else if (isDict(secretVolume)) { row('Type', 'Secret (a volume populated by a Secret)'); row('SecretName', textAt(secretVolume, 'secretName')); row('Optional', String(at(secretVolume, 'optional') === true)); }
    else if (isDict(at(volume, 'emptyDir'))) { row('Type', "EmptyDir (a temporary directory that shares a pod's lifetime)"); row('Medium', textAt(volume, 'emptyDir', 'medium')); row('SizeLimit', textAt(volume, 'emptyDir', 'sizeLimit') || '<unset>'); }
    else if (isDict(at(volume, 'hostPath'))) { row('Type', 'HostPath (bare host directory volume)'); row('Path', textAt(volume, 'hostPath', 'path')); row('HostPathType', textAt(volume, 'hostPath', 'type')); }
    else if (isDict(at(volume, 'persistentVolumeClaim'))) { row('Type', 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)'); row('ClaimName', textAt(volume, 'persistentVolumeClaim', 'claimName')); row('ReadOnly', String(at(volume, 'persistentVolumeClaim', 'readOnly') === true)); }
    else if (isDict(at(volume, 'projected'))) {
      row('Type', 'Projected (a volume that contains injected data from multiple sources)');
      for (const source of listAt(volume, 'projected', 'sources')) {
        if (isDict(at(source, 'serviceAccountToken'))) row('TokenExpirationSeconds', String(numberAt(source, 'serviceAccountToken', 'expirationSeconds') ?? 3600));
        if (isDict(at(source, 'configMap'))) { row('ConfigMapName', textAt(source, 'configMap', 'name')); row('Optional', String(at(source, 'configMap', 'optional') === true)); }
        if (isDict(at(source, 'secret'))) { row('SecretName', textAt(source, 'secret', 'name')); row('Optional', String(at(source, 'secret', 'optional') === true)); }
        if (isDict(at(source, 'downwardAPI'))) row('DownwardAPI', 'true');
      }
    } else row('Type', Object.keys(isDict(volume) ? volume : {}).find((k) => k !== 'name') ?? '<unknown>');
  }
}

function podTemplate(template: unknown, out: Description): void {
  out.row('Pod Template', '');
  out.pairs('Labels', pairsAt(template, 'metadata', 'labels'), '=', 1);
  if (Object.keys(pairsAt(template, 'metadata', 'annotations')).length) out.pairs('Annotations', pairsAt(template, 'metadata', 'annotations'), ': ', 1);
  if (textAt(template, 'spec', 'serviceAccountName')) out.row('Service Account', textAt(template, 'spec', 'serviceAccountName'), 1);
  containers('Init Containers', listAt(template, 'spec', 'initContainers'), [], out, 1);
  containers('Containers', listAt(template, 'spec', 'containers'), [], out, 1);
  volumes(listAt(template, 'spec', 'volumes'), out, 1);
  if (textAt(template, 'spec', 'priorityClassName')) out.row('Priority Class Name', textAt(template, 'spec', 'priorityClassName'), 1);
  out.pairs('Node-Selectors', pairsAt(template, 'spec', 'nodeSelector'), '=', 1);
  out.lines('Tolerations', listAt(template, 'spec', 'tolerations').map(tolerationText).sort(), 1);
}

async function deployment(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const n = (...path: string[]) => numberAt(object, ...path) ?? 0;
  name(object, out); namespace(object, out); created(object, out); labels(object, out); annotations(object, out);
  out.row('Selector', selectorText(object));
  out.row('Replicas', `${n('spec', 'replicas')} desired | ${n('status', 'updatedReplicas')} updated | ${n('status', 'replicas')} total | ${n('status', 'availableReplicas')} available | ${n('status', 'unavailableReplicas')} unavailable`);
  out.row('StrategyType', textAt(object, 'spec', 'strategy', 'type'));
  out.row('MinReadySeconds', String(n('spec', 'minReadySeconds')));
  const rolling = at(object, 'spec', 'strategy', 'rollingUpdate');
  if (isDict(rolling)) out.row('RollingUpdateStrategy', `${String(rolling.maxUnavailable)} max unavailable, ${String(rolling.maxSurge)} max surge`);
  podTemplate(at(object, 'spec', 'template'), out);
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length) { out.row('Conditions', ''); out.table(['Type', 'Status', 'Reason'], conditions.map((c) => [textAt(c, 'type'), textAt(c, 'status'), textAt(c, 'reason')])); }
  const owned = (await source.list('replicasets.apps', { namespace: object.metadata.namespace })).filter((rs) => listAt(rs, 'metadata', 'ownerReferences').some((r) => textAt(r, 'uid') === object.metadata.uid));
  const revision = (rs: ApiObject) => Number(pairsAt(rs, 'metadata', 'annotations')['deployment.kubernetes.io/revision'] ?? 0);
  owned.sort((a, b) => revision(a) - revision(b));
  const newest = owned.pop();
  const show = (rs: ApiObject) => `${rs.metadata.name} (${numberAt(rs, 'status', 'replicas') ?? 0}/${numberAt(rs, 'spec', 'replicas') ?? 0} replicas created)`;
  out.row('OldReplicaSets', owned.map(show).join(', ') || '<none>');
  out.row('NewReplicaSet', newest ? show(newest) : '<none>');
}

async function podsStatus(object: ApiObject, source: DescribeSource): Promise<string> {
  const pods = (await source.list('pods', { namespace: object.metadata.namespace, labelSelector: selectorText(object) })).filter((p) => listAt(p, 'metadata', 'ownerReferences').some((r) => textAt(r, 'uid') === object.metadata.uid));
  const count = (phase: string) => pods.filter((p) => textAt(p, 'status', 'phase') === phase).length;
  return `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`;
}

async function replicaSet(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  name(object, out); namespace(object, out);
  out.row('Selector', selectorText(object));
  labels(object, out); annotations(object, out); controlledBy(object, out);
  out.row('Replicas', `${numberAt(object, 'status', 'replicas') ?? 0} current / ${numberAt(object, 'spec', 'replicas') ?? 0} desired`);
  out.row('Pods Status', await podsStatus(object, source));
  podTemplate(at(object, 'spec', 'template'), out);
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length) { out.row('Conditions', ''); out.table(['Type', 'Status', 'Reason'], conditions.map((c) => [textAt(c, 'type'), textAt(c, 'status'), textAt(c, 'reason')])); }
}

async function daemonSet(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const n = (key: string) => String(numberAt(object, 'status', key) ?? 0);
  name(object, out); namespace(object, out);
  out.row('Selector', selectorText(object));
  out.row('Node-Selector', Object.entries(pairsAt(object, 'spec', 'template', 'spec', 'nodeSelector')).map(([k, v]) => `${k}=${v}`).join(',') || '<none>');
  labels(object, out); annotations(object, out);
  for (const [label, key] of [['Desired Number of Nodes Scheduled', 'desiredNumberScheduled'], ['Current Number of Nodes Scheduled', 'currentNumberScheduled'], ['Number of Nodes Scheduled with Up-to-date Pods', 'updatedNumberScheduled'], ['Number of Nodes Scheduled with Available Pods', 'numberAvailable'], ['Number of Nodes Misscheduled', 'numberMisscheduled']] as const) out.plain(`${label}: ${n(key)}`, 0);
  out.row('Pods Status', await podsStatus(object, source));
  podTemplate(at(object, 'spec', 'template'), out);
}

function configMap(object: ApiObject, out: Description): void {
  name(object, out); namespace(object, out); labels(object, out); annotations(object, out);
  out.plain('\nData\n====', 0);
  for (const [key, value] of Object.entries(pairsAt(object, 'data')).sort(([a], [b]) => (a < b ? -1 : 1))) out.plain(`${key}:\n----\n${value}\n`, 0);
  out.plain('\nBinaryData\n====', 0);
  for (const [key, value] of Object.entries(pairsAt(object, 'binaryData'))) out.plain(`${key}: ${Buffer.from(value, 'base64').length} bytes`, 0);
  out.plain('', 0);
}

function secret(object: ApiObject, out: Description): void {
  name(object, out); namespace(object, out); labels(object, out); annotations(object, out);
  out.plain(`\nType:  ${textAt(object, 'type')}\n\nData\n====`, 0);
  const data = Object.entries(pairsAt(object, 'data')).sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(0, ...data.map(([key]) => key.length)) + 3;
  for (const [key, value] of data) out.plain(`${`${key}:`.padEnd(width)}${textAt(object, 'type') === 'kubernetes.io/service-account-token' && key === 'token' ? Buffer.from(value, 'base64').toString() : `${Buffer.from(value, 'base64').length} bytes`}`, 0);
}

function namespaceDescription(object: ApiObject, out: Description): void {
  name(object, out); labels(object, out); annotations(object, out);
  out.row('Status', textAt(object, 'status', 'phase'));
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length) { out.row('Conditions', ''); out.table(['Type', 'Status', 'LastTransitionTime', 'Reason', 'Message'], conditions.map((c) => [textAt(c, 'type'), textAt(c, 'status'), time(textAt(c, 'lastTransitionTime')), textAt(c, 'reason'), textAt(c, 'message')])); }
  out.plain('\nNo resource quota.\n\nNo LimitRange resource.', 0);
}

async function serviceAccount(object: ApiObject, out: Description): Promise<void> {
  name(object, out); namespace(object, out); labels(object, out); annotations(object, out);
  const list = (key: string) => listAt(object, key).map((s) => textAt(s, 'name'));
  out.lines('Image pull secrets', list('imagePullSecrets'));
  out.lines('Mountable secrets', list('secrets'));
  out.lines('Tokens', []);
}

function role(object: ApiObject, out: Description): void {
  name(object, out); labels(object, out); annotations(object, out);
  out.row('PolicyRule', '');
  const rows = listAt(object, 'rules').flatMap((rule) => {
    const verbs = `[${listAt(rule, 'verbs').join(' ')}]`;
    const names = `[${listAt(rule, 'resourceNames').join(' ')}]`;
    const urls = listAt(rule, 'nonResourceURLs').map((url) => ['', `[${String(url)}]`, '[]', verbs]);
    return [...listAt(rule, 'apiGroups').flatMap((group) => listAt(rule, 'resources').map((resource) => [`${String(resource)}${group ? `.${String(group)}` : ''}`, '[]', names, verbs])), ...urls];
  }).sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
  out.table(['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'], rows);
}

function binding(object: ApiObject, out: Description): void {
  name(object, out); labels(object, out); annotations(object, out);
  out.row('Role', '');
  out.row('Kind', textAt(object, 'roleRef', 'kind'), 1);
  out.row('Name', textAt(object, 'roleRef', 'name'), 1);
  out.row('Subjects', '');
  out.table(['Kind', 'Name', 'Namespace'], listAt(object, 'subjects').map((s) => [textAt(s, 'kind'), textAt(s, 'name'), textAt(s, 'namespace')]));
}

async function node(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  name(object, out);
  const roles = Object.keys(pairsAt(object, 'metadata', 'labels')).filter((k) => k.startsWith('node-role.kubernetes.io/')).map((k) => k.slice('node-role.kubernetes.io/'.length)).sort();
  out.row('Roles', roles.join(',') || '<none>');
  labels(object, out); annotations(object, out); created(object, out);
  out.lines('Taints', listAt(object, 'spec', 'taints').map((t) => `${textAt(t, 'key')}${textAt(t, 'value') ? `=${textAt(t, 'value')}` : ''}:${textAt(t, 'effect')}`).sort());
  out.row('Unschedulable', String(at(object, 'spec', 'unschedulable') === true));
  const lease = await source.get('leases.coordination.k8s.io', object.metadata.name ?? '', 'kube-node-lease');
  if (!lease) out.row('Lease', `Failed to get lease: leases.coordination.k8s.io "${object.metadata.name}" not found`);
  else {
    out.row('Lease', '');
    out.row('HolderIdentity', textAt(lease, 'spec', 'holderIdentity'), 1);
    out.row('AcquireTime', time(textAt(lease, 'spec', 'acquireTime')), 1);
    out.row('RenewTime', time(textAt(lease, 'spec', 'renewTime')), 1);
  }
  out.row('Conditions', '');
  out.table(['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'], listAt(object, 'status', 'conditions').map((c) => [textAt(c, 'type'), textAt(c, 'status'), time(textAt(c, 'lastHeartbeatTime')), time(textAt(c, 'lastTransitionTime')), textAt(c, 'reason'), textAt(c, 'message')]));
  out.row('Addresses', '');
  for (const address of listAt(object, 'status', 'addresses')) out.row(textAt(address, 'type'), textAt(address, 'address'), 1);
  for (const kind of ['capacity', 'allocatable'] as const) {
    out.row(kind === 'capacity' ? 'Capacity' : 'Allocatable', '');
    for (const [k, v] of pairsOf(at(object, 'status', kind))) out.row(k, v, 1);
  }
  out.row('System Info', '');
  for (const [label, key] of [['Machine ID', 'machineID'], ['System UUID', 'systemUUID'], ['Boot ID', 'bootID'], ['Kernel Version', 'kernelVersion'], ['OS Image', 'osImage'], ['Operating System', 'operatingSystem'], ['Architecture', 'architecture'], ['Container Runtime Version', 'containerRuntimeVersion'], ['Kubelet Version', 'kubeletVersion']] as const) out.row(label, textAt(object, 'status', 'nodeInfo', key), 1);
  if (textAt(object, 'spec', 'podCIDR')) { out.row('PodCIDR', textAt(object, 'spec', 'podCIDR')); out.row('PodCIDRs', listAt(object, 'spec', 'podCIDRs').join(',')); }
  if (textAt(object, 'spec', 'providerID')) out.row('ProviderID', textAt(object, 'spec', 'providerID'));
  await nodePods(object, out, source);
}

async function nodePods(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const pods = (await source.list('pods', { fieldSelector: `spec.nodeName=${object.metadata.name},status.phase!=Failed,status.phase!=Succeeded` })) as unknown as Pod[];
  out.row('Non-terminated Pods', `(${pods.length} in total)`);
  const allocatable = (resource: string) => amountOf(resource, textAt(object, 'status', 'allocatable', resource) || '0');
  const percent = (resource: string, amount: number) => (allocatable(resource) > 0 ? Math.floor((amount * 100) / allocatable(resource)) : 0);
  const shown = (resource: string, quantity: string | undefined) => `${quantity === undefined ? '0' : canonicalQuantity(quantity)} (${percent(resource, amountOf(resource, quantity))}%)`;
  out.table(['Namespace', 'Name', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age'], pods.map((p) => {
    const [requests, limits] = [podRequests(p.spec), podLimits(p.spec)];
    return [p.metadata.namespace ?? '', p.metadata.name, shown('cpu', requests.cpu), shown('cpu', limits.cpu), shown('memory', requests.memory), shown('memory', limits.memory), ageSince(p.metadata.creationTimestamp, source.nowMs)];
  }));
  out.row('Allocated resources', '');
  out.plain('(Total limits may be over 100 percent, i.e., overcommitted.)', 1);
  const names = ['cpu', 'memory', 'ephemeral-storage', ...Object.keys(pairsAt(object, 'status', 'allocatable')).filter((k) => k.includes('/') || k.startsWith('hugepages-')).sort()];
  const total = (resource: string, of: typeof podRequests) => pods.reduce((sum, p) => sum + amountOf(resource, of(p.spec)[resource]), 0);
  const text = (resource: string, amount: number) => (resource === 'cpu' ? quantityOfMilli(amount) : resource === 'memory' ? (amount % 1048576 === 0 && amount > 0 ? `${amount / 1048576}Mi` : amount % 1024 === 0 && amount > 0 ? `${amount / 1024}Ki` : String(amount)) : String(amount));
  out.table(['Resource', 'Requests', 'Limits'], names.map((resource) => {
    const [requests, limits] = [total(resource, podRequests), total(resource, podLimits)];
    if (resource.includes('/')) return [resource, String(requests), String(limits)];
    return [resource, `${text(resource, requests)} (${percent(resource, requests)}%)`, `${text(resource, limits)} (${percent(resource, limits)}%)`];
  }));
}

/** Kinds without a form of their own: every field under a name made of words. */
function general(object: ApiObject, out: Description): void {
  name(object, out); namespace(object, out); labels(object, out); annotations(object, out);
  out.row('API Version', textAt(object, 'apiVersion'));
  out.row('Kind', object.kind ?? '');
  const { apiVersion: _v, kind: _k, metadata, ...rest } = object;
  out.row('Metadata', '');
  for (const key of ['creationTimestamp', 'generation', 'resourceVersion', 'uid']) if (metadata[key] !== undefined) out.row(words(key), String(metadata[key]), 1);
  for (const [key, value] of Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))) nested(key, value, out, 0);
}

function nested(key: string, value: unknown, out: Description, level: number): void {
  if (Array.isArray(value)) { out.row(words(key), value.every((v) => !isDict(v)) ? '' : '', level); for (const item of value) { if (isDict(item)) for (const [k, v] of Object.entries(item)) nested(k, v, out, level + 1); else out.plain(String(item), level + 1); } }
  else if (isDict(value)) { out.row(words(key), '', level); for (const [k, v] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) nested(k, v, out, level + 1); }
  else out.row(words(key), String(value), level);
}

function words(key: string): string {
  return key.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/^./, (c) => c.toUpperCase());
}
