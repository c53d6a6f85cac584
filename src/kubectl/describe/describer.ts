/** What describers of all kinds share: what they may ask, and the lines that most descriptions begin with. */
import { formatLabelSelector } from '../../cluster/api/labels.ts';
import type { LabelSelector } from '../../cluster/api/types.ts';
import { type ApiObject, at, isDict, listAt, pairsAt, textAt } from '../objects.ts';
import { LAST_APPLIED } from '../requests.ts';
import type { Description } from './description.ts';

/** What describing may ask the server for. */
export interface DescribeSource {
  list(resource: string, options: { namespace?: string; labelSelector?: string; fieldSelector?: string }): Promise<ApiObject[]>;
  get(resource: string, name: string, namespace?: string): Promise<ApiObject | undefined>;
  nowMs: number;
  showEvents: boolean;
}

/** Writes the description of an object; its events follow by themselves. */
export type Describer = (object: ApiObject, out: Description, source: DescribeSource) => Promise<void> | void;

export function name(object: ApiObject, out: Description): void { out.row('Name', object.metadata.name ?? ''); }

export function nameAndNamespace(object: ApiObject, out: Description): void {
  name(object, out);
  out.row('Namespace', object.metadata.namespace ?? '');
}

export function labels(object: ApiObject, out: Description): void { out.pairs('Labels', pairsAt(object, 'metadata', 'labels')); }

export function annotations(object: ApiObject, out: Description): void {
  const { [LAST_APPLIED]: _, ...shown } = pairsAt(object, 'metadata', 'annotations');
  out.annotations('Annotations', shown);
}

export function created(object: ApiObject, out: Description): void { out.row('CreationTimestamp', time(textAt(object, 'metadata', 'creationTimestamp'))); }

export function controlledBy(object: ApiObject, out: Description): void {
  const owner = listAt(object, 'metadata', 'ownerReferences').find((reference) => at(reference, 'controller') === true);
  if (owner) out.row('Controlled By', `${textAt(owner, 'kind')}/${textAt(owner, 'name')}`);
}

/** The text of a LabelSelector at a path; `<none>` for an empty one. */
export function selectorText(object: unknown, ...path: string[]): string {
  const selector = at(object, ...path);
  return isDict(selector) ? formatLabelSelector(selector as LabelSelector) : '<none>'; // what the server validated
}

/** RFC 1123 with a numeric zone. */
export function time(timestamp: string): string {
  return timestamp ? new Date(Date.parse(timestamp)).toUTCString().replace('GMT', '+0000') : '<unset>';
}
