/** kubectl top: what nodes and Pods use, as the metrics API tells it. */
import { formatGoDuration } from '../../cluster/api/duration.ts';
import { milliValue, quantityValue } from '../../cluster/api/quantity.ts';
import type { Call, Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { at, compareText, listAt, textAt } from '../objects.ts';
import { aligned } from '../printers/table.ts';
import { listed } from '../resource-builder.ts';

const METRICS_GROUP = 'metrics.k8s.io';
const METRICS_VERSION = 'v1beta1';
const CREATION_DELAY_MS = 120_000; // metricsCreationDelay
const UNKNOWN = '<unknown>';
const MI = 1024 * 1024;

/** Milli-CPUs and bytes. */
interface Usage { cpu: number; memory: number }

function usageOf(usage: unknown): Usage {
  return { cpu: milliValue(textAt(usage, 'cpu') || '0'), memory: quantityValue(textAt(usage, 'memory') || '0') };
}

const cells = ({ cpu, memory }: Usage): string[] => [`${cpu}m`, `${Math.floor(memory / MI)}Mi`];

/** The metrics of a resource: of one object or all. Throws KubectlError without a metrics API. */
async function metricsOf(call: Call, plural: 'nodes' | 'pods', name: string | undefined, selectors: { labelSelector?: string; fieldSelector?: string }): Promise<unknown[]> {
  const client = await call.client();
  const hasApi = listAt(client.get('/apis'), 'groups').some((group) => textAt(group, 'name') === METRICS_GROUP && listAt(group, 'versions').some((version) => textAt(version, 'version') === METRICS_VERSION));
  if (!hasApi) throw new KubectlError('Metrics API not available');
  const namespace = plural === 'nodes' || call.flags.bool('all-namespaces') ? undefined : await call.namespace();
  const path = `/apis/${METRICS_GROUP}/${METRICS_VERSION}${namespace ? `/namespaces/${namespace}` : ''}/${plural}${name ? `/${name}` : ''}`;
  const body = client.get(path, { query: name ? {} : selectors, subject: { group: METRICS_GROUP, plural, ...(name ? { name } : {}) } });
  return name ? [body] : listAt(body, 'items');
}

/** Why there is nothing to show, when it is no wonder that there is nothing yet (verifyEmptyMetrics). */
async function explainAbsence(call: Call): Promise<void> {
  const { flags } = call;
  const namespace = flags.bool('all-namespaces') ? undefined : await call.namespace();
  const pods = await listed(call, { what: 'list', type: await (await call.discovery()).resolve('pods'), namespace, labelSelector: flags.string('selector'), fieldSelector: flags.string('field-selector') });
  if (pods.length === 0) return call.err(namespace === undefined ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
  const nowMs = call.environment.world.clock.now();
  for (const { object } of pods) {
    const ageMs = nowMs - Date.parse(textAt(object, 'metadata', 'creationTimestamp'));
    if (ageMs > CREATION_DELAY_MS) throw new KubectlError(`Metrics not available for pod ${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}, age: ${formatGoDuration(ageMs)}`);
  }
  throw new KubectlError('metrics not available yet');
}

function sortOrder(call: Call): (a: { name: string; usage: Usage }, b: { name: string; usage: Usage }) => number {
  const key = call.flags.string('sort-by');
  if (!['', 'cpu', 'memory'].includes(key)) throw new KubectlError('--sort-by accepts only cpu or memory');
  if (key === 'cpu') return (a, b) => b.usage.cpu - a.usage.cpu || compareText(a.name, b.name);
  if (key === 'memory') return (a, b) => b.usage.memory - a.usage.memory || compareText(a.name, b.name);
  return (a, b) => compareText(a.name, b.name);
}

function print(call: Call, header: string[], rows: string[][]): void {
  call.out(aligned(call.flags.bool('no-headers') ? rows : [header, ...rows]));
}

const node: Verb = {
  path: 'top node', about: 'Display resource (CPU/memory) usage of nodes', examples: [['# All nodes', 'kubectl top node'], ['# The busiest first', 'kubectl top node --sort-by=cpu']],
  async run(call) {
    const { flags, args } = call;
    if (args.length > 1) throw call.usage('node [NAME | -l label]');
    const order = sortOrder(call);
    const hasSwap = flags.bool('show-swap');
    const [name] = args;
    if (name && flags.string('selector')) throw call.usage('only one of NAME or --selector can be provided');
    const metrics = await metricsOf(call, 'nodes', name, { labelSelector: flags.string('selector') });
    if (metrics.length === 0) throw new KubectlError('metrics not available yet');
    const nodes = await listed(call, { what: 'list', type: await (await call.discovery()).resolve('nodes'), namespace: undefined, labelSelector: flags.string('selector'), fieldSelector: '' });
    const whole = new Map(nodes.map(({ name: node, object }) => [node, usageOf(at(object, 'status', flags.bool('show-capacity') ? 'capacity' : 'allocatable'))]));
    const rows = metrics.map((one) => ({ name: textAt(one, 'metadata', 'name'), usage: usageOf(at(one, 'usage')) })).sort(order);
    const known = rows.map(({ name: node, usage }) => {
      const [cpu = '', memory = ''] = cells(usage);
      const of = whole.get(node);
      whole.delete(node);
      return [node, cpu, percent(usage.cpu, of?.cpu), memory, percent(usage.memory, of?.memory), ...(hasSwap ? ['0Mi', UNKNOWN] : [])];
    });
    const silent = name ? [] : [...whole.keys()].map((node) => [node, ...Array.from({ length: hasSwap ? 6 : 4 }, () => UNKNOWN)]);
    print(call, ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)', ...(hasSwap ? ['SWAP(bytes)', 'SWAP(%)'] : [])], [...known, ...silent]);
  },
};

function percent(part: number, whole: number | undefined): string {
  return whole ? `${Math.floor((part * 100) / whole)}%` : UNKNOWN;
}

const pod: Verb = {
  path: 'top pod', about: 'Display resource (CPU/memory) usage of pods', examples: [['# Of this namespace', 'kubectl top pod'], ['# By container', 'kubectl top pod web-0 --containers']],
  async run(call) {
    const { flags, args } = call;
    if (args.length > 1) throw call.usage('pod [NAME | -l label]');
    const order = sortOrder(call);
    const [name] = args;
    if (name && flags.string('selector')) throw call.usage('only one of NAME or --selector can be provided');
    const metrics = await metricsOf(call, 'pods', name, { labelSelector: flags.string('selector'), fieldSelector: flags.string('field-selector') });
    if (metrics.length === 0) return explainAbsence(call);
    const withNamespace = flags.bool('all-namespaces');
    const isByContainer = flags.bool('containers');
    const rows = metrics.map((one) => {
      const containers = listAt(one, 'containers').map((container) => ({ name: textAt(container, 'name'), usage: usageOf(at(container, 'usage')) }));
      return { name: textAt(one, 'metadata', 'name'), namespace: textAt(one, 'metadata', 'namespace'), containers, usage: total(containers) };
    }).sort((a, b) => (withNamespace && !flags.string('sort-by') ? compareText(a.namespace, b.namespace) : 0) || order(a, b));
    const before = (row: { namespace: string }) => (withNamespace ? [row.namespace] : []);
    const lines = rows.flatMap((row) => (isByContainer
      ? [...row.containers].sort(order).map((container) => [...before(row), row.name, container.name, ...cells(container.usage)])
      : [[...before(row), row.name, ...cells(row.usage)]]));
    const sums = flags.bool('sum') ? sumRows(total(rows), (withNamespace ? 2 : 1) + (isByContainer ? 1 : 0)) : [];
    print(call, [...(withNamespace ? ['NAMESPACE'] : []), ...(isByContainer ? ['POD', 'NAME'] : ['NAME']), 'CPU(cores)', 'MEMORY(bytes)'], [...lines, ...sums]);
  },
};

function total(parts: readonly { usage: Usage }[]): Usage {
  return { cpu: parts.reduce((sum, { usage }) => sum + usage.cpu, 0), memory: parts.reduce((sum, { usage }) => sum + usage.memory, 0) };
}

function sumRows(usage: Usage, leading: number): string[][] {
  const blanks = Array.from({ length: leading }, () => '');
  return [[...blanks, '________', '________'], [...blanks, ...cells(usage)]];
}

export const top: readonly Verb[] = [{ path: 'top', about: 'Display resource (CPU/memory) usage' }, node, pod];
