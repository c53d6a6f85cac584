/** PodSecurity: namespaces enforce a level on Pods, and warn about Pods and templates. */
import type { KubeObject, Namespace, Pod, PodTemplateSpec } from '../../../api/types.ts';
import { invalid } from '../../errors.ts';
import { equalJson } from '../../equal.ts';
import type { Subject } from '../pod-security/check.ts';
import { describeStandard, policyOf, strictness, type Standard, validatePolicyLabels, violations } from '../pod-security/policy.ts';
import { type AdmissionPlugin, type AdmissionReader, type AdmissionRequest, concerns, refuse } from '../types.ts';

const TEMPLATES = new Set(['replicationcontrollers.', 'podtemplates.', 'replicasets.apps', 'deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'jobs.batch', 'cronjobs.batch']);

const PREFIX = 'pod-security.kubernetes.io/';

export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  validate(request, cluster) {
    if (request.operation === 'DELETE') return;
    if (concerns(request, 'namespaces')) return judgeNamespace(request, cluster);
    const { kind, subresource } = request;
    if (kind.plural === 'pods' && kind.group === '' && (!subresource || subresource === 'ephemeralcontainers')) return judgePod(request, cluster);
    if (!subresource && TEMPLATES.has(`${kind.plural}.${kind.group}`)) return judgeTemplate(request, cluster);
  },
};

function judgePod(request: AdmissionRequest, cluster: AdmissionReader): string[] {
  const { enforce, warn, audit } = policyFor(request, cluster);
  request.annotate?.(`${PREFIX}enforce-policy`, describeStandard(enforce));
  if (enforce.level === 'privileged' && warn.level === 'privileged' && audit.level === 'privileged') return [];
  const [pod, old] = [request.object as Pod, request.oldObject as Pod | undefined]; // the kind says so
  if (old && equalJson(pod.spec, old.spec)) return [];
  const why = complaint(pod, enforce);
  noteFor(request, pod, audit);
  if (why !== undefined) throw refuse(request, `violates ${why}`);
  return warningFor(pod, warn);
}

function judgeTemplate(request: AdmissionRequest, cluster: AdmissionReader): string[] {
  const { warn, audit } = policyFor(request, cluster);
  const template = warn.level === 'privileged' && audit.level === 'privileged' ? undefined : templateIn(request.object);
  if (!template?.spec) return [];
  const subject = { metadata: template.metadata ?? {}, spec: template.spec };
  noteFor(request, subject, audit);
  return warningFor(subject, warn);
}

function judgeNamespace(request: AdmissionRequest, cluster: AdmissionReader): string[] {
  const { object, oldObject, kind, name, operation } = request;
  const errors = validatePolicyLabels(object.metadata.labels);
  const isOld = operation === 'UPDATE' && equalJson(errors, validatePolicyLabels(oldObject?.metadata.labels));
  if (errors.length > 0 && !isOld) throw invalid(kind, name, errors);
  if (operation !== 'UPDATE') return [];
  const [now, before] = [policyOf(object.metadata.labels).enforce, policyOf(oldObject?.metadata.labels).enforce];
  const isRelaxed = now.version === before.version && strictness(now.level) <= strictness(before.level);
  if (now.level === 'privileged' || isRelaxed) return [];
  return existingViolations(cluster, name, now);
}

/** Pods with the same faults share one line, named after the first. */
function existingViolations(cluster: AdmissionReader, namespace: string, standard: Standard): string[] {
  const found = new Map<string, { name: string; count: number }>();
  for (const pod of cluster.list('pods', '', namespace) as readonly Pod[]) {
    const reasons = violations(pod, standard.level).map(({ reason }) => reason).join(', ');
    const known = found.get(reasons);
    if (reasons) found.set(reasons, { name: known?.name ?? pod.metadata.name, count: (known?.count ?? 0) + 1 });
  }
  if (found.size === 0) return [];
  const others = (count: number) => (count === 1 ? '' : count === 2 ? ' (and 1 other pod)' : ` (and ${count - 1} other pods)`);
  const lines = [...found].map(([reasons, { name, count }]) => `${name}${others(count)}: ${reasons}`).sort();
  return [`existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(describeStandard(standard))}`, ...lines];
}

function policyFor(request: AdmissionRequest, cluster: AdmissionReader): ReturnType<typeof policyOf> {
  const namespace = cluster.get('namespaces', '', undefined, request.namespace ?? '') as Namespace | undefined; // the plural says so
  return policyOf(namespace?.metadata.labels);
}

function warningFor(subject: Subject, standard: Standard): string[] {
  const why = complaint(subject, standard);
  return why === undefined ? [] : [`would violate ${why}`];
}

/** What would break the level that is only audited stands in the audit log. */
function noteFor(request: AdmissionRequest, subject: Subject, standard: Standard): void {
  const why = request.annotate && complaint(subject, standard);
  if (why !== undefined) request.annotate?.(`${PREFIX}audit-violations`, `would violate ${why}`);
}

function complaint(subject: Subject, standard: Standard): string | undefined {
  const found = violations(subject, standard.level);
  if (found.length === 0) return undefined;
  return `PodSecurity ${JSON.stringify(describeStandard(standard))}: ${found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')}`;
}

function templateIn(object: KubeObject): PodTemplateSpec | undefined {
  // Only asked of kinds with a template; CronJobs have theirs two levels down, PodTemplates at the top.
  const holder = object as { spec?: { template?: PodTemplateSpec; jobTemplate?: { spec?: { template?: PodTemplateSpec } } }; template?: PodTemplateSpec };
  return holder.spec?.jobTemplate?.spec?.template ?? holder.spec?.template ?? holder.template;
}
