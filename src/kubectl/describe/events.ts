/** The events of an object, at the end of its description. */
import { ageSince } from '../../cluster/api/duration.ts';
import { type ApiObject, compareText, numberAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import type { DescribeSource } from './describer.ts';

const MIRROR = 'kubernetes.io/config.mirror';

/** Events about the object; those of a Node carry its name as UID, those of a mirror Pod the UID of its static Pod. */
export async function events(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const { metadata: { name, namespace, annotations }, kind } = object;
  const uid = annotations?.[MIRROR] ?? object.metadata.uid;
  const found = await source.list('events', { namespace, fieldSelector: `involvedObject.name=${name},involvedObject.kind=${kind}` });
  const own = found.filter((event) => ['', uid, ...(kind === 'Node' ? [name] : [])].includes(textAt(event, 'involvedObject', 'uid')));
  if (own.length === 0) return out.row('Events', '<none>');
  own.sort((a, b) => compareText(textAt(a, 'lastTimestamp'), textAt(b, 'lastTimestamp')));
  out.heading('Events');
  out.table(['Type', 'Reason', 'Age', 'From', 'Message'], [['----', '------', '----', '----', '-------'], ...own.map((event) => [
    textAt(event, 'type'), textAt(event, 'reason'), interval(event, source.nowMs), textAt(event, 'source', 'component') || textAt(event, 'reportingComponent'), message(event),
  ])], { rule: false });
}

/** `5s`, or `5s (x3 over 2m)` for what happened several times. */
export function interval(event: unknown, nowMs: number): string {
  const first = ageSince(textAt(event, 'eventTime') || textAt(event, 'firstTimestamp'), nowMs);
  const series = numberAt(event, 'series', 'count');
  if (series !== undefined) return `${ageSince(textAt(event, 'series', 'lastObservedTime'), nowMs)} (x${series} over ${first})`;
  const count = numberAt(event, 'count') ?? 0;
  return count > 1 ? `${ageSince(textAt(event, 'lastTimestamp'), nowMs)} (x${count} over ${first})` : first;
}

function message(event: ApiObject): string {
  const path = textAt(event, 'involvedObject', 'fieldPath');
  return `${path ? `${path}: ` : ''}${textAt(event, 'message').trim()}`;
}
