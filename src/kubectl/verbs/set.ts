/** kubectl set: image, env, resources, serviceaccount of the Pods that an object makes, selector of a Service, subjects of a binding. */
import { parseSelector, type Selector, SelectorError } from '../../cluster/api/labels.ts';
import { parseQuantity } from '../../cluster/api/quantity.ts';
import type { Call, Verb } from '../command.ts';
import { forEachCollecting, KubectlError, textOf, throwAll } from '../errors.ts';
import { at, isDict, isEqual, listAt, pairsAt, textAt, type Dict } from '../objects.ts';
import { printOperation } from '../output.ts';
import { displayName, fetched, hasManifests, type Info, MISSING, targetsOf } from '../resource-builder.ts';
import { checkEnvName } from './create/data-sources.ts';
import { eachObject, isLocal, sendPatch, STRATEGIC } from './mutate.ts';
import { listVariables } from './set-env-list.ts';

/** Where an object keeps its Pod spec. */
function podSpecPath({ type }: Info): string[] {
  if (type.kind === 'Pod') return ['spec'];
  return type.kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template', 'spec'] : ['spec', 'template', 'spec'];
}

/** An object of a file, of which no server was asked, is called by its kind. */
const refused = ({ type, name }: Info, why: string) => new KubectlError(`error: ${type.verbs.length > 0 ? `${type.plural}/${name}` : `${displayName(type, name)}${type.group ? '\n' : ''}`} ${why}`);

function wrapped(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => ({ [key]: inner }), value);
}

/** Refuses what makes no Pods. */
function expectPodSpec(info: Info): void {
  if (!isDict(at(info.object, ...podSpecPath(info)))) throw refused(info, `the object is not a pod or does not have a pod template: *${info.type.version}.${info.type.kind}`);
}

/** Containers of both sorts, each with the list it stands in. */
function containersOf(info: Info, chosen = '*'): { list: 'containers' | 'initContainers'; name: string; container: Dict }[] {
  expectPodSpec(info);
  const all = (['containers', 'initContainers'] as const).flatMap((list) => listAt(info.object, ...podSpecPath(info), list).filter(isDict).map((container) => ({ list, name: textAt(container, 'name'), container })));
  const pattern = new RegExp(`^${chosen.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  return all.filter(({ name }) => pattern.test(name));
}

/** A patch of the Pod spec that changes these containers. */
function specOf(changed: readonly { list: string; name: string; change: object }[]): Dict {
  const spec: Record<string, object[]> = {};
  for (const { list, name, change } of changed) (spec[list] ??= []).push({ name, ...change });
  return spec;
}

/** Resources, then changes: `key=value`, or with `removes` `key-`. Throws KubectlError. */
function split(call: Call, noun: string, { removes = false } = {}): { resources: string[]; pairs: [string, string][]; removals: string[] } {
  const isChange = (arg: string) => arg.indexOf('=') > 0 || (removes && /.-$/.test(arg));
  const first = call.args.findIndex(isChange);
  const changes = first < 0 ? [] : call.args.slice(first);
  const late = changes.find((arg) => !isChange(arg));
  if (late !== undefined) throw new KubectlError(`all resources must be specified before ${noun} changes: ${removes ? call.args.join(' ') : late}`);
  const resources = first < 0 ? [...call.args] : call.args.slice(0, first);
  if (resources.length === 0 && !hasManifests(call)) throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  return { resources, pairs: changes.filter((arg) => arg.includes('=')).map(pairOf), removals: changes.filter((arg) => !arg.includes('=')).map((arg) => arg.slice(0, -1)) };
}

const pairOf = (text: string): [string, string] => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];

/** Patches and says so, unless nothing is different then. */
async function update(call: Call, info: Info, spec: unknown, operation: string, failure: string): Promise<void> {
  const object = await sendPatch(call, info, wrapped(podSpecPath(info), spec), STRATEGIC).catch((error: unknown) => { throw new KubectlError(`failed to patch ${failure} ${textOf(error)}`); });
  if (isEqual(object, info.object)) return;
  await printOperation(call, { ...info, object }, operation);
}

const image: Verb = {
  path: 'set image', about: 'Update the image of a pod template', help: 'Gives containers another image: NAME=IMAGE for each, or *=IMAGE for all of them.', examples: [['# One container', 'kubectl set image deployment/web nginx=nginx:1.27'], ['# All containers of a file, without a server', 'kubectl set image -f web.yaml --local *=nginx:1.27 -o yaml']],
  async run(call) {
    const { resources, pairs } = split(call, 'image');
    const infos: Info[] = [];
    await eachObject(call, resources, {}, async (info) => { infos.push(info); });
    if (pairs.length === 0) throw new KubectlError('at least one image update is required');
    if (pairs.length > 1 && pairs.some(([name]) => name === '*')) throw new KubectlError('all containers are already specified by *, but saw more than one container_name=container_image pairs');
    await forEachCollecting(infos, async (info) => {
      const all = containersOf(info);
      const changed = all.flatMap((one) => pairs.filter(([name]) => name === '*' || name === one.name).map(([, to]) => ({ ...one, change: { image: to } })));
      if (changed.length > 0) await update(call, info, specOf(changed), 'image updated', 'image update to pod template:');
      // Those that are there get their images all the same.
      throwAll(pairs.filter(([name]) => name !== '*' && !all.some((one) => one.name === name)).map(([name]) => new KubectlError(`error: unable to find container named "${name}"`)));
    });
  },
};

const env: Verb = {
  path: 'set env', about: 'Update environment variables on a pod template', help: 'Sets environment variables of containers with NAME=VALUE and takes them away with NAME-.\n\nWith --from all keys of a ConfigMap or Secret become variables, in capitals; --list shows what is set.',
  examples: [['# Set one, take one away', 'kubectl set env deployment/web LEVEL=debug OLD-'], ['# All keys of a ConfigMap', 'kubectl set env deployment/web --from=configmap/settings'], ['# What is set', 'kubectl set env deployment/web --list']],
  async run(call) {
    const { flags } = call;
    const { resources, pairs, removals } = split(call, 'environment', { removes: true });
    const both = [...flags.list('env').map(pairOf), ...pairs];
    for (const [name] of both) {
      checkEnvName(name);
      if (removals.includes(name)) throw new KubectlError('can not both modify and remove the same environment variable in the same command');
    }
    const set = [...both.map(([name, value]): Dict => ({ name, value })), ...(flags.string('from') ? await variablesFrom(call, flags.string('from')) : [])];
    await eachObject(call, resources, {}, async (info) => {
      const chosen = containersOf(info, flags.string('containers') || '*');
      if (chosen.length === 0) return call.warn(`${info.type.kind}/${info.name} does not have any containers matching "${flags.string('containers')}"`);
      if (flags.bool('list')) {
        for (const { name, container } of chosen) {
          call.out(`# ${info.type.kind} ${info.name}, container ${name}\n`);
          await listVariables(call, info, container);
        }
        return;
      }
      if (!flags.bool('overwrite')) refuseOverwrite(info, chosen.map(({ container }) => container), both);
      const gone = (container: Dict) => removals.filter((name) => listAt(container, 'env').some((old) => textAt(old, 'name') === name)).map((name) => ({ $patch: 'delete', name }));
      // Of a variable that was set from elsewhere, nothing must stay beside the new value.
      const fresh = (container: Dict) => set.map((one) => ({ ...one, ...(listAt(container, 'env').some((old) => textAt(old, 'name') === one.name) ? { value: one.value ?? null, valueFrom: one.valueFrom ?? null } : {}) }));
      const changed = chosen.map((one) => ({ ...one, change: { env: [...fresh(one.container), ...gone(one.container)] } })).filter(({ change }) => change.env.length > 0);
      if (changed.length > 0) await update(call, info, specOf(changed), 'env updated', 'env update to pod template:');
    });
  },
};

function refuseOverwrite(info: Info, containers: readonly Dict[], pairs: readonly [string, string][]): void {
  for (const container of containers) {
    for (const [name, value] of pairs) {
      const old = listAt(container, 'env').find((variable) => textAt(variable, 'name') === name);
      if (old && textAt(old, 'value') !== value) throw refused(info, `'${name}' already has a value (${textAt(old, 'value')}), and --overwrite is false`);
    }
  }
}

const FROM: Readonly<Record<string, readonly [word: string, keyRef: string]>> = { ConfigMap: ['configmap', 'configMapKeyRef'], Secret: ['secret', 'secretKeyRef'] };

/** A variable for each key of a ConfigMap or Secret: `db-user` becomes DB_USER. */
async function variablesFrom(call: Call, from: string): Promise<Dict[]> {
  const { infos, errors } = await fetched(call, await targetsOf(call, { args: [from] }));
  throwAll(errors);
  return infos.flatMap(({ object, type, name }) => {
    const form = FROM[type.kind];
    if (!form) throw new KubectlError(`unsupported resource specified in --from`);
    const wanted = call.flags.list('keys');
    const keys = Object.keys(pairsAt(object, 'data')).filter((key) => wanted.length === 0 || wanted.includes(key)).sort();
    return keys.map((key): Dict => {
      const variable = key.replace(/[^a-zA-Z0-9_]/g, '_').toUpperCase();
      if (variable !== key) call.err(`Warning: key ${key} transferred to ${variable}\n`);
      return { name: call.flags.string('prefix') + variable, valueFrom: { [form[1]]: { name, key } } };
    });
  });
}

const resources: Verb = {
  path: 'set resources', about: 'Update resource requests/limits on objects with pod templates', help: 'Sets the requests and limits of containers, those of --containers or all.', examples: [['# Of all containers', 'kubectl set resources deployment/web --limits=cpu=200m,memory=256Mi'], ['# Of one', 'kubectl set resources deployment/web -c nginx --requests=cpu=100m']],
  async run(call) {
    const { flags } = call;
    const [limits, requests] = [quantities(flags.string('limits')), quantities(flags.string('requests'))];
    if (call.args.length === 0 && !hasManifests(call)) throw new KubectlError(MISSING);
    if (!limits && !requests) throw new KubectlError('you must specify an update to requests or limits (in the form of --requests/--limits)');
    await eachObject(call, call.args, {}, async (info) => {
      const chosen = containersOf(info, flags.string('containers') || '*');
      if (chosen.length === 0) throw new KubectlError(`error: unable to find container named ${flags.string('containers')}`);
      await update(call, info, specOf(chosen.map((one) => ({ ...one, change: { resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } } }))), 'resource requirements updated', 'resources update to pod template');
    });
  },
};

function quantities(text: string): Record<string, string> | undefined {
  if (!text) return undefined;
  return Object.fromEntries(text.split(',').map((part) => {
    const [name = '', value, ...more] = part.split('=');
    if (value === undefined || more.length > 0) throw new KubectlError(`Invalid argument syntax ${part}, expected <resource>=<value>`);
    try {
      parseQuantity(value);
    } catch {
      throw new KubectlError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }
    return [name, value];
  }));
}

const serviceAccount: Verb = {
  path: 'set serviceaccount', about: 'Update the service account of a resource', examples: [['# Of a Deployment', 'kubectl set serviceaccount deployment web robot']],
  async run(call) {
    const name = call.args.at(-1);
    if (!name) throw new KubectlError('serviceaccount is required');
    if (call.args.length < 2 && !hasManifests(call)) throw new KubectlError(MISSING);
    await eachObject(call, call.args.slice(0, -1), {}, async (info) => {
      expectPodSpec(info);
      const object = await sendPatch(call, info, wrapped(podSpecPath(info), { serviceAccountName: name }), STRATEGIC).catch((error: unknown) => { throw new KubectlError(`failed to patch ServiceAccountName ${textOf(error)}`); });
      await printOperation(call, { ...info, object }, 'serviceaccount updated');
    });
  },
};

const OPERATORS: Readonly<Record<string, string>> = { in: 'In', notin: 'NotIn', '!=': 'NotIn', exists: 'Exists', '!': 'DoesNotExist' };

function selectorFrom(expression: string): Selector {
  try {
    return parseSelector(expression);
  } catch (error) {
    throw error instanceof SelectorError ? new KubectlError(`couldn't parse the selector string "${expression}": ${error.message}`) : error;
  }
}

const selector: Verb = {
  path: 'set selector', about: 'Set the selector on a resource', examples: [['# To other Pods', 'kubectl set selector service web app=web,tier=front']],
  async run(call) {
    const expression = call.args.at(-1);
    if (expression === undefined) throw new KubectlError('one selector is required');
    const requirements = selectorFrom(expression);
    const others = requirements.filter(({ operator }) => !['=', '=='].includes(operator));
    const wanted: Record<string, unknown> = Object.fromEntries(requirements.map(({ key, values }) => [key, values[0]]));
    await eachObject(call, call.args.slice(0, -1), {}, async (info) => {
      if (info.type.kind !== 'Service') throw new KubectlError(`setting a selector is only supported for Services`);
      if (others.length > 0) throw new KubectlError(`match expression [${others.map(({ key, operator, values }) => `{${key} ${OPERATORS[operator] ?? operator} [${values.join(' ')}]}`).join(' ')}] not supported on this object`);
      // A selector is replaced as a whole: what it no longer names is taken away.
      const dropped = Object.keys(pairsAt(info.object, 'spec', 'selector')).filter((key) => !Object.hasOwn(wanted, key));
      const version = call.flags.string('resource-version');
      const body = { ...(version ? { metadata: { resourceVersion: version } } : {}), spec: { selector: { ...wanted, ...Object.fromEntries(dropped.map((key) => [key, null])) } } };
      const object = await sendPatch(call, info, body, STRATEGIC);
      await printOperation(call, { ...info, object }, 'selector updated');
    });
  },
};

const subject: Verb = {
  path: 'set subject', about: 'Update the user, group, or service account in a role binding or cluster role binding',
  help: 'Adds users, groups and ServiceAccounts to a RoleBinding or ClusterRoleBinding.', examples: [['# A user more', 'kubectl set subject rolebinding readers --user=jane']],
  async run(call) {
    const { flags } = call;
    const accounts = flags.list('serviceaccount').map((text) => text.split(':'));
    if (accounts.some((parts) => parts.length !== 2 || parts.includes(''))) throw new KubectlError('serviceaccount must be <namespace>:<name>');
    const apiGroup = 'rbac.authorization.k8s.io';
    const added = [
      ...flags.list('user').map((name): Dict => ({ apiGroup, kind: 'User', name })), ...flags.list('group').map((name): Dict => ({ apiGroup, kind: 'Group', name })),
      ...accounts.map(([namespace, name]): Dict => ({ kind: 'ServiceAccount', name, namespace })),
    ];
    await eachObject(call, call.args, {}, async (info) => {
      if (added.length === 0) throw new KubectlError('you must specify at least one value of user, group or serviceaccount');
      if (!/^(Cluster)?RoleBinding$/.test(info.type.kind)) throw new KubectlError(`${isLocal(call) ? displayName(info.type, info.name) : `${info.type.plural}/${info.name}`} setting subjects is only supported for RoleBinding/ClusterRoleBinding`);
      const before = listAt(info.object, 'subjects');
      const fresh = added.filter((one) => !before.some((old) => isEqual(old, one)));
      if (fresh.length === 0) return;
      const object = await sendPatch(call, info, { subjects: [...before, ...fresh] });
      await printOperation(call, { ...info, object }, 'subjects updated');
    });
  },
};

export const set: readonly Verb[] = [{ path: 'set', about: 'Set specific features on objects', help: 'Changes one feature of objects that are there.' }, image, env, resources, serviceAccount, selector, subject];
