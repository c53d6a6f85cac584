/** Events as events.k8s.io/v1 shows them: what they tell of is `regarding`, what they say a `note`; counts and times of old are deprecated (pkg/apis/events/v1/conversion.go). */
import type { Kind } from '../kind.ts';
import type { Event, KubeObject } from '../types.ts';

/** Names of fields in core/v1, and in events.k8s.io/v1. */
const RENAMED: readonly (readonly [stored: string, shown: string])[] = [
  ['involvedObject', 'regarding'], ['message', 'note'], ['reportingComponent', 'reportingController'], ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'], ['lastTimestamp', 'deprecatedLastTimestamp'], ['count', 'deprecatedCount'],
];

const renamed = (object: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject =>
  ({ ...Object.fromEntries(Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value])), apiVersion, kind: object.kind, metadata: object.metadata });

const SHOWN: ReadonlyMap<string, string> = new Map(RENAMED);
const STORED: ReadonlyMap<string, string> = new Map(RENAMED.map(([stored, shown]) => [shown, stored]));

/** The kind in events.k8s.io/v1, which is stored as `stored`. */
export function eventsV1(stored: Kind<Event>): Kind {
  const toStored = (object: KubeObject) => renamed(object, 'v1', STORED) as Event; // the decoder has checked it
  return {
    group: 'events.k8s.io', version: 'v1', kind: stored.kind, plural: stored.plural, singular: stored.singular, shortNames: stored.shortNames, namespaced: true, type: 'events.v1.Event', etcdPrefix: stored.plural,
    conversion: { toStored, fromStored: (object) => renamed(object, 'events.k8s.io/v1', SHOWN) },
    fields: Object.fromEntries(Object.entries(stored.fields ?? {}).map(([path, read]) => [path.replace('involvedObject', 'regarding'), (object: KubeObject) => read(toStored(object))])),
    columns: stored.columns?.map((column) => ({ ...column, cell: (object, context) => column.cell(toStored(object), context) })),
  };
}
