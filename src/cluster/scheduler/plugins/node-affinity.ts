/** NodeAffinity: nodeSelector and required node affinity filter, preferred node affinity scores. */
import type { NodeSelectorTerm, PodSpec } from '../../api/types.ts';
import { nodeNow } from '../cluster-event.ts';
import { normalizeByMax, type Plugin, unresolvable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import { hasNodeSelection, matchesNodeSelection, matchesNodeSelectorTerm, matchesNodeSelectorTerms } from '../../api/node-selector.ts';

type NodeAffinityRule = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>;
/** Arguments: affinity that every Pod of the profile gets besides its own. */
export interface NodeAffinityArgs { addedAffinity?: NodeAffinityRule }

const POD_REJECTION = unresolvable("node(s) didn't match Pod's node affinity/selector");
const ADDED_REJECTION = unresolvable("node(s) didn't match scheduler-enforced node affinity");

/** The plugin with its arguments. */
export function nodeAffinity({ addedAffinity }: NodeAffinityArgs = {}): Plugin {
  const added = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const addedPreferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const check = (spec: PodSpec, node: NodeInfo) => {
    if (added && !matchesNodeSelectorTerms(added, node)) return ADDED_REJECTION;
    return matchesNodeSelection(spec, node) ? undefined : POD_REJECTION;
  };
  return {
    name: 'NodeAffinity',
    preFilter({ pod: { spec } }) {
      if (!added && !hasNodeSelection(spec)) return undefined;
      const nodeNames = namedNodes(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms);
      if (nodeNames?.size === 0) return unresolvable('pod affinity terms conflict');
      return { nodeNames, filter: (node) => check(spec, node) };
    },
    preScore({ pod: { spec } }) {
      const preferred = [...addedPreferred, ...spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []];
      if (preferred.length === 0) return undefined;
      return {
        score: (node) => preferred.reduce((sum, { weight, preference }) => sum + (matchesNodeSelectorTerm(preference, node) ? weight : 0), 0),
        normalize: (scores) => normalizeByMax(scores, { reverse: false }),
      };
    },
    wakesOn: ['NodeAdd', 'NodeUpdate'],
    mayHelp: (event, { pod: { spec } }) => nodeNow(event, ['labels'], (node) => check(spec, node) === undefined),
  };
}

/** The only nodes worth a look when every term names some; DaemonSet Pods are pinned that way. */
function namedNodes(terms: readonly NodeSelectorTerm[] | undefined): ReadonlySet<string> | undefined {
  if (!terms?.length) return undefined;
  const all = new Set<string>();
  for (const { matchFields } of terms) {
    const lists = (matchFields ?? []).filter(({ key, operator }) => key === 'metadata.name' && operator === 'In').map(({ values = [] }) => values);
    const [first, ...others] = lists;
    if (!first) return undefined;
    for (const name of first) if (others.every((list) => list.includes(name))) all.add(name);
  }
  return all;
}
