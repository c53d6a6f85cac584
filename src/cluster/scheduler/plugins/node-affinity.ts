/** nodeSelector and node affinity: terms are ORed, their expressions ANDed; an empty term matches nothing. */
import { matchesLabels } from '../../api/labels.ts';
import type { Node, NodeSelectorTerm } from '../../api/types.ts';
import { type FilterPlugin, normalize, type ScorePlugin, unresolvable } from '../framework.ts';

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

export const nodeAffinity: FilterPlugin & ScorePlugin = {
  name: 'NodeAffinity',
  weight: 2,
  filter: ({ pod }, { node }) => (fits(pod.spec.nodeSelector, pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms, node) ? undefined : unresolvable("node(s) didn't match Pod's node affinity/selector")),
  score({ pod }, nodes) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return undefined;
    return normalize(nodes.map(({ node }) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0)), { reverse: false });
  },
};

/** Whether a node satisfies a Pod's selector and required terms. */
export function fits(selector: Record<string, string> | undefined, terms: readonly NodeSelectorTerm[] | undefined, node: Node): boolean {
  return matchesLabels(selector, node.metadata.labels) && (terms === undefined || terms.some((term) => matchesTerm(term, node)));
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return matchExpressions.every((r) => matchesRequirement(r, node.metadata.labels?.[r.key])) && matchFields.every((r) => matchesRequirement(r, r.key === 'metadata.name' ? node.metadata.name : undefined));
}

function matchesRequirement({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    case 'Gt': return isWhole(value) && isWhole(values[0]) && Number(value) > Number(values[0]);
    case 'Lt': return isWhole(value) && isWhole(values[0]) && Number(value) < Number(values[0]);
    default: return false;
  }
}

function isWhole(text: string | undefined): boolean {
  return text !== undefined && /^-?\d+$/.test(text);
}
