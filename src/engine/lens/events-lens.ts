/** The stream of Events, as `kubectl events --all-namespaces` orders it; those of one second as they were written, which kubectl does not tell. */
import type { KubeObject } from '../../cluster/api/types.ts';
import type { Mission } from '../mission/mission.ts';
import type { EventsLensView, EventView } from './lens-view.ts';
import { resourceWord } from './owners.ts';

const EVENTS_MAX = 1000;

/** An Event of either API: `v1` as components write it, with what `events.k8s.io/v1` adds. */
interface EventObject extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count: number; lastObservedTime: string };
  source?: { component?: string; host?: string };
  reportingComponent?: string;
  involvedObject?: { apiVersion?: string; kind?: string; namespace?: string; name?: string };
}

/** The newest Events, oldest first; none while no API server serves. */
export function eventsLens({ cluster, elapsedMs }: Mission): EventsLensView {
  const storage = cluster.apiServer?.storage;
  const startMs = cluster.world.clock.now() - elapsedMs;
  // A list of Events holds Events.
  const written = ((storage?.list({ group: '', plural: 'events' }) ?? []) as EventObject[]).sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
  return { of: 'events', events: written.sort((a, b) => secondOf(a) - secondOf(b)).slice(-EVENTS_MAX).map((event) => eventView(event, startMs)) };
}

const timeOf = ({ metadata, lastTimestamp, eventTime, series }: EventObject) => Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '');

// The scheduler's Events know microseconds, the others seconds.
const secondOf = (event: EventObject) => Math.floor(timeOf(event) / 1000);

function eventView(event: EventObject, startMs: number): EventView {
  const { metadata, type, reason = '', message = '', count, series, source, reportingComponent, involvedObject = {} } = event;
  const { apiVersion = 'v1', kind = '', namespace, name = '' } = involvedObject;
  return {
    id: `${metadata.namespace}/${metadata.name}`, elapsedMs: timeOf(event) - startMs, isWarning: type === 'Warning', reason, message: message.replace(/\s+/g, ' ').trim(),
    ref: { resource: resourceWord(apiVersion, kind), name, ...(namespace ? { namespace } : {}) },
    source: source?.component || reportingComponent || '', count: series?.count ?? count ?? 1,
  };
}
