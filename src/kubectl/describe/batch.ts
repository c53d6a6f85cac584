/** kubectl describe job and cronjob. */
import { humanDuration } from '../../cluster/api/duration.ts';
import { type ApiObject, at, isDict, listAt, numberAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, controlledBy, labels, nameAndNamespace, selectorText, time } from './describer.ts';
import { podTemplate } from './pod-template.ts';

/** Completed indexes longer than this are cut after a whole range. */
const MAX_INDEXES = 50;
const UNSET = '<unset>';

export function job(object: ApiObject, out: Description): void {
  const [spec, status] = [at(object, 'spec'), at(object, 'status')];
  const optional = (label: string, ...path: string[]) => out.optional(label, textAt(spec, ...path));
  const [started, completed] = [textAt(status, 'startTime'), textAt(status, 'completionTime')];
  nameAndNamespace(object, out);
  if (isDict(at(spec, 'selector'))) out.row('Selector', selectorText(spec, 'selector'));
  labels(object, out);
  annotations(object, out);
  controlledBy(object, out);
  optional('Parallelism', 'parallelism');
  out.row('Completions', textAt(spec, 'completions') || UNSET);
  optional('Completion Mode', 'completionMode');
  optional('Suspend', 'suspend');
  optional('Backoff Limit', 'backoffLimit');
  optional('TTL Seconds After Finished', 'ttlSecondsAfterFinished');
  if (started) out.row('Start Time', time(started));
  if (completed) out.row('Completed At', time(completed));
  if (started && completed) out.row('Duration', humanDuration(Date.parse(completed) - Date.parse(started)));
  out.optional('Active Deadline Seconds', seconds(spec, 'activeDeadlineSeconds'));
  const [active = 0, succeeded = 0, failed = 0, ready] = ['active', 'succeeded', 'failed', 'ready'].map((key) => numberAt(status, key));
  out.row('Pods Statuses', `${active} Active${ready === undefined ? '' : ` (${ready} Ready)`} / ${succeeded} Succeeded / ${failed} Failed`);
  if (textAt(spec, 'completionMode') === 'Indexed') out.row('Completed Indexes', indexes(textAt(status, 'completedIndexes')));
  podTemplate(at(spec, 'template'), out);
}

export function cronJob(object: ApiObject, out: Description): void {
  const spec = at(object, 'spec');
  const jobSpec = at(spec, 'jobTemplate', 'spec');
  nameAndNamespace(object, out);
  labels(object, out);
  annotations(object, out);
  out.row('Schedule', textAt(spec, 'schedule'));
  out.row('Concurrency Policy', textAt(spec, 'concurrencyPolicy'));
  out.row('Suspend', truth(at(spec, 'suspend')));
  out.row('Time Zone', textAt(spec, 'timeZone') || UNSET);
  out.row('Successful Job History Limit', textAt(spec, 'successfulJobsHistoryLimit') || UNSET);
  out.row('Failed Job History Limit', textAt(spec, 'failedJobsHistoryLimit') || UNSET);
  out.row('Starting Deadline Seconds', seconds(spec, 'startingDeadlineSeconds') || UNSET);
  out.row('Selector', isDict(at(jobSpec, 'selector')) ? selectorText(jobSpec, 'selector') : UNSET);
  out.row('Parallelism', textAt(jobSpec, 'parallelism') || UNSET);
  out.row('Completions', textAt(jobSpec, 'completions') || UNSET);
  out.optional('Active Deadline Seconds', seconds(jobSpec, 'activeDeadlineSeconds'));
  podTemplate(at(jobSpec, 'template'), out);
  out.row('Last Schedule Time', time(textAt(object, 'status', 'lastScheduleTime')));
  out.row('Active Jobs', listAt(object, 'status', 'active').map((reference) => textAt(reference, 'name')).join(', ') || '<none>');
}

/** A truth value that may be missing. */
export function truth(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : UNSET;
}

function seconds(object: unknown, key: string): string {
  const value = textAt(object, key);
  return value && `${value}s`;
}

function indexes(text: string): string {
  if (text.length <= MAX_INDEXES) return text || '<none>';
  const end = text.lastIndexOf(',', MAX_INDEXES);
  return `${text.slice(0, end < 0 ? MAX_INDEXES : end + 1)}...`;
}
