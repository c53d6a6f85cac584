/** What a Job's spec may say, by itself or within a CronJob. */
import { duplicate, type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../field-error.ts';
import { internalOf, internalPodTemplate } from '../internal-form.ts';
import { matchesLabelSelector } from '../labels.ts';
import { labelKeyErrors } from '../names.ts';
import type { JobSpec } from '../types.ts';
import { domainPrefixedPath, IMMUTABLE, immutable, invalidEach, labelSelector, nonNegative, oneOf, oneOfOrNone, sameJson } from './common.ts';
import { podTemplate, selectedTemplate } from './template.ts';

/** `started`: a Job of its own, which by now has a selector; `template`: one within a CronJob, which has none yet. */
export function jobSpecErrors(field: string, spec: JobSpec, stage: 'started' | 'template'): FieldError[] {
  const { selector, template, manualSelector, podFailurePolicy, successPolicy, managedBy } = spec;
  const rules = podFailurePolicy?.rules ?? [];
  return [
    ...(stage === 'started' && selector ? ownSelector(`${field}.selector`, spec) : []),
    ...(['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const).flatMap((key) => nonNegative(`${field}.${key}`, spec[key])),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined ? [required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')] : []),
    ...(managedBy === undefined ? [] : [...domainPrefixedPath(`${field}.managedBy`, managedBy), ...(managedBy.length > MANAGED_BY_MAX ? [tooLong(`${field}.managedBy`, MANAGED_BY_MAX)] : [])]),
    ...completionErrors(field, spec),
    ...(rules.length > RULES_MAX ? [tooMany(`${field}.podFailurePolicy.rules`, rules.length, RULES_MAX)] : []),
    ...rules.flatMap((rule, i) => failureRuleErrors(`${field}.podFailurePolicy.rules[${i}]`, rule, spec)),
    ...(successPolicy ? successErrors(`${field}.successPolicy`, successPolicy, spec) : []),
    ...oneOfOrNone(`${field}.podReplacementPolicy`, spec.podReplacementPolicy, podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']),
    ...podTemplate(`${field}.template`, template),
    ...restartErrors(`${field}.template.spec.restartPolicy`, spec),
    ...(stage === 'started' ? [...(selector ? labelSelector(`${field}.selector`, selector) : [required(`${field}.selector`)]), ...(selector ? selectedTemplate(`${field}.template`, template, selector) : [])] : [
      ...(selector ? [invalid(`${field}.selector`, selector, '`selector` will be auto-generated')] : []), ...(manualSelector ? [notSupported(`${field}.manualSelector`, true, ['nil', 'false'])] : []),
    ]),
  ];
}

/** Unless it is the user's own, a selector selects by what was generated. */
function ownSelector(field: string, { selector, template, manualSelector }: JobSpec): FieldError[] {
  const generated = Object.fromEntries(Object.entries(template.metadata?.labels ?? {}).filter(([key]) => /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/.test(key)));
  return manualSelector || matchesLabelSelector(selector, generated) ? [] : [invalid(field, selector, '`selector` not auto-generated')];
}

const MANAGED_BY_MAX = 63; // batch validation: maxManagedByLength
const EXIT_CODES_MAX = 255; // maxPodFailurePolicyOnExitCodesValues
const RULES_MAX = 20; // maxPodFailurePolicyOnPodConditionsPatterns, maxPodFailurePolicyRules, maxSuccessPolicyRule
const INDEX_TEXT_MAX = 65_536; // maxJobSuccessPolicySucceededIndexesLimit
const HIGH_COMPLETIONS = 100_000; // completionsSoftLimit
const HIGH_COMPLETIONS_MAX = 10_000; // parallelismLimitForHighCompletions, maxFailedIndexesLimitForHighCompletions
const INDEXED_MAX = 100_000; // batch validation: maxParallelismForIndexedJob

function completionErrors(field: string, { completionMode, completions, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes }: JobSpec): FieldError[] {
  if (completionMode !== 'NonIndexed' && completionMode !== 'Indexed') return [notSupported(`${field}.completionMode`, completionMode, ['NonIndexed', 'Indexed'])];
  if (completionMode === 'NonIndexed') return Object.entries({ backoffLimitPerIndex, maxFailedIndexes }).flatMap(([key, value]) => (value === undefined ? [] : [invalid(`${field}.${key}`, value, 'requires indexed completion mode')]));
  const errors = completions === undefined ? [required(`${field}.completions`, 'when completion mode is Indexed')] : [];
  const above = (key: string, value: number, max: number, detail: string) => { if (value > max) errors.push(invalid(`${field}.${key}`, value, detail)); };
  above('parallelism', parallelism, INDEXED_MAX, `must be less than or equal to ${INDEXED_MAX} when completion mode is Indexed`);
  above('maxFailedIndexes', maxFailedIndexes ?? 0, completions ?? Infinity, 'must be less than or equal to completions');
  above('maxFailedIndexes', maxFailedIndexes ?? 0, INDEXED_MAX, `must be less than or equal to ${INDEXED_MAX}`);
  if ((completions ?? 0) <= HIGH_COMPLETIONS || backoffLimitPerIndex === undefined) return errors;
  const high = `must be less than or equal to ${HIGH_COMPLETIONS_MAX} when completions are above ${HIGH_COMPLETIONS} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) errors.push(required(`${field}.maxFailedIndexes`, `must be specified when completions is above ${HIGH_COMPLETIONS}`));
  above('parallelism', parallelism, HIGH_COMPLETIONS_MAX, high);
  above('maxFailedIndexes', maxFailedIndexes ?? 0, HIGH_COMPLETIONS_MAX, high);
  return errors;
}

/** Rules by which an indexed Job has succeeded before all its indexes have. */
function successErrors(field: string, policy: NonNullable<JobSpec['successPolicy']>, { completionMode, completions = 0 }: JobSpec): FieldError[] {
  if (completionMode !== 'Indexed') return [invalid(field, internalOf('SuccessPolicy', policy), 'requires indexed completion mode')];
  const { rules = [] } = policy;
  const errors = rules.length === 0 ? [required(`${field}.rules`, 'at least one rules must be specified when the successPolicy is specified')] : [];
  if (rules.length > RULES_MAX) errors.push(tooMany(`${field}.rules`, rules.length, RULES_MAX));
  for (const [index, { succeededIndexes, succeededCount }] of rules.entries()) {
    const place = `${field}.rules[${index}]`;
    const count = `${place}.succeededCount`;
    if (succeededIndexes === undefined && succeededCount === undefined) errors.push(required(place, 'at least one of succeededCount or succeededIndexes must be specified'));
    if ((succeededIndexes?.length ?? 0) > INDEX_TEXT_MAX) errors.push(tooLong(`${place}.succeededIndexes`, INDEX_TEXT_MAX));
    const total = countIndexes(succeededIndexes ?? '', completions);
    if (typeof total === 'string') errors.push(invalid(`${place}.succeededIndexes`, succeededIndexes, `error parsing succeededIndexes: ${total}`));
    errors.push(...nonNegative(count, succeededCount));
    if ((succeededCount ?? 0) > completions) errors.push(invalid(count, succeededCount, `must be less than or equal to ${completions} (the number of specified completions)`));
    const listed = typeof total === 'string' ? 0 : total;
    if (succeededIndexes !== undefined && (succeededCount ?? 0) > listed) errors.push(invalid(count, succeededCount, `must be less than or equal to ${listed} (the number of indexes in the specified succeededIndexes field)`));
  }
  return errors;
}

/** How many indexes `0-2,5` names, or what is wrong with it. */
function countIndexes(text: string, completions: number): number | string {
  let [total, last] = [0, -1];
  for (const part of text === '' ? [] : text.split(',')) {
    const ends = part.split('-');
    if (ends.length > 2) return `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    for (const end of ends) {
      if (!/^[+]?\d+$/.test(end)) return `cannot convert string to integer for index: ${JSON.stringify(end)}`;
      if (Number(end) >= completions) return `too large index: ${JSON.stringify(end)}`;
    }
    const [from = 0, to = from] = ends.map(Number);
    if (ends.length > 1 && from >= to) return `non-increasing order, previous: ${from}, current: ${to}`;
    if (last >= from) return `non-increasing order, previous: ${last}, current: ${from}`;
    total += to - from + 1;
    last = to;
  }
  return total;
}

function failureRuleErrors(field: string, rule: NonNullable<JobSpec['podFailurePolicy']>['rules'][number], { backoffLimitPerIndex, template }: JobSpec): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const count = (onExitCodes ? 1 : 0) + (onPodConditions.length > 0 ? 1 : 0);
  const { operator, values = [], containerName } = onExitCodes ?? {};
  const names = [...(template.spec?.containers ?? []), ...(template.spec?.initContainers ?? [])].map(({ name }) => name);
  const codes = `${field}.onExitCodes`;
  return [
    ...(action === 'FailIndex' && backoffLimitPerIndex === undefined ? [invalid(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set')] : []),
    ...(action ? oneOf(`${field}.action`, action, ['Count', 'FailIndex', 'FailJob', 'Ignore']) : [required(`${field}.action`, 'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]')]),
    ...(!onExitCodes ? [] : operator ? oneOf(`${codes}.operator`, operator, ['In', 'NotIn']) : [required(`${codes}.operator`, 'valid values: ["In" "NotIn"]')]),
    ...(containerName && !names.includes(containerName) ? [invalid(`${codes}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template')] : []),
    ...(onExitCodes && values.length === 0 ? [invalid(`${codes}.values`, values, 'at least one value is required')] : []),
    ...(values.length > EXIT_CODES_MAX ? [tooMany(`${codes}.values`, values.length, EXIT_CODES_MAX)] : []),
    ...values.flatMap((value, i) => [
      ...(value === 0 && operator === 'In' ? [invalid(`${codes}.values[${i}]`, value, 'must not be 0 for the In operator')] : []),
      ...(values.indexOf(value) < i ? [duplicate(`${codes}.values[${i}]`, value)] : []),
    ]),
    ...(values.some((value, i) => i > 0 && values[i - 1]! > value) ? [invalid(`${codes}.values`, values, 'must be ordered')] : []),
    ...(onPodConditions.length > RULES_MAX ? [tooMany(`${field}.onPodConditions`, onPodConditions.length, RULES_MAX)] : []),
    ...onPodConditions.flatMap(({ type, status }, i) => [
      ...invalidEach(`${field}.onPodConditions[${i}].type`, type, labelKeyErrors(type ?? '')),
      ...(status ? oneOf(`${field}.onPodConditions[${i}].status`, status, ['False', 'True', 'Unknown']) : [required(`${field}.onPodConditions[${i}].status`, 'valid values: ["False" "True" "Unknown"]')]),
    ]),
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
  return completions === undefined || completions === parallelism ? [] : [invalid(field, completions, 'can only be modified in tandem with spec.parallelism')];
}

function templateUpdate(field: string, { template, suspend }: JobSpec, old: JobSpec): FieldError[] {
  const directives = (value: JobSpec['template']): JobSpec['template'] => {
    if (!old.suspend || !suspend) return value;
    const { spec } = old.template;
    return { ...value, metadata: old.template.metadata, spec: value.spec && { ...value.spec, nodeSelector: spec?.nodeSelector, affinity: spec?.affinity, tolerations: spec?.tolerations, schedulingGates: spec?.schedulingGates } };
  };
  return sameJson(directives(template), old.template) ? [] : [invalid(field, internalPodTemplate(template), IMMUTABLE)];
}
