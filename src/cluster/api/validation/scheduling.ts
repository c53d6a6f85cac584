/** What a Pod says about where it may run: tolerations, affinity, spreading. */
import { duplicate, type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { internalOf } from '../internal-form.ts';
import { labelKeyErrors, labelValueErrors } from '../names.ts';
import type { NodeSelector, NodeSelectorTerm, PodSpec, Toleration } from '../types.ts';
import { duplicates, invalidEach, labelSelector, oneOf, oneOfOrNone } from './common.ts';

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Tolerations of a Pod. */
export function tolerations(field: string, list: readonly Toleration[]): FieldError[] {
  return list.flatMap((toleration, index) => tolerationErrors(`${field}[${index}]`, toleration));
}

function tolerationErrors(field: string, toleration: Toleration): FieldError[] {
  const { key, operator, value, effect, tolerationSeconds } = toleration;
  const errors: FieldError[] = key ? invalidEach(`${field}.key`, key, labelKeyErrors(key)) : [];
  if (!key && operator !== 'Exists') errors.push(invalid(`${field}.operator`, operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') errors.push(invalid(`${field}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  if (operator === undefined || operator === '' || operator === 'Equal') {
    const malformed = labelValueErrors(value ?? '');
    if (malformed.length > 0) errors.push(invalid(`${field}.operator`, value, malformed.join(';')));
  } else if (operator === 'Exists') {
    if (value) errors.push(invalid(`${field}.operator`, internalOf('Toleration', toleration), 'value must be empty when `operator` is \'Exists\''));
  } else errors.push(...oneOf(`${field}.operator`, operator, ['Equal', 'Exists']));
  return [...errors, ...oneOfOrNone(`${field}.effect`, effect, taintEffects)];
}

/** Node and Pod affinity. */
export function affinity(field: string, value: PodSpec['affinity']): FieldError[] {
  if (!value) return [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = value;
  const errors: FieldError[] = [];
  if (nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution) {
    errors.push(...nodeSelector(`${field}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`, nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution));
  }
  for (const [index, { weight, preference }] of (nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const place = `${field}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    errors.push(...weightErrors(place, weight), ...nodeSelectorTerm(`${place}.preference`, preference));
  }
  return [...errors, ...podAffinityErrors(`${field}.podAffinity`, podAffinity), ...podAffinityErrors(`${field}.podAntiAffinity`, podAntiAffinity)];
}

type PodAffinity = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>;
type PodAffinityTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];

function podAffinityErrors(field: string, value: PodAffinity | undefined): FieldError[] {
  const hard = (value?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, index) => podAffinityTerm(`${field}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, term));
  const soft = (value?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ weight, podAffinityTerm: term }, index) => {
    const place = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    return [...weightErrors(place, weight), ...podAffinityTerm(`${place}.podAffinityTerm`, term)];
  });
  return [...hard, ...soft];
}

function podAffinityTerm(field: string, { labelSelector: pods, namespaceSelector, topologyKey }: PodAffinityTerm): FieldError[] {
  return [
    ...labelSelector(`${field}.labelSelector`, pods),
    ...labelSelector(`${field}.namespaceSelector`, namespaceSelector),
    ...(topologyKey ? invalidEach(`${field}.topologyKey`, topologyKey, labelKeyErrors(topologyKey)) : [required(`${field}.topologyKey`, 'can not be empty')]),
  ];
}

function weightErrors(field: string, weight: number): FieldError[] {
  return weight >= 1 && weight <= 100 ? [] : [invalid(`${field}.weight`, weight, 'must be in the range 1-100')];
}

/** A node selector: at least one term. */
export function nodeSelector(field: string, { nodeSelectorTerms }: NodeSelector): FieldError[] {
  if (!nodeSelectorTerms?.length) return [required(`${field}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return nodeSelectorTerms.flatMap((term, index) => nodeSelectorTerm(`${field}.nodeSelectorTerms[${index}]`, term));
}

type NodeRequirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

function nodeSelectorTerm(field: string, term: NodeSelectorTerm): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((requirement, index) => nodeRequirement(`${field}.matchExpressions[${index}]`, requirement)),
    ...(term.matchFields ?? []).flatMap((requirement, index) => nodeFieldRequirement(`${field}.matchFields[${index}]`, requirement)),
  ];
}

/** By a node's fields only its name can be asked for. */
function nodeFieldRequirement(field: string, { key, operator, values = [] }: NodeRequirement): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  else if (values.length !== 1) errors.push(required(`${field}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  return key === 'metadata.name' ? errors : [...errors, invalid(`${field}.key`, key, 'not a valid field selector key')];
}

function nodeRequirement(field: string, { key, operator, values = [] }: NodeRequirement): FieldError[] {
  const errors: FieldError[] = [];
  switch (operator) {
    case 'In': case 'NotIn':
      if (values.length === 0) errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists': case 'DoesNotExist':
      if (values.length > 0) errors.push(forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case 'Gt': case 'Lt':
      if (values.length !== 1) errors.push(required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  errors.push(...invalidEach(`${field}.key`, key, labelKeyErrors(key)));
  return [...errors, ...values.flatMap((value, index) => invalidEach(`${field}.values[${index}]`, value, labelValueErrors(value)))];
}

/** Where a class may make volumes (ValidateTopologySelectorTerm). */
export function topologyTerms(field: string, terms: readonly { matchLabelExpressions?: { key: string; values: string[] }[] }[]): FieldError[] {
  const twice = duplicates(terms, ({ matchLabelExpressions = [] }) => JSON.stringify(matchLabelExpressions.map(({ key, values }) => [key, [...values].sort()]).sort()), (_, index) => duplicate(`${field}[${index}].matchLabelExpressions`, ''));
  return [...terms.flatMap(({ matchLabelExpressions: list = [] }, index) => list.flatMap(({ key, values = [] }, at) => {
    const place = `${field}[${index}].matchLabelExpressions[${at}]`;
    return [
      ...(values.length === 0 ? [required(`${place}.values`)] : duplicates(values, (value) => value, (value, i) => duplicate(`${place}.values[${i}]`, value))),
      ...invalidEach(`${place}.key`, key, labelKeyErrors(key)), ...(list.findIndex((other) => other.key === key) < at ? [duplicate(`${place}.key`, key)] : []),
    ];
  })), ...twice];
}

/** Topology spread constraints. */
export function topologySpread(field: string, list: NonNullable<PodSpec['topologySpreadConstraints']>): FieldError[] {
  const errors = list.flatMap(({ maxSkew, topologyKey, whenUnsatisfiable, labelSelector: pods, minDomains, nodeAffinityPolicy, nodeTaintsPolicy }, index) => {
    const place = `${field}[${index}]`;
    return [
      ...(maxSkew > 0 ? [] : [invalid(`${place}.maxSkew`, maxSkew, 'must be greater than zero')]),
      ...(topologyKey ? invalidEach(`${place}.topologyKey`, topologyKey, labelKeyErrors(topologyKey)) : [required(`${place}.topologyKey`, 'can not be empty')]),
      ...oneOf(`${place}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']),
      ...(minDomains !== undefined && minDomains <= 0 ? [invalid(`${place}.minDomains`, minDomains, 'must be greater than zero')] : []),
      ...(minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule' ? [invalid(`${place}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`)] : []),
      ...oneOfOrNone(`${place}.nodeAffinityPolicy`, nodeAffinityPolicy, ['Honor', 'Ignore']),
      ...oneOfOrNone(`${place}.nodeTaintsPolicy`, nodeTaintsPolicy, ['Honor', 'Ignore']),
      ...labelSelector(`${place}.labelSelector`, pods),
    ];
  });
  const pairs = duplicates(list, ({ topologyKey, whenUnsatisfiable }) => `${topologyKey}/${whenUnsatisfiable}`,
    ({ topologyKey, whenUnsatisfiable }, index) => duplicate(`${field}[${index}].{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`));
  return [...errors, ...pairs];
}
