/** The containers of a Pod or a template: what they run, how they do, and what they are given. */
import { type ApiObject, at, compareText, type Dict, isDict, listAt, numberAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { time } from './describer.ts';

export interface ContainersOptions {
  statuses?: readonly unknown[];
  /** The Pod whose fields environment variables may name; a template has none. */
  pod?: ApiObject;
  /** True within a template: names stand one column further left. */
  isTemplate?: boolean;
}

/** `Containers:` and each of them. */
export function containers(title: string, specs: readonly unknown[], out: Description, { statuses = [], pod, isTemplate = false }: ContainersOptions): void {
  out.line(`${isTemplate ? '  ' : ''}${title}:${specs.length === 0 ? ' <none>' : ''}`);
  for (const spec of specs) {
    const status = statuses.find((candidate) => textAt(candidate, 'name') === textAt(spec, 'name'));
    out.line(`${isTemplate ? ' ' : ''}${textAt(spec, 'name')}:`, 1);
    basics(spec, status, out);
    for (const [label, key] of [['Command', 'command'], ['Args', 'args']] as const) words(label, listAt(spec, key), out);
    if (status) condition(status, out);
    resources(at(spec, 'resources'), out, 2);
    for (const kind of ['liveness', 'readiness', 'startup']) {
      const probe = at(spec, `${kind}Probe`);
      if (isDict(probe)) out.row(kind[0]!.toUpperCase() + kind.slice(1), probeText(probe), 2);
    }
    environment(spec, pod, out);
    mounts(spec, out);
  }
}

function basics(spec: unknown, status: unknown, out: Description): void {
  if (status) out.row('Container ID', textAt(status, 'containerID'), 2);
  out.row('Image', textAt(spec, 'image'), 2);
  if (status) out.row('Image ID', textAt(status, 'imageID'), 2);
  const ports = listAt(spec, 'ports');
  for (const [label, key] of [['Port', 'containerPort'], ['Host Port', 'hostPort']] as const) {
    const texts = ports.map((port) => `${numberAt(port, key) ?? 0}/${textAt(port, 'protocol')}${textAt(port, 'name') ? ` (${textAt(port, 'name')})` : ''}`);
    out.row(`${label}${texts.length > 1 ? 's' : ''}`, texts.join(', ') || '<none>', 2);
  }
}

function words(label: string, list: readonly unknown[], out: Description): void {
  if (list.length === 0) return;
  out.heading(label, 2);
  for (const word of list) out.line(String(word), 3);
}

function condition(status: unknown, out: Description): void {
  state('State', at(status, 'state'), out);
  if (isDict(at(status, 'lastState', 'terminated'))) state('Last State', at(status, 'lastState'), out);
  out.row('Ready', at(status, 'ready') === true ? 'True' : 'False', 2);
  out.row('Restart Count', numberAt(status, 'restartCount') ?? 0, 2);
}

function state(label: string, value: unknown, out: Description): void {
  const [running, terminated, waiting] = ['running', 'terminated', 'waiting'].map((kind) => at(value, kind));
  if (isDict(running)) {
    out.row(label, 'Running', 2);
    out.row('Started', time(textAt(running, 'startedAt')), 3);
  } else if (isDict(terminated)) {
    out.row(label, 'Terminated', 2);
    for (const key of ['reason', 'message']) out.optional(key === 'reason' ? 'Reason' : 'Message', textAt(terminated, key), 3);
    out.row('Exit Code', numberAt(terminated, 'exitCode') ?? 0, 3);
    out.optional('Signal', textAt(terminated, 'signal'), 3);
    out.row('Started', time(textAt(terminated, 'startedAt')), 3);
    out.row('Finished', time(textAt(terminated, 'finishedAt')), 3);
  } else {
    out.row(label, 'Waiting', 2);
    out.optional('Reason', textAt(waiting, 'reason'), 3);
  }
}

/** `Limits:` and `Requests:`. */
export function resources(value: unknown, out: Description, level: number): void {
  for (const kind of ['limits', 'requests']) {
    const amounts = at(value, kind);
    if (!isDict(amounts) || Object.keys(amounts).length === 0) continue;
    out.heading(kind === 'limits' ? 'Limits' : 'Requests', level);
    for (const resource of Object.keys(amounts).sort(compareText)) out.row(resource, String(amounts[resource]), level + 1);
  }
}

function probeText(probe: Dict): string {
  const [delay, timeout, period, success, failure] = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'].map((key) => numberAt(probe, key) ?? 0);
  return `${probeTarget(probe)} delay=${delay}s timeout=${timeout}s period=${period}s #success=${success} #failure=${failure}`;
}

function probeTarget(probe: Dict): string {
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (isDict(exec)) return `exec [${listAt(exec, 'command').join(' ')}]`;
  if (isDict(httpGet)) return `http-get ${textAt(httpGet, 'scheme').toLowerCase()}://${textAt(httpGet, 'host')}:${textAt(httpGet, 'port')}${textAt(httpGet, 'path')}`;
  if (isDict(tcpSocket)) return `tcp-socket ${textAt(tcpSocket, 'host')}:${textAt(tcpSocket, 'port')}`;
  if (isDict(grpc)) return `grpc <pod>:${textAt(grpc, 'port')} ${textAt(grpc, 'service')}`;
  return 'unknown';
}

function environment(spec: unknown, pod: ApiObject | undefined, out: Description): void {
  const sources = listAt(spec, 'envFrom');
  if (sources.length > 0) out.heading('Environment Variables from', 2);
  for (const source of sources) {
    const isSecret = isDict(at(source, 'secretRef'));
    const reference = at(source, isSecret ? 'secretRef' : 'configMapRef');
    const prefix = textAt(source, 'prefix');
    out.line(`${textAt(reference, 'name')}\t${isSecret ? 'Secret' : 'ConfigMap'}${prefix ? ` with prefix '${prefix}'` : ''}\tOptional: ${at(reference, 'optional') === true}`, 3);
  }
  const variables = listAt(spec, 'env');
  out.line(`Environment:${variables.length === 0 ? '\t<none>' : ''}`, 2);
  for (const variable of variables) out.lines(textAt(variable, 'name'), variableText(variable, spec, pod).split('\n'), 3);
}

function variableText(variable: unknown, spec: unknown, pod: ApiObject | undefined): string {
  const [field, resource, secret, config] = ['fieldRef', 'resourceFieldRef', 'secretKeyRef', 'configMapKeyRef'].map((kind) => at(variable, 'valueFrom', kind));
  const optional = (reference: unknown) => `\tOptional: ${at(reference, 'optional') === true}`;
  if (isDict(field)) return `${pod ? fieldValue(pod, textAt(field, 'fieldPath')) : ''} (${textAt(field, 'apiVersion')}:${textAt(field, 'fieldPath')})`;
  if (isDict(resource)) return `${resourceValue(spec, textAt(resource, 'resource'))} (${textAt(resource, 'resource')})`;
  if (isDict(secret)) return `<set to the key '${textAt(secret, 'key')}' in secret '${textAt(secret, 'name')}'>${optional(secret)}`;
  if (isDict(config)) return `<set to the key '${textAt(config, 'key')}' of config map '${textAt(config, 'name')}'>${optional(config)}`;
  return textAt(variable, 'value');
}

/** Only fields of the metadata are looked up, as kubectl does. */
function fieldValue(pod: ApiObject, path: string): string {
  const [, of, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (of && key) return textAt(pod, 'metadata', of, key);
  return /^metadata\.(name|namespace|uid)$/.test(path) ? textAt(pod, ...path.split('.')) : '';
}

function resourceValue(spec: unknown, path: string): string {
  const [kind = '', ...rest] = path.split('.');
  const value = textAt(spec, 'resources', kind, rest.join('.'));
  return value || (/^limits\.(cpu|memory)$/.test(path) ? 'node allocatable' : '0');
}

function mounts(spec: unknown, out: Description): void {
  const byPath = (list: readonly unknown[], key: string) => [...list].sort((a, b) => compareText(textAt(a, key), textAt(b, key)));
  const volumeMounts = byPath(listAt(spec, 'volumeMounts'), 'mountPath');
  out.line(`Mounts:${volumeMounts.length === 0 ? '\t<none>' : ''}`, 2);
  for (const mount of volumeMounts) {
    const subPath = textAt(mount, 'subPath');
    out.line(`${textAt(mount, 'mountPath')} from ${textAt(mount, 'name')} (${at(mount, 'readOnly') === true ? 'ro' : 'rw'}${subPath ? `,path=${JSON.stringify(subPath)}` : ''})`, 3);
  }
  const devices = byPath(listAt(spec, 'volumeDevices'), 'devicePath');
  if (devices.length > 0) out.heading('Devices', 2);
  for (const device of devices) out.line(`${textAt(device, 'devicePath')} from ${textAt(device, 'name')}`, 3);
}
