/** kubectl describe horizontalpodautoscaler and poddisruptionbudget. */
import { type ApiObject, at, isDict, listAt, numberAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, created, labels, nameAndNamespace, selectorText } from './describer.ts';

export function horizontalPodAutoscaler(object: ApiObject, out: Description): void {
  const target = textAt(object, 'spec', 'scaleTargetRef', 'kind');
  nameAndNamespace(object, out);
  labels(object, out);
  annotations(object, out);
  created(object, out);
  out.row('Reference', `${target}/${textAt(object, 'spec', 'scaleTargetRef', 'name')}`);
  out.row('Metrics', '( current / target )');
  const current = listAt(object, 'status', 'currentMetrics');
  for (const [i, metric] of listAt(object, 'spec', 'metrics').entries()) out.line(metricText(metric, current[i]), 1);
  out.row('Min replicas', textAt(object, 'spec', 'minReplicas') || '<unset>');
  out.row('Max replicas', textAt(object, 'spec', 'maxReplicas'));
  behavior(at(object, 'spec', 'behavior'), out);
  out.row(`${target} pods`, `${numberAt(object, 'status', 'currentReplicas') ?? 0} current / ${numberAt(object, 'status', 'desiredReplicas') ?? 0} desired`);
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length === 0) return;
  out.heading('Conditions');
  out.table(['Type', 'Status', 'Reason', 'Message'], conditions.map((condition) => ['type', 'status', 'reason', 'message'].map((field) => textAt(condition, field))));
}

/** `resource cpu on pods  (as a percentage of request):   63% (157m) / 50%`. */
function metricText(metric: unknown, current: unknown): string {
  const type = textAt(metric, 'type');
  const field = type[0]!.toLowerCase() + type.slice(1);
  const [source, now] = [at(metric, field), at(current, field, 'current')];
  const value = (kind: string) => `${textAt(now, kind) || '<unknown>'} / ${textAt(source, 'target', kind)}`;
  const container = type === 'ContainerResource' ? `of container "${textAt(source, 'container')}" ` : '';
  if (isDict(source) && (type === 'Resource' || container)) {
    const what = `resource ${textAt(source, 'name')} ${container}on pods`;
    if (textAt(source, 'target', 'averageValue')) return `${what}:\t${value('averageValue')}`;
    const percent = numberAt(now, 'averageUtilization');
    return `${what}  (as a percentage of request):\t${percent === undefined ? '<unknown>' : `${percent}% (${textAt(now, 'averageValue')})`} / ${numberAt(source, 'target', 'averageUtilization') === undefined ? '<auto>' : `${textAt(source, 'target', 'averageUtilization')}%`}`;
  }
  const name = `"${textAt(source, 'metric', 'name')}"`;
  if (type === 'Pods') return `${name} on pods:\t${value('averageValue')}`;
  const isAverage = textAt(source, 'target', 'averageValue') !== '';
  const on = type === 'Object' ? ` on ${textAt(source, 'describedObject', 'kind')}/${textAt(source, 'describedObject', 'name')}` : '';
  return `${name}${on} (target ${isAverage ? 'average ' : ''}value):\t${value(isAverage ? 'averageValue' : 'value')}`;
}

function behavior(value: unknown, out: Description): void {
  if (!isDict(value)) return;
  out.heading('Behavior');
  for (const [label, key] of [['Scale Up', 'scaleUp'], ['Scale Down', 'scaleDown']] as const) {
    const rules = at(value, key);
    if (!isDict(rules)) continue;
    out.heading(label, 1);
    if (numberAt(rules, 'stabilizationWindowSeconds') !== undefined) out.line(`Stabilization Window: ${textAt(rules, 'stabilizationWindowSeconds')} seconds`, 2);
    const policies = listAt(rules, 'policies');
    if (policies.length === 0) continue;
    out.line(`Select Policy: ${textAt(rules, 'selectPolicy') || 'Max'}`, 2);
    out.heading('Policies', 2);
    for (const policy of policies) out.line(`- Type: ${textAt(policy, 'type')}\tValue: ${textAt(policy, 'value')}\tPeriod: ${textAt(policy, 'periodSeconds')} seconds`, 3);
  }
}

export function podDisruptionBudget(object: ApiObject, out: Description): void {
  nameAndNamespace(object, out);
  const minimum = textAt(object, 'spec', 'minAvailable');
  if (minimum) out.row('Min available', minimum);
  else out.optional('Max unavailable', textAt(object, 'spec', 'maxUnavailable'));
  out.row('Selector', isDict(at(object, 'spec', 'selector')) ? selectorText(object, 'spec', 'selector') : '<unset>');
  out.heading('Status');
  for (const [label, key] of [['Allowed disruptions', 'disruptionsAllowed'], ['Current', 'currentHealthy'], ['Desired', 'desiredHealthy'], ['Total', 'expectedPods']] as const) out.row(label, numberAt(object, 'status', key) ?? 0, 2);
}
