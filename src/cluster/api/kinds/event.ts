/** Events, core and events.k8s.io alike: one storage, two views. */
import { ageSince } from '../duration.ts';
import { type FieldError, invalid } from '../field-error.ts';
import type { CellContext, Column, Kind } from '../kind.ts';
import type { Event } from '../types.ts';
import { column, wideColumn } from './columns.ts';

const object = (event: Event) => event.involvedObject;

export const event: Kind<Event> = {
  group: '', version: 'v1', kind: 'Event', plural: 'events', singular: 'event', shortNames: ['ev'], namespaced: true,
  fields: {
    'involvedObject.kind': (each) => object(each)?.kind ?? '',
    'involvedObject.namespace': (each) => object(each)?.namespace ?? '',
    'involvedObject.name': (each) => object(each)?.name ?? '',
    'involvedObject.uid': (each) => object(each)?.uid ?? '',
    'involvedObject.apiVersion': (each) => object(each)?.apiVersion ?? '',
    'involvedObject.resourceVersion': (each) => object(each)?.resourceVersion ?? '',
    'involvedObject.fieldPath': (each) => object(each)?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || (reportingComponent ?? ''),
    type: ({ type }) => type ?? '',
  },
  validate: namespaceErrors,
  columns: [
    column('Last Seen', lastSeen),
    column('Type', ({ type }) => type ?? ''),
    column('Reason', ({ reason }) => reason ?? ''),
    column('Object', (each) => {
      const { kind = '', name } = object(each) ?? {};
      return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
    }),
    wideColumn('Subobject', (each) => object(each)?.fieldPath ?? ''),
    wideColumn('Source', source),
    column('Message', ({ message }) => (message ?? '').trim()),
    wideColumn('First Seen', firstSeen),
    wideColumn('Count', ({ count, series }) => series?.count ?? (count || 1)),
    { name: 'Name', format: 'name', priority: 1, cell: ({ metadata }) => metadata.name } satisfies Column<Event>,
  ],
};

function firstSeen({ firstTimestamp, eventTime }: Event, { nowMs }: CellContext): string {
  return ageSince(firstTimestamp || eventTime, nowMs);
}

function lastSeen(each: Event, context: CellContext): string {
  const { lastTimestamp, series } = each;
  if (series) return ageSince(series.lastObservedTime, context.nowMs);
  return lastTimestamp ? ageSince(lastTimestamp, context.nowMs) : firstSeen(each, context);
}

function source({ source: given, reportingComponent, reportingInstance }: Event): string {
  return [given?.component || reportingComponent, given?.host || reportingInstance].filter(Boolean).join(', ');
}

/** An event lives where what it tells of lives; events about what has no namespace live in default. */
function namespaceErrors({ metadata, involvedObject }: Event): FieldError[] {
  const about = involvedObject?.namespace ?? '';
  if (about ? about === metadata.namespace : metadata.namespace === 'default' || metadata.namespace === 'kube-system') return [];
  return [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
}
