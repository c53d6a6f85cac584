/** Node selectors: terms are ORed, their expressions ANDed; a term without any matches nothing. */
import { matchesLabels, newRequirement, type Operator } from './labels.ts';
import type { Labels, NodeSelectorTerm, PodSpec } from './types.ts';

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];
/** A node, as far as selectors look at it. */
export interface Selectable { readonly name: string; readonly labels: Labels }

/** Whether the Pod says anything about its nodes' labels. */
export function hasNodeSelection(spec: PodSpec): boolean {
  return Boolean(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution) || Object.keys(spec.nodeSelector ?? {}).length > 0;
}

/** Whether a node satisfies the Pod's nodeSelector and required node affinity. */
export function matchesNodeSelection(spec: PodSpec, node: Selectable): boolean {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return matchesLabels(spec.nodeSelector, node.labels) && (!required || matchesNodeSelectorTerms(required.nodeSelectorTerms, node));
}

/** Whether a node satisfies one of the terms. */
export function matchesNodeSelectorTerms(terms: readonly NodeSelectorTerm[] | undefined, node: Selectable): boolean {
  return (terms ?? []).some((term) => matchesNodeSelectorTerm(term, node));
}

export function matchesNodeSelectorTerm(term: NodeSelectorTerm, node: Selectable): boolean {
  const { matchExpressions, matchFields } = term;
  if ((!matchExpressions?.length && !matchFields?.length) || !isValid(term)) return false;
  return (matchExpressions ?? []).every((requirement) => holds(requirement, node.labels[requirement.key]))
    && (matchFields ?? []).every((requirement) => holds(requirement, requirement.key === 'metadata.name' ? node.name : undefined));
}

const operators: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: 'gt', Lt: 'lt' };
const validity = new WeakMap<NodeSelectorTerm, boolean>();

/** The API server lets values through that can be no label's; a term with one matches no node. */
function isValid(term: NodeSelectorTerm): boolean {
  let answer = validity.get(term);
  if (answer === undefined) {
    answer = (term.matchExpressions ?? []).every(({ key, operator, values }) => typeof newRequirement(key, operators[operator] ?? 'exists', values ?? []) !== 'string');
    validity.set(term, answer);
  }
  return answer;
}

function holds({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    // A label that is not there is not in any list.
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    case 'Gt': return isWhole(value) && isWhole(values[0]) && Number(value) > Number(values[0]);
    case 'Lt': return isWhole(value) && isWhole(values[0]) && Number(value) < Number(values[0]);
    default: return false;
  }
}

function isWhole(text: string | undefined): boolean {
  return text !== undefined && /^[+-]?\d+$/.test(text);
}
