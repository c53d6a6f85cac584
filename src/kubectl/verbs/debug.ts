/** kubectl debug: an ephemeral container in a Pod, a changed copy of a Pod, or a Pod that looks at a node. */
import { strategicMergePatch } from '../../cluster/api/patch.ts';
import { bodyText } from '../client.ts';
import type { Call, Verb } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { KubectlError, textOf } from '../errors.ts';
import { parseYaml } from '../manifest.ts';
import { type ApiObject, asObject, type Dict, isDict, listAt, textAt } from '../objects.ts';
import { createObject, patchObject } from '../requests.ts';
import { fetched, hasManifests, type Info, targetsOf } from '../resource-builder.ts';
import { announceSession } from './pods.ts';
import { IMAGE } from './run.ts';
import { attached } from './sessions.ts';
import { waitUntil } from './waiting.ts';

const RUNNING_TIMEOUT_MS = 60_000;
const PROFILES = ['legacy', 'general', 'baseline', 'netadmin', 'restricted', 'sysadmin'];

/** What a profile lets the debugging container do. */
const SECURITY: Readonly<Record<string, Dict>> = {
  general: { capabilities: { add: ['SYS_PTRACE'] } }, netadmin: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }, sysadmin: { privileged: true },
  restricted: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
};

export const debug: Verb = {
  path: 'debug', about: 'Create debugging sessions for troubleshooting workloads and nodes',
  help: 'Helps to look into what runs.\n\nA Pod gets an ephemeral container beside its own, or with --copy-to a copy in which containers may have another image or command. A node gets a Pod that sees its file system under /host and its processes and network.',
  examples: [['# A shell beside a Pod\'s containers', 'kubectl debug web-0 -it --image=busybox --target=nginx'], ['# A copy with another command', 'kubectl debug web-0 --copy-to=web-debug --container=nginx -- sleep 3600'], ['# A node', 'kubectl debug node/worker-1 -it --image=busybox']],
  async run(call) {
    const names = call.dash === undefined ? call.args : call.args.slice(0, call.dash);
    checkFlags(call);
    if (names.length === 0 && !hasManifests(call)) throw new KubectlError('NAME or TYPE/NAME is required for debug');
    const custom = await customization(call);
    const { infos, errors } = await fetched(call, await targetsOf(call, { args: names, ...(names[0] === undefined || names[0].includes('/') ? {} : { defaultType: 'pods' }) }));
    if (errors[0]) throw errors[0];
    for (const info of infos) await debugged(call, info, custom);
  },
};

/** What cannot be asked for, in kubectl's order. Throws KubectlError. */
function checkFlags(call: Call): void {
  const { flags } = call;
  const copy = flags.string('copy-to'), image = flags.string('image'), pullPolicy = flags.string('image-pull-policy');
  const hasCommand = commandOf(call).length > 0;
  const images = flags.list('set-image').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  const refuse = (isWrong: boolean, message: string) => { if (isWrong) throw new KubectlError(message); };
  if (copy) {
    refuse(!image && images.length === 0 && !hasCommand, 'you must specify --image, --set-image or command arguments.');
    refuse(hasCommand && !flags.string('container') && !image, 'you must specify an existing container or a new image when specifying args.');
  } else {
    for (const flag of ['replace', 'same-node']) refuse(flags.bool(flag), `--${flag} may only be used with --copy-to.`);
    refuse(images.length > 0, '--set-image may only be used with --copy-to.');
    refuse(!image, 'you must specify --image when not using --copy-to.');
  }
  refuse(image !== '' && !IMAGE.test(image), `invalid image name ${JSON.stringify(image)}: invalid reference format`);
  refuse(!['', 'Always', 'IfNotPresent', 'Never'].includes(pullPolicy), `invalid image pull policy: ${pullPolicy}`);
  for (const [name, value = ''] of images) refuse(!IMAGE.test(value), `invalid image name ${JSON.stringify(value)} for container ${JSON.stringify(name)}: invalid reference format`);
  refuse(copy !== '' && flags.string('target') !== '', '--target is incompatible with --copy-to. Use --share-processes instead.');
  refuse(flags.bool('tty') && !flags.bool('stdin'), '-i/--stdin is required for containers with -t/--tty=true');
  refuse(!PROFILES.includes(flags.string('profile')), `unknown profile: ${flags.string('profile')}`);
}

const FIXED = ['name', 'command', 'image', 'lifecycle', 'volumeDevices'];

/** --custom: a partial container spec that is laid over the debugging container. Throws KubectlError. */
async function customization({ flags, environment: { files } }: Call): Promise<Dict | undefined> {
  const path = flags.string('custom');
  if (!path) return undefined;
  if (!(await files.exists(path))) throw new KubectlError(`must pass a container spec json file for custom profile: open ${path}: no such file or directory`);
  let spec: unknown;
  try {
    spec = parseYaml(await files.read(path));
  } catch (error) {
    throw new KubectlError(`${path} does not contain a valid container spec: error converting YAML to JSON: ${textOf(error)}`);
  }
  if (!isDict(spec)) throw new KubectlError(`${path} does not contain a valid container spec: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(spec) ? 'array' : typeof spec} into Go value of type v1.Container`);
  if (FIXED.some((field) => Object.hasOwn(spec, field))) throw new KubectlError('name, command, image, lifecycle and volume devices are not modifiable via custom profile');
  return spec;
}

/** A container with --custom laid over it, as a strategic merge patch. */
function customized(container: Dict, custom: Dict | undefined): Dict {
  if (!custom) return container;
  const pod = strategicMergePatch({ spec: { containers: [container] } }, { spec: { containers: [{ ...custom, name: container.name }] } }, 'Pod');
  const [merged] = listAt(pod, 'spec', 'containers');
  return isDict(merged) ? merged : container;
}

async function debugged(call: Call, info: Info, custom: Dict | undefined): Promise<void> {
  const { group, version, kind } = info.type;
  if (kind !== 'Pod' && kind !== 'Node') throw new KubectlError(`"${group}/${version}, Kind=${kind}" not supported by debug`);
  const session = kind === 'Node' ? await onNode(call, info, custom) : call.flags.string('copy-to') ? await copied(call, info, custom) : await beside(call, info, custom);
  const isAttached = call.flags.changed('attach') ? call.flags.bool('attach') : call.flags.bool('stdin');
  if (!isAttached) return;
  const pods = await (await call.discovery()).resolve('pods');
  const namespace = session.pod.metadata.namespace ?? '', name = session.pod.metadata.name ?? '';
  const client = await call.client();
  const states = () => {
    const pod = client.get(pathOf(pods, namespace, name), { subject: { ...pods, name } });
    return [...listAt(pod, 'status', 'ephemeralContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')].find((status) => textAt(status, 'name') === session.container);
  };
  const hasStarted = () => { const status = states(); return isDict(status) && isDict(status.state) && !isDict(status.state.waiting); };
  const hasEnded = () => { const status = states(); return isDict(status) && isDict(status.state) && isDict(status.state.terminated); };
  if (!await waitUntil(call, hasStarted, RUNNING_TIMEOUT_MS)) throw new KubectlError('timed out waiting for the condition');
  if (hasEnded()) return call.out(bodyText(client.send('GET', pathOf(pods, namespace, name, 'log'), { query: { container: session.container } }))); // as kubectl: there is only the log left
  announceSession(call);
  await attached(call, { type: pods, namespace, name, object: session.pod }, session.container);
}

interface Session { pod: ApiObject; container: string }

const commandOf = ({ args, dash }: Call): readonly string[] => (dash === undefined ? [] : args.slice(dash));
const suffix = (call: Call) => call.environment.world.random.suffix();

function containerName(call: Call, isTold: boolean): string {
  const asked = call.flags.string('container');
  if (asked) return asked;
  if (!isTold) return 'debugger';
  const name = `debugger-${suffix(call)}`;
  if (!call.flags.bool('quiet')) call.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

function containerFor(call: Call, name: string): Dict {
  const { flags } = call;
  const words = commandOf(call);
  const env = flags.list('env').map((text) => ({ name: text.split('=')[0], value: text.slice(text.indexOf('=') + 1) }));
  const security = SECURITY[flags.string('profile')];
  return {
    name, image: flags.string('image'), terminationMessagePolicy: 'File', ...(env.length > 0 ? { env } : {}),
    ...(words.length > 0 ? { [flags.bool('arguments-only') ? 'args' : 'command']: words } : {}),
    ...(flags.string('image-pull-policy') ? { imagePullPolicy: flags.string('image-pull-policy') } : {}),
    ...(flags.bool('stdin') ? { stdin: true } : {}), ...(flags.bool('tty') ? { tty: true } : {}), ...(security ? { securityContext: security } : {}),
  };
}

/** An ephemeral container in the Pod itself. */
async function beside(call: Call, info: Info, custom: Dict | undefined): Promise<Session> {
  const target = call.flags.string('target');
  if (target && !call.flags.bool('quiet')) call.out(`Targeting container "${target}". If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`);
  const container = containerName(call, true);
  const added = { ...customized(containerFor(call, container), custom), ...(target ? { targetContainerName: target } : {}) };
  const pod = await patchObject(call, { type: info.type, namespace: info.namespace, name: info.name, subresource: 'ephemeralcontainers' }, 'strategic', { spec: { ephemeralContainers: [added] } }, { fieldManager: 'kubectl-debug' });
  return { pod, container };
}

/** A copy of the Pod under another name, without what ties it to its Services and its node. */
async function copied(call: Call, info: Info, custom: Dict | undefined): Promise<Session> {
  const { flags } = call;
  const spec: Dict = isDict(info.object.spec) ? { ...info.object.spec } : {};
  for (const field of ['ephemeralContainers', ...(flags.bool('same-node') ? [] : ['nodeName'])]) delete spec[field];
  const images = new Map(flags.list('set-image').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
  const containers = listAt(spec, 'containers').filter(isDict).map((container): Dict => {
    const image = images.get(textAt(container, 'name')) ?? images.get('*');
    return { ...withoutProbes(call, container), ...(image ? { image } : {}) };
  });
  const asked = flags.string('container');
  const found = containers.find((container) => container.name === asked);
  let name = asked;
  if (found) Object.assign(found, customized(found, custom), flags.string('image') ? { image: flags.string('image') } : {}, commandOf(call).length > 0 ? { [flags.bool('arguments-only') ? 'args' : 'command']: commandOf(call) } : {});
  else if (flags.string('image')) containers.push(customized(containerFor(call, name = containerName(call, true)), custom));
  else if (commandOf(call).length > 0 && asked) throw new KubectlError(`unable to find an existing container named "${asked}"`);
  const labels = flags.bool('keep-labels') ? { labels: info.object.metadata.labels } : {};
  const annotations = flags.bool('keep-annotations') ? { annotations: info.object.metadata.annotations } : {};
  const body = asObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: flags.string('copy-to'), namespace: info.namespace, ...labels, ...annotations }, spec: { ...spec, containers, ...(flags.bool('keep-init-containers') ? {} : { initContainers: [] }), shareProcessNamespace: flags.bool('share-processes') } });
  if (flags.bool('replace')) (await call.client()).call('DELETE', pathOf(info.type, info.namespace, info.name), { body: { gracePeriodSeconds: 0 }, subject: { ...info.type, name: info.name } });
  return { pod: await createObject(call, { type: info.type, namespace: info.namespace }, body, { fieldManager: 'kubectl-debug' }), container: name || textAt(containers[0], 'name') };
}

function withoutProbes(call: Call, container: Dict): Dict {
  const gone = (['liveness', 'readiness', 'startup'] as const).filter((probe) => !call.flags.bool(`keep-${probe}`)).map((probe) => `${probe}Probe`);
  return Object.fromEntries(Object.entries(container).filter(([key]) => !gone.includes(key)));
}

/** A Pod on the node that shares its namespaces and sees its root under /host. */
async function onNode(call: Call, info: Info, custom: Dict | undefined): Promise<Session> {
  const pods = await (await call.discovery()).resolve('pods');
  const namespace = await call.namespace();
  const container = containerName(call, false);
  const name = `node-debugger-${info.name}-${suffix(call)}`;
  const isConfined = call.flags.string('profile') === 'restricted' || call.flags.string('profile') === 'baseline';
  const seesFiles = !isConfined && call.flags.string('profile') !== 'netadmin';
  const shares = { ...(isConfined ? {} : { hostIPC: true, hostNetwork: true, hostPID: true }), ...(seesFiles ? { volumes: [{ name: 'host-root', hostPath: { path: '/' } }] } : {}) };
  const { securityContext, ...own } = containerFor(call, container);
  // The general profile asks for no more rights on a node.
  const inner = { ...own, ...(securityContext && call.flags.string('profile') !== 'general' ? { securityContext } : {}), ...(seesFiles ? { volumeMounts: [{ name: 'host-root', mountPath: '/host' }] } : {}) };
  const spec = { containers: [customized(inner, custom)], nodeName: info.name, restartPolicy: 'Never', tolerations: [{ operator: 'Exists' }], ...shares };
  if (!call.flags.bool('quiet')) call.out(`Creating debugging pod ${name} with container ${container} on node ${info.name}.\n`);
  const body = asObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } }, spec });
  return { pod: await createObject(call, { type: pods, namespace }, body, { fieldManager: 'kubectl-debug' }), container };
}
