/** kubectl create KIND: objects made from arguments. */
import type { Call, Verb } from '../command.ts';
import { apiVersionOf, pathOf, type ResourceType } from '../discovery.ts';
import { KubectlError, StatusError } from '../errors.ts';
import { parseGoDuration } from '../../cluster/api/duration.ts';
import { beforeDash } from '../generators/arguments.ts';
import { configMap, dockerSecret, genericSecret, tlsSecret } from '../generators/data.ts';
import { binding, budget, priorityClass, quota, rules } from '../generators/policy.ts';
import { cronJob, deployment, ingress, job, service } from '../generators/workloads.ts';
import { asObject, isDict, textAt } from '../objects.ts';
import { objectPrinter, outputFormat } from '../printers/printer.ts';
import { localType } from '../resource-builder.ts';
import { createObject } from './create.ts';

interface Generator {
  path: string;
  apiVersion: string;
  kind: string;
  about: string;
  /** What an error of the server begins with; without it the error is told as it came. */
  failure?: string;
  required?: readonly string[];
  isClusterScoped?: boolean;
  /** What follows the name is a command. */
  takesCommand?: boolean;
  build(call: Call, name: string): Record<string, unknown> | Promise<Record<string, unknown>>;
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const SERVICES: readonly (readonly [word: string, type: string])[] = [['clusterip', 'ClusterIP'], ['nodeport', 'NodePort'], ['loadbalancer', 'LoadBalancer'], ['externalname', 'ExternalName']];

const GENERATORS: readonly Generator[] = [
  { path: 'create deployment', apiVersion: 'apps/v1', kind: 'Deployment', about: 'Create a deployment with the specified name', failure: 'failed to create deployment: ', required: ['image'], takesCommand: true, build: deployment },
  { path: 'create job', apiVersion: 'batch/v1', kind: 'Job', about: 'Create a job with the specified name', failure: 'failed to create job: ', takesCommand: true, build: job },
  { path: 'create cronjob', apiVersion: 'batch/v1', kind: 'CronJob', about: 'Create a cron job with the specified name', failure: 'failed to create cronjob: ', required: ['image', 'schedule'], takesCommand: true, build: cronJob },
  { path: 'create ingress', apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', about: 'Create an ingress with the specified name', failure: 'failed to create ingress: ', build: ingress },
  { path: 'create namespace', apiVersion: 'v1', kind: 'Namespace', about: 'Create a namespace with the specified name', isClusterScoped: true, build: () => ({ spec: {}, status: {} }) },
  { path: 'create configmap', apiVersion: 'v1', kind: 'ConfigMap', about: 'Create a config map from a local file, directory or literal value', failure: 'failed to create configmap: ', build: configMap },
  { path: 'create secret generic', apiVersion: 'v1', kind: 'Secret', about: 'Create a secret from a local file, directory, or literal value', failure: 'failed to create secret ', build: genericSecret },
  { path: 'create secret tls', apiVersion: 'v1', kind: 'Secret', about: 'Create a TLS secret', failure: 'failed to create secret ', build: tlsSecret },
  { path: 'create secret docker-registry', apiVersion: 'v1', kind: 'Secret', about: 'Create a secret for use with a Docker registry', failure: 'failed to create secret ', build: dockerSecret },
  { path: 'create serviceaccount', apiVersion: 'v1', kind: 'ServiceAccount', about: 'Create a service account with the specified name', failure: 'failed to create serviceaccount: ', build: () => ({}) },
  ...SERVICES.map(([word, type]): Generator => ({
    path: `create service ${word}`, apiVersion: 'v1', kind: 'Service', about: `Create a ${type} service`, failure: `failed to create ${type} service: `,
    ...(word === 'externalname' ? { required: ['external-name'] } : {}), build: (call, name) => service(call, name, type),
  })),
  { path: 'create role', apiVersion: RBAC, kind: 'Role', about: 'Create a role with single rule', build: rules },
  { path: 'create clusterrole', apiVersion: RBAC, kind: 'ClusterRole', about: 'Create a cluster role', isClusterScoped: true, build: rules },
  { path: 'create rolebinding', apiVersion: RBAC, kind: 'RoleBinding', about: 'Create a role binding for a particular role or cluster role', failure: 'failed to create rolebinding: ', build: binding },
  { path: 'create clusterrolebinding', apiVersion: RBAC, kind: 'ClusterRoleBinding', about: 'Create a cluster role binding for a particular cluster role', failure: 'failed to create clusterrolebinding: ', required: ['clusterrole'], isClusterScoped: true, build: binding },
  { path: 'create quota', apiVersion: 'v1', kind: 'ResourceQuota', about: 'Create a quota with the specified name', failure: 'failed to create resourcequota: ', build: quota },
  { path: 'create poddisruptionbudget', apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', about: 'Create a pod disruption budget with the specified name', failure: 'failed to create poddisruptionbudgets: ', build: budget },
  { path: 'create priorityclass', apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', about: 'Create a priority class with the specified name', failure: 'failed to create priorityclass: ', isClusterScoped: true, build: priorityClass },
];

const token: Verb = {
  path: 'create token', about: 'Request a service account token',
  examples: [['# For an hour', 'kubectl create token robot'], ['# For ten minutes', 'kubectl create token robot --duration=10m']],
  async run(call) {
    const { flags } = call;
    const name = oneName(call, false);
    const ms = parseGoDuration(flags.string('duration') || '0s') ?? 0;
    if (ms < 0) throw new KubectlError('--duration must be greater than or equal to 0');
    const audiences = flags.list('audience');
    const bound = flags.string('bound-object-kind');
    const boundObjectRef = { kind: bound, apiVersion: 'v1', name: flags.string('bound-object-name'), ...(flags.string('bound-object-uid') ? { uid: flags.string('bound-object-uid') } : {}) };
    const spec = { ...(audiences.length > 0 ? { audiences } : {}), ...(ms > 0 ? { expirationSeconds: Math.floor(ms / 1000) } : {}), ...(bound ? { boundObjectRef } : {}) };
    const type = await (await call.discovery()).resolve('serviceaccounts');
    const answer = await explained('failed to create token: ', async () => (await call.client()).call('POST', pathOf(type, await call.namespace(), name, 'token'), {
      body: { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: {}, spec }, subject: { ...type, name },
    }));
    const format = outputFormat(call);
    if (format.name) return (await objectPrinter(call, format))(asObject(answer));
    call.out(`${textAt(answer, 'status', 'token')}\n`);
  },
};

export const generators: readonly Verb[] = [
  { path: 'create secret', about: 'Create a secret using a specified subcommand' }, { path: 'create service', about: 'Create a service using a specified subcommand' },
  ...GENERATORS.map((generator): Verb => ({ path: generator.path, about: generator.about, required: generator.required, run: (call) => generate(call, generator) })), token,
];

async function generate(call: Call, { apiVersion, kind, failure = '', isClusterScoped, takesCommand, build }: Generator): Promise<void> {
  const name = oneName(call, takesCommand ?? false);
  const { metadata, ...rest } = await build(call, name);
  const connection = await call.connection();
  const own = connection.isNamespaceExplicit && !isClusterScoped ? { namespace: connection.namespace } : {};
  const object = asObject({ kind, apiVersion, metadata: { name, ...own, ...(isDict(metadata) ? metadata : {}) }, ...rest });
  const type = call.dryRun() === 'client' ? localType(apiVersion, kind) : await typeFor(call, apiVersion, kind);
  await explained(failure, () => createObject(call, type, object, isClusterScoped ? undefined : connection.namespace, { keepsOrder: true }));
}

function oneName(call: Call, takesCommand: boolean): string {
  const names = takesCommand ? beforeDash(call).slice(0, 1) : call.args;
  const [name] = names;
  if (name === undefined || names.length > 1) throw call.usage(`exactly one NAME is required, got ${names.length}`);
  return name;
}

/** Failures of the server begin with what was being made. */
async function explained<T>(failure: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (failure && error instanceof StatusError) throw new KubectlError(`${failure}${error.message}`);
    throw error;
  }
}

async function typeFor(call: Call, apiVersion: string, kind: string): Promise<ResourceType> {
  const found = (await (await call.discovery()).types()).find((type) => type.kind === kind && apiVersionOf(type) === apiVersion);
  if (!found) throw new KubectlError(`no matches for kind "${kind}" in version "${apiVersion}"`);
  return found;
}
