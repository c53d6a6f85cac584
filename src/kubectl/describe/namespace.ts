/** kubectl describe namespace, resourcequota, limitrange. */
import { canonicalQuantity } from '../../cluster/api/quantity.ts';
import { type ApiObject, compareText, listAt, pairsAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, type DescribeSource, labels, name, nameAndNamespace, time } from './describer.ts';

export async function namespace(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const own = { namespace: object.metadata.name };
  name(object, out);
  labels(object, out);
  annotations(object, out);
  out.row('Status', textAt(object, 'status', 'phase'));
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length > 0) {
    out.heading('Conditions');
    out.table(['Type', 'Status', 'LastTransitionTime', 'Reason', 'Message'], conditions.map((condition) => [
      textAt(condition, 'type'), textAt(condition, 'status'), time(textAt(condition, 'lastTransitionTime')), textAt(condition, 'reason'), textAt(condition, 'message'),
    ]));
  }
  const byName = (list: readonly ApiObject[]) => [...list].sort((a, b) => compareText(a.metadata.name ?? '', b.metadata.name ?? ''));
  out.line('');
  quotas(byName(await source.list('resourcequotas', own)), out);
  out.line('');
  limits(byName(await source.list('limitranges', own)), out);
}

function quotas(list: readonly ApiObject[], out: Description): void {
  if (list.length === 0) return out.line('No resource quota.');
  out.line('Resource Quotas');
  for (const quota of list) {
    out.row('Name', quota.metadata.name ?? '', 1);
    scopes(quota, out, 1);
    out.table(['Resource', 'Used', 'Hard'], [['--------', '---', '---'], ...usage(quota)], { rule: false });
  }
}

const SCOPES: Readonly<Record<string, string>> = {
  Terminating: 'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating: 'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort: 'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort: 'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

function scopes(quota: ApiObject, out: Description, level: number): void {
  const found = listAt(quota, 'spec', 'scopes').map(String).sort(compareText);
  if (found.length === 0) return;
  out.row('Scopes', found.join(', '), level);
  for (const scope of found) if (SCOPES[scope]) out.line(`${level === 0 ? ' ' : ''}* ${SCOPES[scope]}`, level);
}

function usage(quota: ApiObject): string[][] {
  const hard = pairsAt(quota, 'status', 'hard'), used = pairsAt(quota, 'status', 'used');
  return Object.keys(hard).sort(compareText).map((resource) => [resource, canonicalQuantity(used[resource] ?? '0'), canonicalQuantity(hard[resource] ?? '0')]);
}

export function resourceQuota(object: ApiObject, out: Description): void {
  nameAndNamespace(object, out);
  scopes(object, out, 0);
  out.table(['Resource', 'Used', 'Hard'], [['--------', '----', '----'], ...usage(object)], { rule: false, level: 0 });
}

const LIMITS = ['Type', 'Resource', 'Min', 'Max', 'Default Request', 'Default Limit', 'Max Limit/Request Ratio'];
const LIMIT_FIELDS = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'];

function limits(list: readonly ApiObject[], out: Description): void {
  if (list.length === 0) return out.line('No LimitRange resource.');
  out.line('Resource Limits');
  for (const line of [LIMITS, LIMITS.map((title) => '-'.repeat(title.length)), ...list.flatMap(limitRows)]) out.line(` ${line.join('\t')}`);
}

function limitRows(range: ApiObject): string[][] {
  return listAt(range, 'spec', 'limits').flatMap((item) => {
    const resources = new Set(LIMIT_FIELDS.flatMap((field) => Object.keys(pairsAt(item, field))));
    return [...resources].sort(compareText).map((resource) => [textAt(item, 'type'), resource, ...LIMIT_FIELDS.map((field) => textAt(item, field, resource) || '-')]);
  });
}

export function limitRange(object: ApiObject, out: Description): void {
  nameAndNamespace(object, out);
  out.table(LIMITS, limitRows(object), { level: 0 });
}
