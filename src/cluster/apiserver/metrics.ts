/** /metrics under the names that people graph. What a simulated request takes is not real time, so durations are those of the model: none. */
import type { FeatureGates } from '../api/feature-gates.ts';
import type { RequestInfo } from './request-info.ts';

const BUCKETS = ['0.005', '0.025', '0.05', '0.1', '0.2', '0.4', '0.6', '0.8', '1', '1.25', '1.5', '2', '3', '4', '5', '6', '8', '10', '15', '20', '30', '45', '60', '+Inf'];

/** What is read at the moment of asking. */
export interface Gauges { objects: readonly { resource: string; count: number }[]; watches: number; startedMs: number; revision: number; gates: FeatureGates; /** Of the process, where it is known. */ usage: { cpuMs: number; memoryBytes: number } | undefined }

export class Metrics {
  readonly #requests = new Map<string, { labels: string; timed: string; count: number }>();

  /** Counts an answered request. */
  count({ verb, group, version, resource, subresource, namespace, name, isResource }: RequestInfo, code: number, isDryRun = false): void {
    const scope = !isResource ? '' : name ? 'resource' : namespace ? 'namespace' : 'cluster';
    const known = `${verb} ${group}/${version}/${resource}/${subresource} ${scope} ${code} ${isDryRun}`;
    const found = this.#requests.get(known);
    if (found) { found.count++; return; }
    if (this.#requests.size >= SERIES_MAX) return;
    const shown = VERBS[verb] ?? verb.toUpperCase();
    const about = `group="${escaped(group)}",resource="${escaped(resource)}",scope="${scope}",subresource="${escaped(subresource)}",verb="${shown}",version="${escaped(version)}"`;
    this.#requests.set(known, { labels: `code="${code}",component="apiserver",dry_run="${isDryRun ? 'All' : ''}",${about}`, timed: `component="apiserver",dry_run="${isDryRun ? 'All' : ''}",${about}`, count: 1 });
  }

  /** The exposition text. */
  text({ objects, watches, startedMs, revision, gates, usage }: Gauges): string {
    const timed = new Map<string, number>();
    for (const { timed: labels, count } of this.#requests.values()) timed.set(labels, (timed.get(labels) ?? 0) + count);
    const histogram = (name: string, series: ReadonlyMap<string, number>) => [...series].flatMap(([labels, count]) => [
      ...BUCKETS.map((le) => `${name}_bucket{${labels},le="${le}"} ${count}`), `${name}_sum{${labels}} 0`, `${name}_count{${labels}} ${count}`]);
    const total = [...this.#requests.values()].reduce((sum, { count }) => sum + count, 0);
    return [
      ...family('apiserver_current_inflight_requests', 'gauge', 'Requests being worked on, by kind.', ['apiserver_current_inflight_requests{request_kind="mutating"} 0', 'apiserver_current_inflight_requests{request_kind="readOnly"} 0']),
      ...family('apiserver_longrunning_requests', 'gauge', 'Open watches.', [`apiserver_longrunning_requests{component="apiserver",verb="WATCH"} ${watches}`]),
      ...family('apiserver_request_duration_seconds', 'histogram', 'How long requests took.', histogram('apiserver_request_duration_seconds', timed)),
      ...family('apiserver_request_total', 'counter', 'Answered requests.', [...this.#requests.values()].map(({ labels, count }) => `apiserver_request_total{${labels}} ${count}`)),
      ...family('apiserver_storage_objects', 'gauge', 'Stored objects by resource.', objects.map(({ resource, count }) => `apiserver_storage_objects{resource="${resource}"} ${count}`)),
      ...family('apiserver_resource_objects', 'gauge', 'Stored objects by resource.', objects.map(({ resource, count }) => `apiserver_resource_objects{group="${resource.split('.').slice(1).join('.')}",resource="${resource.split('.')[0]}"} ${count}`)),
      ...family('etcd_debugging_mvcc_current_revision', 'gauge', 'The revision of the store.', [`etcd_debugging_mvcc_current_revision ${revision}`]),
      ...family('etcd_request_duration_seconds', 'histogram', 'How long etcd took.', histogram('etcd_request_duration_seconds', new Map([['operation="all",type="all"', total]]))),
      ...family('kubernetes_build_info', 'gauge', 'The version that is modelled.', ['kubernetes_build_info{git_version="v1.36.2",major="1",minor="36",platform="linux/amd64"} 1']),
      ...family('kubernetes_feature_enabled', 'gauge', 'Feature gates by name and stage, 1 when open.', gates.all().map(({ name, stage, isOn }) => `kubernetes_feature_enabled{name="${name}",stage="${stage}"} ${isOn ? 1 : 0}`)),
      ...family('process_cpu_seconds_total', 'counter', 'Processor time used, in seconds.', usage ? [`process_cpu_seconds_total ${usage.cpuMs / 1000}`] : []),
      ...family('process_resident_memory_bytes', 'gauge', 'Memory in use.', usage ? [`process_resident_memory_bytes ${usage.memoryBytes}`] : []),
      ...family('process_start_time_seconds', 'gauge', 'When the process began, in seconds since the epoch.', [`process_start_time_seconds ${startedMs / 1000}`]),
    ].join('\n') + '\n';
  }
}

const SERIES_MAX = 20_000; // names come from outside
const VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', deletecollection: 'DELETECOLLECTION' };

function family(name: string, type: string, help: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines] : [];
}

function escaped(label: string): string {
  return label.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
}
