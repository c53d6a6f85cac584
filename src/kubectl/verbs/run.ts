/** kubectl run: a Pod from an image, followed and removed if that is asked for. */
import type { Call, Verb } from '../command.ts';
import { pathOf, type ResourceType } from '../discovery.ts';
import { ExitError, KubectlError } from '../errors.ts';
import { intOrString, pairs } from '../pairs.ts';
import { overridden } from '../overrides.ts';
import { type ApiObject, asObject, listAt, numberAt, textAt, withAt } from '../objects.ts';
import { createAndSay, createQuietly } from './mutate.ts';
import { announceSession } from './pods.ts';
import { waitUntil } from './waiting.ts';

export const run: Verb = {
  path: 'run', about: 'Run a particular image on the cluster', required: ['image'],
  examples: [['# A Pod', 'kubectl run web --image=nginx'], ['# With a command of its own', 'kubectl run box --image=busybox --command -- sleep 3600'], ['# Once, and away with it', 'kubectl run box --image=busybox --rm -it --restart=Never -- date']],
  async run(call) {
    const { flags } = call;
    const [name, ...words] = call.args;
    if (!name) throw call.usage('NAME is required for run');
    if (!flags.string('image')) throw new KubectlError('--image is required');
    if (!IMAGE.test(flags.string('image'))) throw new KubectlError(`Invalid image name "${flags.string('image')}": invalid reference format`);
    if (flags.bool('tty') && !flags.bool('stdin')) throw call.usage('-i/--stdin is required for containers with -t/--tty=true');
    if (flags.bool('expose') && !flags.string('port')) throw call.usage('--port must be set when exposing a service');
    if (!['Always', 'OnFailure', 'Never'].includes(flags.string('restart'))) throw call.usage(`invalid restart policy: ${flags.string('restart')}`);
    const isAttached = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');
    if (!isAttached && flags.bool('rm')) throw call.usage('--rm should only be used for attached containers');
    if (isAttached && call.dryRun() !== 'none') throw call.usage('--dry-run=[server|client] can\'t be used with attached containers options (--attach, --stdin, or --tty)');
    const pullPolicy = flags.string('image-pull-policy');
    if (pullPolicy && !['Always', 'IfNotPresent', 'Never'].includes(pullPolicy)) throw call.usage(`invalid image pull policy: ${pullPolicy}`);
    const { isNamespaceExplicit, namespace } = await call.connection();
    const pod = overridden(call, withAt(podOf(call, name, words), ['metadata', 'namespace'], isNamespaceExplicit ? namespace : undefined), 'Pod');
    const type = await (await call.discovery()).resolve('pods');
    if (isAttached) return followed(call, type, pod);
    const say = await createQuietly(call, type, pod, await call.namespace());
    if (flags.bool('expose')) await exposePod(call, pod);
    if (flags.bool('expose') && flags.string('output') === 'yaml') call.out('---\n'); // kubectl's own, before its YAML printer's
    await say();
  },
};

/** distribution/reference: a host with a port, lower-case path, tag, digest. */
export const IMAGE = /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+|\/)[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,})?$/i;

function podOf({ flags }: Call, name: string, words: readonly string[]): ApiObject {
  const env = flags.list('env').map((text) => {
    const at = text.indexOf('=');
    if (at < 1 || !/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(text.slice(0, at))) throw new KubectlError(`invalid env: ${text}`);
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const port = flags.string('port');
  if (port && !/^[+-]?\d+$/.test(port)) throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
  const pullPolicy = flags.string('image-pull-policy');
  const annotations = flags.list('annotations');
  const odd = annotations.find((text) => !text.includes('='));
  if (odd !== undefined) throw new KubectlError(`invalid annotations format: ${odd}`);
  const isInteractive = flags.bool('stdin');
  const container = {
    name, image: flags.string('image'),
    ...(words.length > 0 ? { [flags.bool('command') ? 'command' : 'args']: words } : {}),
    ...(port ? { ports: [{ containerPort: Number(port) }] } : {}), ...(env.length > 0 ? { env } : {}), resources: {},
    ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}), ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
    ...(isInteractive ? { stdin: true, stdinOnce: !flags.bool('leave-stdin-open') } : {}), ...(flags.bool('tty') ? { tty: true } : {}),
  };
  return asObject({
    kind: 'Pod', apiVersion: 'v1',
    metadata: { name, labels: flags.string('labels') ? labelSpecs(flags.string('labels').split(',')) : { run: name }, ...(annotations.length > 0 ? { annotations: pairs(annotations) } : {}) },
    spec: { containers: [container], restartPolicy: flags.string('restart'), dnsPolicy: 'ClusterFirst' },
    status: {},
  });
}

/** `a=b` and `c=d` of --labels. Throws KubectlError. */
function labelSpecs(specs: readonly string[]): Record<string, string> {
  const wrong = specs.find((spec) => spec.split('=').length !== 2);
  if (wrong !== undefined) throw new KubectlError(`unexpected label spec: ${wrong}`);
  return pairs(specs);
}

async function exposePod(call: Call, pod: ApiObject): Promise<void> {
  const port = Number(call.flags.string('port'));
  const service = asObject({
    kind: 'Service', apiVersion: 'v1', metadata: { name: pod.metadata.name },
    spec: { ports: [{ protocol: 'TCP', port, targetPort: intOrString(String(port)) }], selector: pod.metadata.labels }, status: { loadBalancer: {} },
  });
  await createAndSay(call, await (await call.discovery()).resolve('services'), service, await call.namespace());
}

const RUNNING_TIMEOUT_MS = 60_000;

/** Creates the Pod, shows what it writes until it ends, and with --rm removes it. The exit code is the container's. */
async function followed(call: Call, type: ResourceType, pod: ApiObject): Promise<void> {
  const { flags } = call;
  const namespace = await call.namespace();
  const client = await call.client();
  const created = asObject(client.call('POST', pathOf(type, namespace), { body: pod, query: { fieldManager: 'kubectl-run' }, subject: { ...type, name: pod.metadata.name } }));
  const name = created.metadata.name ?? '';
  const path = pathOf(type, namespace, name);
  const current = (): unknown => client.get(path, { subject: { ...type, name } });
  const phaseIn = (...phases: string[]) => () => phases.includes(textAt(current(), 'status', 'phase'));
  try {
    const timeoutMs = flags.duration('pod-running-timeout') || RUNNING_TIMEOUT_MS;
    if (!await waitUntil(call, phaseIn('Running', 'Succeeded', 'Failed'), timeoutMs)) throw new KubectlError(`timed out waiting for the condition`);
    await shown(call, type, created, textAt(current(), 'status', 'phase') === 'Running');
    if (flags.string('restart') !== 'Always') await waitUntil(call, phaseIn('Succeeded', 'Failed'), timeoutMs);
    const exitCode = exitCodeOf(current());
    if (flags.string('restart') === 'Never' && exitCode !== 0) {
      call.err(`pod ${namespace}/${name} terminated (${textAt(listAt(current(), 'status', 'containerStatuses')[0], 'state', 'terminated', 'reason') || 'Error'})\n`);
      throw new ExitError(exitCode);
    }
  } finally {
    if (flags.bool('rm')) {
      client.send('DELETE', path, { body: { kind: 'DeleteOptions', apiVersion: 'v1' }, subject: { ...type, name } });
      if (!flags.bool('quiet')) call.out(`pod "${name}" deleted from ${namespace} namespace\n`);
      await waitUntil(call, () => client.send('GET', path).code === 404, RUNNING_TIMEOUT_MS);
    }
  }
}

/** Streams the container's output: attached when there is input for it, else from its log, so that nothing is missed. */
async function shown(call: Call, type: ResourceType, pod: ApiObject, isRunning: boolean): Promise<void> {
  const { world, signal } = call.environment;
  const client = await call.client();
  const name = pod.metadata.name ?? '';
  const container = textAt(listAt(pod, 'spec', 'containers')[0], 'name');
  if (isRunning) announceSession(call);
  const input = call.flags.bool('stdin') ? await call.environment.stdin() : '';
  const isAttach = isRunning && input !== '';
  const path = pathOf(type, pod.metadata.namespace, name, isAttach ? 'attach' : 'log');
  const query = isAttach ? { container, stdin: true, stdout: true, stderr: true, tty: call.flags.bool('tty') } : { container, follow: true };
  await world.block<void>('kubectl run', (wake) => {
    const stream = client.stream(isAttach ? 'POST' : 'GET', path, { query, subject: { ...type, name } }, { stdout: (text) => call.out(text), stderr: (text) => call.err(text), closed: () => wake() });
    if (isAttach) stream.send?.(input);
    signal.addEventListener('abort', () => {
      stream.close();
      wake();
    }, { once: true });
  });
}

function exitCodeOf(pod: unknown): number {
  return numberAt(listAt(pod, 'status', 'containerStatuses')[0], 'state', 'terminated', 'exitCode') ?? 0;
}
