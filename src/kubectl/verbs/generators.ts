/** kubectl create KIND: objects made from arguments. */
import type { Call, Verb } from '../command.ts';
import { KubectlError, StatusError } from '../errors.ts';
import { asObject, type ApiObject } from '../objects.ts';
import { localType } from '../resource-builder.ts';
import { createObject } from './create.ts';
import type { ResourceType } from '../discovery.ts';

type Spec = Record<string, unknown>;

interface Generator { path: string; kind: string; apiVersion: string; about: string; required?: readonly string[]; namespaced?: boolean; build(call: Call, name: string): Spec | Promise<Spec>; fails?: (message: string) => string }

const GENERATORS: readonly Generator[] = [
  { path: 'create deployment', kind: 'Deployment', apiVersion: 'apps/v1', about: 'Make a Deployment', required: ['image'], build: deployment },
  { path: 'create namespace', kind: 'Namespace', apiVersion: 'v1', about: 'Make a Namespace', namespaced: false, build: () => ({ spec: {}, status: {} }) },
  { path: 'create configmap', kind: 'ConfigMap', apiVersion: 'v1', about: 'Make a ConfigMap', build: async (call) => ({ data: await dataFrom(call) }) },
  { path: 'create secret generic', kind: 'Secret', apiVersion: 'v1', about: 'Make a Secret from keys and values', build: async (call) => ({ data: encoded(await dataFrom(call)), ...(call.flags.string('type') ? { type: call.flags.string('type') } : {}) }) },
  { path: 'create secret tls', kind: 'Secret', apiVersion: 'v1', about: 'Make a Secret with a certificate and its key', build: async (call) => ({ type: 'kubernetes.io/tls', data: encoded({ 'tls.crt': await call.environment.files.read(call.flags.string('cert')), 'tls.key': await call.environment.files.read(call.flags.string('key')) }) }) },
  { path: 'create serviceaccount', kind: 'ServiceAccount', apiVersion: 'v1', about: 'Make a ServiceAccount', build: () => ({}) },
  { path: 'create service clusterip', kind: 'Service', apiVersion: 'v1', about: 'Make a Service with an address inside the cluster', build: (call, name) => service(call, name, 'ClusterIP') },
  { path: 'create service nodeport', kind: 'Service', apiVersion: 'v1', about: 'Make a Service with a port on every node', build: (call, name) => service(call, name, 'NodePort') },
  { path: 'create service loadbalancer', kind: 'Service', apiVersion: 'v1', about: 'Make a Service with a load balancer', build: (call, name) => service(call, name, 'LoadBalancer') },
  { path: 'create service externalname', kind: 'Service', apiVersion: 'v1', about: 'Make a Service that is a name outside', required: ['external-name'], build: (call, name) => ({ metadata: { labels: { app: name } }, spec: { type: 'ExternalName', externalName: call.flags.string('external-name'), selector: { app: name } } }) },
  { path: 'create role', kind: 'Role', apiVersion: 'rbac.authorization.k8s.io/v1', about: 'Make a Role', build: rules },
  { path: 'create clusterrole', kind: 'ClusterRole', apiVersion: 'rbac.authorization.k8s.io/v1', about: 'Make a ClusterRole', namespaced: false, build: rules },
  { path: 'create rolebinding', kind: 'RoleBinding', apiVersion: 'rbac.authorization.k8s.io/v1', about: 'Make a RoleBinding', build: binding },
  { path: 'create clusterrolebinding', kind: 'ClusterRoleBinding', apiVersion: 'rbac.authorization.k8s.io/v1', about: 'Make a ClusterRoleBinding', required: ['clusterrole'], namespaced: false, build: binding },
  { path: 'create priorityclass', kind: 'PriorityClass', apiVersion: 'scheduling.k8s.io/v1', about: 'Make a PriorityClass', namespaced: false, build: (call) => ({ value: call.flags.number('value'), globalDefault: call.flags.bool('global-default'), description: call.flags.string('description'), preemptionPolicy: call.flags.string('preemption-policy') }) },
  { path: 'create poddisruptionbudget', kind: 'PodDisruptionBudget', apiVersion: 'policy/v1', about: 'Make a PodDisruptionBudget', required: ['selector'], build: budget },
  { path: 'create quota', kind: 'ResourceQuota', apiVersion: 'v1', about: 'Make a ResourceQuota', build: (call) => ({ spec: { hard: pairs(call.flags.string('hard').split(',').filter(Boolean)), ...(call.flags.string('scopes') ? { scopes: call.flags.string('scopes').split(',') } : {}) } }) },
  { path: 'create job', kind: 'Job', apiVersion: 'batch/v1', about: 'Make a Job', build: (call, name) => ({ spec: { template: { spec: { containers: [{ name, image: call.flags.string('image'), ...commandOf(call) }], restartPolicy: 'Never' } } } }) },
  { path: 'create cronjob', kind: 'CronJob', apiVersion: 'batch/v1', about: 'Make a CronJob', required: ['image', 'schedule'], build: (call, name) => ({ spec: { schedule: call.flags.string('schedule'), jobTemplate: { metadata: { name }, spec: { template: { spec: { containers: [{ name, image: call.flags.string('image'), ...commandOf(call) }], restartPolicy: call.flags.string('restart') || 'OnFailure' } } } } } }) },
];

export const generators: readonly Verb[] = [
  { path: 'create secret', about: 'Make a Secret: docker-registry, generic or tls' }, { path: 'create service', about: 'Make a Service: clusterip, externalname, loadbalancer or nodeport' },
  ...GENERATORS.map((generator): Verb => ({ path: generator.path, about: generator.about, required: generator.required, run: (call) => generate(call, generator) })),
];

async function generate(call: Call, { path, kind, apiVersion, namespaced = true, build }: Generator): Promise<void> {
  const [name, ...more] = beforeDash(call);
  const noun = path.split(' ').slice(1).join(' ');
  if (!name) throw call.usage('exactly one NAME is required, got 0');
  if (more.length > 0 && noun !== 'deployment') throw call.usage(`exactly one NAME is required, got ${more.length + 1}`);
  const { metadata, ...spec } = await build(call, name);
  const object = asObject({ apiVersion, kind, metadata: { name, ...(metadata as object | undefined) }, ...spec });
  const type: ResourceType = { ...(call.dryRun() === 'client' ? localType(apiVersion, kind) : await typeFor(call, apiVersion, kind)), namespaced };
  try {
    await createObject(call, type, object as ApiObject, namespaced ? await call.namespace() : undefined);
  } catch (error) {
    if (error instanceof StatusError) throw explained(error, noun);
    throw error;
  }
}

/** Failures of generators are told with what was being made. */
function explained(error: StatusError, noun: string): unknown {
  if (error.reason === 'Invalid') return new KubectlError(`failed to create ${noun}: ${error.message}`);
  const standard = `${noun.startsWith('secret') ? 'failed to create secret' : `failed to create ${noun.split(' ')[0]}`}`;
  return ['deployment', 'role', 'rolebinding', 'clusterrole', 'clusterrolebinding', 'job', 'cronjob'].includes(noun) && error.reason === 'AlreadyExists' ? new KubectlError(`${standard}: ${error.message}`) : error;
}

async function typeFor(call: Call, apiVersion: string, kind: string): Promise<ResourceType> {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const found = (await (await call.discovery()).types()).find((type) => type.kind === kind && type.group === group && type.version === version);
  if (!found) throw new KubectlError(`no matches for kind "${kind}" in version "${apiVersion}"`);
  return found;
}

function beforeDash(call: Call): readonly string[] {
  return call.dash === undefined ? call.args : call.args.slice(0, call.dash);
}

function commandOf(call: Call): Spec {
  const command = call.dash === undefined ? [] : call.args.slice(call.dash);
  return command.length > 0 ? { command } : {};
}

function deployment(call: Call, name: string): Spec {
  const labels = { app: name };
  const port = call.flags.number('port');
  const images = call.flags.list('image');
  const command = commandOf(call);
  if (images.length > 1 && Object.keys(command).length > 0) throw new KubectlError('cannot specify multiple --image options and command');
  const containers = images.map((image) => ({ image, name: image.split('/').pop()!.split('@')[0]!.split(':')[0]!.replace(/[^a-z0-9-]+/gi, (c) => (c === ' ' ? c : '-')), resources: {}, ...command, ...(port > 0 ? { ports: [{ containerPort: port }] } : {}) }));
  return { metadata: { labels }, spec: { replicas: call.flags.number('replicas'), selector: { matchLabels: labels }, strategy: {}, template: { metadata: { labels }, spec: { containers: containers.length ? containers : null } } }, status: {} };
}

function service(call: Call, name: string, type: string): Spec {
  const clusterIP = call.flags.optional('clusterip');
  const ports = call.flags.list('tcp').map((text) => {
    const [port = '', target = port] = text.split(':');
    const nodePort = call.flags.has('node-port') ? call.flags.number('node-port') : 0;
    return { name: text.replace(':', '-'), port: Number(port), protocol: 'TCP', targetPort: /^\d+$/.test(target) ? Number(target) : target, ...(nodePort ? { nodePort } : {}) };
  });
  if (ports.length === 0 && clusterIP !== 'None') throw new KubectlError('at least one tcp port specifier must be provided');
  return { metadata: { labels: { app: name } }, spec: { ...(ports.length ? { ports } : {}), selector: { app: name }, type, ...(clusterIP ? { clusterIP } : {}) }, status: { loadBalancer: {} } };
}

async function dataFrom(call: Call): Promise<Record<string, string>> {
  const { flags, environment } = call;
  const data: Record<string, string> = {};
  for (const literal of flags.list('from-literal')) {
    const at = literal.indexOf('=');
    if (at <= 0) throw new KubectlError(`invalid literal source ${literal}, expected key=value`);
    data[literal.slice(0, at)] = literal.slice(at + 1).replace(/^(['"])(.*)\1$/, '$2');
  }
  for (const source of flags.list('from-file')) {
    const [path = '', key] = source.includes('=') ? [source.slice(source.indexOf('=') + 1), source.slice(0, source.indexOf('='))] : [source];
    if (!await environment.files.exists(path)) throw new KubectlError(`error reading ${path}: no such file or directory`);
    if (await environment.files.isDirectory(path)) for (const name of await environment.files.list(path)) data[name] = await environment.files.read(`${path}/${name}`);
    else data[key ?? path.split('/').pop()!] = await environment.files.read(path);
  }
  for (const path of flags.list('from-env-file')) for (const line of (await environment.files.read(path)).split('\n')) if (/^\s*[^#\s][^=]*=/.test(line)) data[line.slice(0, line.indexOf('=')).trim()] = line.slice(line.indexOf('=') + 1);
  return data;
}

function encoded(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

async function rules(call: Call): Promise<Spec> {
  const { flags } = call;
  const verbs = flags.list('verb');
  if (verbs.length === 0 && !flags.optional('aggregation-rule')) throw new KubectlError('at least one verb must be specified');
  const urls = flags.has('non-resource-url') ? flags.list('non-resource-url') : [];
  const resources = flags.list('resource');
  if (resources.length === 0 && urls.length === 0) throw new KubectlError('at least one resource must be specified');
  const byGroup = new Map<string, string[]>();
  for (const resource of resources) {
    const [word = '', subresource] = resource.split('/');
    const { group, plural } = await (await call.discovery()).resolve(word);
    byGroup.set(group, [...(byGroup.get(group) ?? []), subresource ? `${plural}/${subresource}` : plural]);
  }
  const resourceNames = flags.list('resource-name');
  return { rules: [...[...byGroup].map(([group, names]) => ({ apiGroups: [group], resources: names, ...(resourceNames.length ? { resourceNames } : {}), verbs })), ...(urls.length ? [{ nonResourceURLs: urls, verbs }] : [])] };
}

function binding(call: Call): Spec {
  const { flags } = call;
  const role = flags.optional('role');
  const clusterRole = flags.string('clusterrole');
  if ((role ? 1 : 0) + (clusterRole ? 1 : 0) !== 1) throw new KubectlError('exactly one of clusterrole or role must be specified');
  const rbac = 'rbac.authorization.k8s.io';
  const subjects = [
    ...flags.list('user').map((name) => ({ apiGroup: rbac, kind: 'User', name })), ...flags.list('group').map((name) => ({ apiGroup: rbac, kind: 'Group', name })),
    ...flags.list('serviceaccount').map((text) => {
      const [namespace, name] = text.split(':');
      if (!namespace || !name) throw new KubectlError('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', name, namespace };
    }),
  ];
  return { roleRef: { apiGroup: rbac, kind: role ? 'Role' : 'ClusterRole', name: role || clusterRole }, subjects };
}

function budget(call: Call): Spec {
  const { flags } = call;
  const number = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);
  const [min, max] = [flags.string('min-available'), flags.string('max-unavailable')];
  if (!min && !max) throw new KubectlError('one of min-available or max-unavailable must be specified');
  const matchLabels = pairs(flags.string('selector').split(','));
  return { spec: { ...(min ? { minAvailable: number(min) } : { maxUnavailable: number(max) }), selector: { matchLabels } } };
}

function pairs(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(list.map((text) => [text.split('=')[0]!, text.slice(text.indexOf('=') + 1)]));
}
