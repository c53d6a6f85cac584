/** Verbs about running Pods: logs and exec. */
import type { Call, Verb } from '../command.ts';
import { pathOf, type ResourceType } from '../discovery.ts';
import { ExitError, forEachCollecting, KubectlError, StatusError, throwAll } from '../errors.ts';
import { type ApiObject, asObject, listAt, pairsAt, textAt } from '../objects.ts';
import { fetchedOne, hasManifests, type Info, listed, targetsOf } from '../resource-builder.ts';

export interface PodFound { type: ResourceType; namespace: string; name: string; object: ApiObject }

/** The Pod that `POD`, `pod/POD` or `TYPE/NAME` means: the newest ready one of a controller. With `within`, the Pod of that name there. */
export async function podFor(call: Call, argument: string, isLogs: boolean, within?: string): Promise<PodFound> {
  const pods = await (await call.discovery()).resolve('pods');
  const namespace = within ?? await call.namespace();
  const [word = '', rest] = argument.split('/');
  const type = rest === undefined ? pods : await (await call.discovery()).resolve(word);
  try {
    if (within !== undefined) return { type, namespace, name: word, object: asObject((await call.client()).get(pathOf(type, namespace, word), { subject: { ...type, name: word } })) };
    const found = await fetchedOne(call, { what: 'object', type, namespace, name: rest ?? word, source: '' });
    if (type.kind === 'Pod') return { type, namespace, name: found.name, object: found.object };
    if (selectorOfPods(type, found.object) === '') throw notSelecting(isLogs ? 'get the logs from' : 'attach to', found);
    const all = await podsBehind(call, type, found.object, namespace);
    const [first] = all;
    if (!first) throw new KubectlError(`no pods found for ${type.plural}/${found.name}`);
    if (all.length > 1 && isLogs) call.err(`Found ${all.length} pods, using pod/${first.name}\n`);
    return { type: pods, namespace, name: first.name, object: first.object };
  } catch (error) {
    if (isLogs && error instanceof StatusError && error.reason === 'NotFound') throw new KubectlError(`error from server (NotFound): ${error.message} in namespace "${namespace}"`);
    throw error;
  }
}

/** What has no selector for Pods leads to none. */
export function notSelecting(what: string, { type, name }: Pick<Info, 'type' | 'name'>): KubectlError {
  return new KubectlError(`cannot ${what} *${type.version}.${type.kind}: ${type.kind === 'Service' ? `invalid service '${name}': Service is defined without a selector` : `selector for *${type.version}.${type.kind} not implemented`}`);
}

/** The Pods that a controller or a Service selects, those that run first. */
export async function podsBehind(call: Call, type: ResourceType, object: ApiObject, namespace: string): Promise<Info[]> {
  const pods = await (await call.discovery()).resolve('pods');
  const all = await listed(call, { what: 'list', type: pods, namespace, labelSelector: selectorOfPods(type, object), fieldSelector: '' });
  return all.sort((a, b) => rank(a) - rank(b));
}

/** The selector of what makes or finds Pods, as text. */
export function selectorOfPods({ kind }: ResourceType, object: ApiObject): string {
  const selector = kind === 'Service' || kind === 'ReplicationController' ? pairsAt(object, 'spec', 'selector') : pairsAt(object, 'spec', 'selector', 'matchLabels');
  return Object.entries(selector).map(([key, value]) => `${key}=${value}`).join(',');
}

function rank({ object }: Info): number {
  return textAt(object, 'status', 'phase') === 'Running' ? 0 : 1;
}

/** The container asked for; of several the first, said on standard error. */
export function containerOf(call: Call, object: ApiObject): string {
  const asked = call.flags.string('container');
  if (asked) return asked;
  const all = allContainers(object);
  const preferred = pairsAt(object, 'metadata', 'annotations')[DEFAULT_CONTAINER];
  if (preferred && all.includes(preferred)) return preferred;
  const first = textAt(listAt(object, 'spec', 'containers')[0], 'name');
  if (all.length > 1 && !(call.flags.has('quiet') && call.flags.bool('quiet'))) call.err(`Defaulted container "${first}" out of: ${choices(object)}\n`);
  return first;
}

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';
const OTHER_CONTAINERS = { init: 'initContainers', ephem: 'ephemeralContainers' } as const;

/** The containers of a Pod as kubectl offers them: `web, setup (init)`. */
function choices(pod: ApiObject): string {
  const names = (list: string) => listAt(pod, 'spec', list).map((container) => textAt(container, 'name'));
  return [...names('containers'), ...Object.entries(OTHER_CONTAINERS).flatMap(([what, list]) => names(list).map((name) => `${name} (${what})`))].join(', ');
}

/** The container whose log was asked for. Throws KubectlError when the Pod has none of that name. */
function loggedContainer(call: Call, pod: PodFound): string {
  const asked = call.args[1] || call.flags.string('container');
  const preferred = pairsAt(pod.object, 'metadata', 'annotations')[DEFAULT_CONTAINER];
  if (!asked && preferred && !allContainers(pod.object).includes(preferred)) call.err(`Default container name "${preferred}" not found in pod ${pod.name}\n`);
  if (!asked) return containerOf(call, pod.object);
  if (!allContainers(pod.object).includes(asked)) throw new KubectlError(`container ${asked} is not valid for pod ${pod.name} out of: ${choices(pod.object)}`);
  return asked;
}

/** One log to show. */
interface LogSource { pod: PodFound; container: string }

export const logs: Verb = {
  path: 'logs', about: 'Print the logs for a container in a pod',
  help: 'Shows what a container has written. Of several containers in a Pod the default one is taken, unless -c or --all-containers says otherwise; of a controller one of its Pods, unless --all-pods is given.',
  examples: [['# Of a Pod', 'kubectl logs web-0'], ['# Of the run before this one', 'kubectl logs web-0 --previous'], ['# The last lines of all Pods with a label, each with its source', 'kubectl logs -l app=web --all-containers --prefix --tail=20']],
  async run(call) {
    checkLogFlags(call);
    const { flags } = call;
    const pods = flags.string('selector') || flags.bool('all-pods') ? await podsOfLogs(call) : [await podFor(call, call.args[0] ?? '', true)];
    if (pods.length === 0) return call.err(`No resources found in ${await call.namespace()} namespace.\n`);
    const isEach = flags.bool('all-containers');
    const sources = pods.flatMap((pod): LogSource[] => (isEach ? allContainers(pod.object) : [loggedContainer(call, pod)]).map((container) => ({ pod, container })));
    const max = flags.number('max-log-requests');
    if (!flags.bool('follow')) return forEachCollecting(sources, async (source) => write(call, source, String(await whole(call, source))));
    if (sources.length > max) throw new KubectlError(`you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${max}, use --max-log-requests to increase the limit`);
    await followed(call, sources);
  },
};

function checkLogFlags(call: Call): void {
  const { flags, args } = call;
  const selector = flags.string('selector');
  if (args.length === 0 && !selector) throw call.usage("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command");
  if (args.length > 2) throw call.usage("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command");
  if (args.length > 0 && selector) throw call.usage('only a selector (-l) or a POD name is allowed');
  const container = args[1] || flags.string('container');
  if (flags.bool('all-containers') && container) throw new KubectlError(`--all-containers=true should not be specified with container name ${container}`);
  if (args.length === 2 && flags.string('container')) throw new KubectlError('only one of -c or an inline [CONTAINER] arg is allowed');
  if (flags.string('since-time') && flags.duration('since')) throw new KubectlError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  const since = flags.string('since-time');
  if (since && Number.isNaN(Date.parse(since))) throw new KubectlError(`parsing time ${JSON.stringify(since)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(since)} as "2006"`);
  if (flags.duration('since') < 0) throw new KubectlError('--since must be greater than 0');
  if (flags.duration('pod-running-timeout') <= 0) throw new KubectlError('--pod-running-timeout must be higher than zero');
  if (flags.number('limit-bytes') < 0) throw new KubectlError('--limit-bytes must be greater than 0');
  if (flags.number('tail') < -1) throw new KubectlError('--tail must be greater than or equal to -1');
}

/** The names of a Pod's containers of all sorts. */
export function allContainers(pod: ApiObject): string[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) => listAt(pod, 'spec', list).map((container) => textAt(container, 'name')));
}

async function podsOfLogs(call: Call): Promise<PodFound[]> {
  const type = await (await call.discovery()).resolve('pods');
  const namespace = await call.namespace();
  const labelSelector = call.flags.string('selector') || (await podSelector(call, call.args[0] ?? ''));
  const infos = await listed(call, { what: 'list', type, namespace, labelSelector, fieldSelector: '' });
  return infos.map(({ name, object }) => ({ type, namespace: object.metadata.namespace ?? namespace, name, object }));
}

async function podSelector(call: Call, argument: string): Promise<string> {
  const [word = '', name = ''] = argument.split('/');
  const type = await (await call.discovery()).resolve(word);
  const { object } = await fetchedOne(call, { what: 'object', type, namespace: await call.namespace(), name, source: '' });
  return selectorOfPods(type, object);
}

function logQuery({ flags }: Call, container: string): Record<string, string | number | boolean | undefined> {
  const tail = flags.number('tail');
  return {
    container, follow: flags.bool('follow') || undefined, previous: flags.bool('previous') || undefined, timestamps: flags.bool('timestamps') || undefined,
    sinceSeconds: flags.duration('since') ? Math.ceil(flags.duration('since') / 1000) : undefined, sinceTime: flags.string('since-time') || undefined,
    tailLines: tail >= 0 ? tail : flags.string('selector') && !flags.changed('tail') ? SELECTOR_TAIL : undefined, limitBytes: flags.number('limit-bytes') || undefined,
  };
}

/** How many lines of each log a selector shows unless --tail is given. */
const SELECTOR_TAIL = 10;

const requestOf = (call: Call, { pod, container }: LogSource) => ({ query: logQuery(call, container), subject: { ...pod.type, name: pod.name } });

async function whole(call: Call, source: LogSource): Promise<unknown> {
  return (await call.client()).get(pathOf(source.pod.type, source.pod.namespace, source.pod.name, 'log'), requestOf(call, source));
}

function write(call: Call, { pod, container }: LogSource, text: string): void {
  call.out(call.flags.bool('prefix') ? text.replace(/^(?=.)/gm, `[pod/${pod.name}/${container}] `) : text);
}

/** Streams all logs at once, until the last has ended or Ctrl-C is pressed. */
async function followed(call: Call, sources: readonly LogSource[]): Promise<void> {
  const { world, signal } = call.environment;
  const client = await call.client();
  await world.block<void>('logs', (wake) => {
    let open = sources.length;
    const ended = () => { if (--open === 0) wake(); };
    const streams = sources.map((source) => {
      const say = (text: string) => write(call, source, text);
      return client.stream('GET', pathOf(source.pod.type, source.pod.namespace, source.pod.name, 'log'), requestOf(call, source), { stdout: say, stderr: say, closed: ended });
    });
    signal.addEventListener('abort', () => {
      for (const stream of streams) stream.close();
      wake();
    }, { once: true });
  });
}

export const exec: Verb = {
  path: 'exec', about: 'Execute a command in a container', examples: [['# List files', 'kubectl exec web-0 -- ls /'], ['# A shell', 'kubectl exec -it web-0 -- sh']],
  async run(call) {
    const { args: [name], args, dash } = call;
    checkPodTimeout(call);
    if (hasManifests(call)) return execIn(call, await podOfFiles(call));
    if (!name || dash === 0) throw new KubectlError('pod, type/name or --filename must be specified');
    if (dash === undefined && args.length > 1) throw call.usage('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
    if (commandOf(call).length === 0) throw new KubectlError('you must specify at least one command for the container');
    return execIn(call, await podFor(call, name, false));
  },
};

const commandOf = ({ args, dash }: Call): readonly string[] => (dash === undefined ? [] : args.slice(dash));

/** --pod-running-timeout has to leave some time. Throws KubectlError. */
export function checkPodTimeout(call: Call): void {
  if (call.flags.duration('pod-running-timeout') <= 0) throw call.usage('--pod-running-timeout must be higher than zero');
}

/** The one Pod that -f names. Throws KubectlError. */
async function podOfFiles(call: Call): Promise<PodFound> {
  if (commandOf(call).length === 0) throw new KubectlError('you must specify at least one command for the container');
  const { targets: [target, ...others], errors } = await targetsOf(call, { args: [] });
  throwAll(errors);
  if (others.length > 0) throw new KubectlError('cannot exec into multiple objects at a time');
  if (target?.what !== 'object') throw new KubectlError('no resource found');
  return podFor(call, target.name, false, target.namespace);
}

/** Where nobody sits at a terminal, there is none to use for -t. */
function warnWithoutTerminal({ flags, environment }: Call): void {
  if (flags.bool('stdin') && flags.bool('tty') && !environment.isTerminal && !(flags.has('quiet') && flags.bool('quiet'))) environment.stderr('Unable to use a TTY - input is not a terminal or the right kind of file\n');
}

/** What precedes an attached container's output. */
export function announceSession(call: Call): void {
  warnWithoutTerminal(call);
  if (!call.flags.bool('quiet')) call.err("If you don't see a command prompt, try pressing enter.\n");
}

async function execIn(call: Call, pod: PodFound): Promise<void> {
  const phase = textAt(pod.object, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') throw new KubectlError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = containerOf(call, pod.object);
  const wantsInput = call.flags.bool('stdin');
  const client = await call.client();
  const query = { container, stdin: wantsInput || undefined, tty: call.flags.bool('tty') || undefined, stdout: true, stderr: true };
  const words = commandOf(call).map((word) => `command=${encodeURIComponent(word)}`).join('&');
  const { world, signal } = call.environment;
  warnWithoutTerminal(call);
  const input = wantsInput ? await call.environment.stdin() : '';
  const code = await world.block<number>('exec', (wake) => {
    const stream = client.stream('POST', `${pathOf(pod.type, pod.namespace, pod.name, 'exec')}?${words}`, { query, subject: { ...pod.type, name: pod.name } }, { stdout: (text) => call.out(text), stderr: (text) => call.err(text), closed: (exit) => wake(exit ?? 1) });
    if (wantsInput) {
      if (input) stream.send?.(input);
      stream.send?.('exit\n');
    }
    signal.addEventListener('abort', () => { stream.close(); wake(130); }, { once: true });
  });
  if (code === 0) return;
  call.err(`command terminated with exit code ${code}\n`);
  throw new ExitError(code);
}
