/** What a Job's spec may say, by itself or within a CronJob. */
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { internalOf, internalPodTemplate, sortedKeys } from '../internal-form.ts';
import { matchesLabelSelector } from '../labels.ts';
import type { JobSpec } from '../types.ts';
import { duplicates, IMMUTABLE, immutable, nonNegative, oneOf, oneOfOrNone, sameJson } from './common.ts';
import { podTemplate } from './template.ts';

/** `started`: a Job of its own, which by now has a selector; `template`: one within a CronJob, which has none yet. */
export function jobSpecErrors(field: string, spec: JobSpec, stage: 'started' | 'template'): FieldError[] {
  return [
    ...(stage === 'started' ? selectorErrors(field, spec) : []),
    ...(['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const).flatMap((key) => nonNegative(`${field}.${key}`, spec[key])),
    ...completionErrors(field, spec),
    ...podTemplate(`${field}.template`, spec.template),
    ...restartErrors(`${field}.template.spec.restartPolicy`, spec),
    ...oneOfOrNone(`${field}.podReplacementPolicy`, spec.podReplacementPolicy, spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']),
    ...(spec.podFailurePolicy?.rules ?? []).flatMap((rule, i) => failureRuleErrors(`${field}.podFailurePolicy.rules[${i}]`, rule, spec)),
    ...(spec.successPolicy && spec.completionMode !== 'Indexed' ? [invalid(`${field}.successPolicy`, internalOf('SuccessPolicy', spec.successPolicy), 'requires indexed completion mode')] : []),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined ? [required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')] : []),
  ];
}

function selectorErrors(field: string, { selector, template, manualSelector }: JobSpec): FieldError[] {
  if (!selector) return [required(`${field}.selector`)];
  const labels = template.metadata?.labels;
  const generated = Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/.test(key)));
  const own = manualSelector || matchesLabelSelector(selector, generated) ? [] : [invalid(`${field}.selector`, selector.matchLabels ? { ...selector, matchLabels: sortedKeys(selector.matchLabels) } : selector, '`selector` not auto-generated')];
  return matchesLabelSelector(selector, labels) ? own : [...own, invalid(`${field}.template.metadata.labels`, labels && sortedKeys(labels), '`selector` does not match template `labels`')];
}

const INDEXED_MAX = 100_000; // batch validation: maxParallelismForIndexedJob

function completionErrors(field: string, { completionMode, completions, parallelism, backoffLimitPerIndex, maxFailedIndexes = 0 }: JobSpec): FieldError[] {
  if (completionMode !== 'NonIndexed' && completionMode !== 'Indexed') return [notSupported(`${field}.completionMode`, completionMode, ['Indexed', 'NonIndexed'])];
  if (completionMode === 'NonIndexed') return backoffLimitPerIndex === undefined ? [] : [invalid(`${field}.backoffLimitPerIndex`, backoffLimitPerIndex, 'requires indexed completion mode')];
  if (completions === undefined) return [required(`${field}.completions`, 'when completion mode is Indexed')];
  if (maxFailedIndexes > completions) return [invalid(`${field}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions')];
  return (parallelism ?? 0) > INDEXED_MAX ? [invalid(`${field}.parallelism`, parallelism, `must be less than or equal to ${INDEXED_MAX} when completion mode is Indexed`)] : [];
}

function failureRuleErrors(field: string, rule: NonNullable<JobSpec['podFailurePolicy']>['rules'][number], { backoffLimitPerIndex, template }: JobSpec): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const count = (onExitCodes ? 1 : 0) + (onPodConditions.length > 0 ? 1 : 0);
  const { operator, values = [], containerName } = onExitCodes ?? {};
  const names = [...(template.spec?.containers ?? []), ...(template.spec?.initContainers ?? [])].map(({ name }) => name);
  const codes = `${field}.onExitCodes`;
  return [
    ...(action === 'FailIndex' && backoffLimitPerIndex === undefined ? [invalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set')] : []),
    ...oneOf(`${field}.action`, action, ['Count', 'FailIndex', 'FailJob', 'Ignore']),
    ...(onExitCodes ? oneOf(`${codes}.operator`, operator, ['In', 'NotIn']) : []),
    ...(containerName && !names.includes(containerName) ? [invalid(`${codes}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template')] : []),
    ...(onExitCodes && values.length === 0 ? [invalid(`${codes}.values`, values, 'at least one value is required')] : []),
    ...duplicates(values, String, (value, i) => duplicate(`${codes}.values[${i}]`, value)),
    ...values.flatMap((value, i) => (value === 0 && operator === 'In' ? [invalid(`${field}.onExitCodes.values[${i}]`, value, 'must not be 0 for the In operator')] : [])),
    ...(count === 1 ? [] : [{ ...required(field), reason: 'FieldValueInvalid' as const, message: `Invalid value: specifying ${count === 0 ? 'one of OnExitCodes and OnPodConditions is required' : 'both OnExitCodes and OnPodConditions is not supported'}` }]),
  ];
}

function restartErrors(field: string, { template, podFailurePolicy }: JobSpec): FieldError[] {
  const policy = template.spec?.restartPolicy;
  if (podFailurePolicy && policy === 'OnFailure') return [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  if (!policy || policy === 'Always') return [required(field, 'valid values: "OnFailure", "Never"')];
  return policy === 'OnFailure' || policy === 'Never' ? [] : [notSupported(field, policy, ['OnFailure', 'Never'])];
}

/** What may not change in a Job that exists. A suspended Job that never ran may still move. */
export function jobUpdateErrors(field: string, spec: JobSpec, old: JobSpec): FieldError[] {
  return [
    ...completionsUpdate(`${field}.completions`, spec, old),
    ...immutable(`${field}.selector`, spec.selector, old.selector),
    ...templateUpdate(`${field}.template`, spec, old),
    ...immutable(`${field}.completionMode`, spec.completionMode, old.completionMode),
    ...immutable(`${field}.podFailurePolicy`, spec.podFailurePolicy, old.podFailurePolicy),
    ...immutable(`${field}.backoffLimitPerIndex`, spec.backoffLimitPerIndex, old.backoffLimitPerIndex),
    ...immutable(`${field}.managedBy`, spec.managedBy, old.managedBy),
    ...immutable(`${field}.successPolicy`, spec.successPolicy, old.successPolicy),
  ];
}

function completionsUpdate(field: string, { completions, parallelism, completionMode }: JobSpec, old: JobSpec): FieldError[] {
  if (completions === old.completions) return [];
  if (completionMode !== 'Indexed') return [invalid(field, completions, IMMUTABLE)];
  if (completions === undefined) return [forbidden(field, 'cannot be set to nil')];
  return completions === parallelism ? [] : [invalid(field, completions, 'can only be modified in tandem with spec.parallelism')];
}

function templateUpdate(field: string, { template, suspend }: JobSpec, old: JobSpec): FieldError[] {
  const directives = (value: JobSpec['template']): JobSpec['template'] => {
    if (!old.suspend || !suspend) return value;
    const { spec } = old.template;
    return { ...value, metadata: old.template.metadata, spec: value.spec && { ...value.spec, nodeSelector: spec?.nodeSelector, affinity: spec?.affinity, tolerations: spec?.tolerations, schedulingGates: spec?.schedulingGates } };
  };
  return sameJson(directives(template), old.template) ? [] : [invalid(field, internalPodTemplate(template), IMMUTABLE)];
}
