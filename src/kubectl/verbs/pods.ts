/** Verbs about running Pods: logs, exec, wait. */
import type { Call, Verb } from '../command.ts';
import { pathOf, type ResourceType } from '../discovery.ts';
import { ExitError, hasReason, KubectlError, StatusError } from '../errors.ts';
import { fillJsonPath } from '../printers/jsonpath/evaluate.ts';
import { type ApiObject, listAt, pairsAt, textAt } from '../objects.ts';
import { displayName, fetched, fetchedOne, type Info, listed, targetsOf } from '../resource-builder.ts';
import { waitUntil } from './waiting.ts';

export interface PodFound { type: ResourceType; namespace: string; name: string; object: ApiObject }

/** The Pod that `POD`, `pod/POD` or `TYPE/NAME` means: the newest ready one of a controller. */
export async function podFor(call: Call, argument: string, isLogs: boolean, within?: string): Promise<PodFound> {
  const pods = await (await call.discovery()).resolve('pods');
  const namespace = within ?? await call.namespace();
  const [word = '', rest] = argument.split('/');
  const type = rest === undefined ? pods : await (await call.discovery()).resolve(word);
  try {
    const found = await fetchedOne(call, { what: 'object', type, namespace, name: rest ?? word, source: '' });
    if (type.kind === 'Pod') return { type, namespace, name: found.name, object: found.object };
    const selector = type.kind === 'Service' ? pairsAt(found.object, 'spec', 'selector') : pairsAt(found.object, 'spec', 'selector', 'matchLabels');
    const labelSelector = Object.entries(selector).map(([k, v]) => `${k}=${v}`).join(',');
    const all = await listed(call, { what: 'list', type: pods, namespace, labelSelector, fieldSelector: '' });
    const [first] = all.sort((a, b) => rank(a) - rank(b));
    if (!first) throw new KubectlError(`no pods found for ${type.plural}/${found.name}`);
    if (all.length > 1 && isLogs) call.err(`Found ${all.length} pods, using pod/${first.name}\n`);
    return { type: pods, namespace, name: first.name, object: first.object };
  } catch (error) {
    if (isLogs && error instanceof StatusError && error.reason === 'NotFound') throw new KubectlError(`error from server (NotFound): ${error.message} in namespace "${namespace}"`);
    throw error;
  }
}

function rank({ object }: Info): number {
  return textAt(object, 'status', 'phase') === 'Running' ? 0 : 1;
}

/** The container asked for; of several the first, said on standard error. */
export function containerOf(call: Call, object: ApiObject): string {
  const asked = call.flags.string('container');
  if (asked) return asked;
  const names = listAt(object, 'spec', 'containers').map((c) => textAt(c, 'name'));
  const preferred = pairsAt(object, 'metadata', 'annotations')['kubectl.kubernetes.io/default-container'];
  if (preferred && names.includes(preferred)) return preferred;
  if (names.length > 1 || listAt(object, 'spec', 'initContainers').length > 0) {
    const all = [...names, ...listAt(object, 'spec', 'initContainers').map((c) => `${textAt(c, 'name')} (init)`)];
    if (!call.flags.has('quiet') || !call.flags.bool('quiet')) call.err(`Defaulted container "${names[0]}" out of: ${all.join(', ')}\n`);
  }
  return names[0] ?? '';
}

export const logs: Verb = {
  path: 'logs', about: 'Print the logs for a container in a pod', examples: [['# Of a Pod', 'kubectl logs web-0'], ['# Of the run before this one', 'kubectl logs web-0 --previous']],
  async run(call) {
    const { flags, args } = call;
    const selector = flags.string('selector');
    if (args.length === 0 && !selector) throw new KubectlError("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command\nSee 'kubectl logs -h' for help and examples");
    const pods = selector ? (await listed(call, { what: 'list', type: await (await call.discovery()).resolve('pods'), namespace: await call.namespace(), labelSelector: selector, fieldSelector: '' })).map((info) => ({ ...info, namespace: info.namespace ?? '' })) : [await podFor(call, args.length > 1 && !args[0]!.includes('/') && flags.string('container') === '' && ['pod', 'pods', 'deploy', 'deployment', 'ds', 'job'].includes(args[0]!) ? `${args[0]}/${args[1]}` : args[0]!, true)];
    for (const pod of pods) {
      const containers = flags.bool('all-containers') ? [...listAt(pod.object, 'spec', 'initContainers'), ...listAt(pod.object, 'spec', 'containers')].map((c) => textAt(c, 'name')) : [args[1] && !flags.string('container') && args[0] === pod.name ? args[1] : containerOf(call, pod.object)];
      for (const container of containers) await show(call, pod, container, pods.length > 1 || containers.length > 1);
    }
  },
};

async function show(call: Call, pod: { type: ResourceType; namespace: string; name: string }, container: string, isMany: boolean): Promise<void> {
  const { flags } = call;
  const client = await call.client();
  const tail = flags.number('tail');
  const query = {
    container, follow: flags.bool('follow') || undefined, previous: flags.bool('previous') || undefined, timestamps: flags.bool('timestamps') || undefined,
    sinceSeconds: flags.duration('since') ? flags.duration('since') / 1000 : undefined, sinceTime: flags.string('since-time') || undefined,
    tailLines: tail >= 0 ? tail : isMany && flags.string('selector') ? 10 : undefined, limitBytes: flags.number('limit-bytes') || undefined,
  };
  const path = pathOf(pod.type, pod.namespace, pod.name, 'log');
  const prefix = flags.bool('prefix') ? `[pod/${pod.name}/${container}] ` : '';
  const write = (text: string) => call.out(prefix ? text.replace(/^(?=.)/gm, prefix) : text);
  if (!flags.bool('follow')) return write(String(client.get(path, { query, subject: { ...pod.type, name: pod.name } })));
  const { world, signal } = call.environment;
  await world.block<void>('logs', (wake) => {
    const stream = client.stream('GET', path, { query, subject: { ...pod.type, name: pod.name } }, { stdout: write, stderr: write, closed: () => wake() });
    signal.addEventListener('abort', () => { stream.close(); wake(); }, { once: true });
  });
}

export const exec: Verb = {
  path: 'exec', about: 'Execute a command in a container', examples: [['# List files', 'kubectl exec web-0 -- ls /'], ['# A shell', 'kubectl exec -it web-0 -- sh']],
  async run(call) {
    const { args, dash } = call;
    const [name] = args;
    if (!name || dash === 0) throw new KubectlError('pod, type/name or --filename must be specified');
    const command = dash === undefined ? args.slice(1) : args.slice(dash);
    if (command.length === 0) throw new KubectlError('you must specify at least one command for the container');
    const pod = await podFor(call, name, false);
    const container = containerOf(call, pod.object);
    const wantsInput = call.flags.bool('stdin');
    const client = await call.client();
    const query = { container, stdin: wantsInput || undefined, tty: call.flags.bool('tty') || undefined, stdout: true, stderr: true };
    const words = command.map((word) => `command=${encodeURIComponent(word)}`).join('&');
    const { world, signal } = call.environment;
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
  },
};

export const wait: Verb = {
  path: 'wait', about: 'Experimental: Wait for a specific condition on one or many resources', required: ['for'], examples: [['# Until a Pod is ready', 'kubectl wait --for=condition=Ready pod/web-0']],
  async run(call) {
    const condition = call.flags.string('for');
    const timeoutMs = call.flags.duration('timeout');
    const targets = await targetsOf(call, { all: call.flags.bool('all'), selector: call.flags.string('selector'), fieldSelector: call.flags.string('field-selector'), allNamespaces: call.flags.bool('all-namespaces') });
    const isDelete = /^delete/i.test(condition);
    const { infos, errors } = await fetched(call, targets);
    const failures = isDelete ? errors.filter((e) => !hasReason(e, 'NotFound')) : errors;
    if (failures[0]) throw failures[0];
    if (infos.length === 0 && !isDelete) throw new KubectlError('no matching resources found');
    for (const info of infos) {
      const name = displayName(info.type, info.name);
      const ok = await waitUntil(call, () => holds(call, info, condition), timeoutMs);
      if (!ok) throw new KubectlError(`timed out waiting for the condition on ${info.type.plural}/${info.name}`);
      call.out(`${name} ${isDelete ? 'deleted' : 'condition met'}\n`);
    }
  },
};

async function holds(call: Call, info: Info, condition: string): Promise<boolean> {
  let object: ApiObject;
  try {
    ({ object } = await fetchedOne(call, { ...info, what: 'object', source: '' }));
  } catch (error) {
    if (/^delete/i.test(condition) && hasReason(error, 'NotFound')) return true;
    throw error;
  }
  if (/^delete/i.test(condition)) return object.metadata.uid !== info.object.metadata.uid;
  const byCondition = /^condition=([^=]+)(?:=(.+))?$/i.exec(condition);
  if (byCondition) {
    const found = listAt(object, 'status', 'conditions').find((c) => textAt(c, 'type').toLowerCase() === byCondition[1]!.toLowerCase());
    return textAt(found, 'status').toLowerCase() === (byCondition[2] ?? 'true').toLowerCase();
  }
  const byPath = /^jsonpath=(.+?)(?:=([^=}]*))?$/.exec(condition);
  if (!byPath) throw new KubectlError(`unrecognized condition: "${condition}"`);
  const template = byPath[1]!.replace(/^['"]|['"]$/g, '');
  const value = fillJsonPath(template.startsWith('{') ? template : `{${template}}`, object, { allowMissingKeys: true });
  return byPath[2] === undefined ? value !== '' : value === byPath[2].replace(/^['"]|['"]$/g, '');
}
