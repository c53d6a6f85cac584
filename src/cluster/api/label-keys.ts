/** What a Pod's own labels add to its selectors when it is created: `matchLabelKeys` and `mismatchLabelKeys`. */
import { changed, mapped, withField } from './defaulting.ts';
import type { LabelSelector, Pod } from './types.ts';

interface Term { labelSelector?: LabelSelector; matchLabelKeys?: string[]; mismatchLabelKeys?: string[] }
interface Affinity<T extends Term> { requiredDuringSchedulingIgnoredDuringExecution?: T[]; preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; podAffinityTerm: T }[] }

/** The Pod with the keys of its affinity terms and spread constraints merged into their selectors. */
export function withLabelKeys(pod: Pod): Pod {
  const labels = pod.metadata.labels ?? {};
  const merge = <T extends Term>(term: T) => merged(term, labels);
  const affine = <T extends Term>(affinity: Affinity<T>): Affinity<T> => {
    const result = withField(affinity, 'requiredDuringSchedulingIgnoredDuringExecution', mapped(affinity.requiredDuringSchedulingIgnoredDuringExecution, merge));
    return withField(result, 'preferredDuringSchedulingIgnoredDuringExecution', mapped(result.preferredDuringSchedulingIgnoredDuringExecution, (each) => withField(each, 'podAffinityTerm', merge(each.podAffinityTerm))));
  };
  const affinity = changed(pod.spec.affinity, (all) => withField(withField(all, 'podAffinity', changed(all.podAffinity, affine)), 'podAntiAffinity', changed(all.podAntiAffinity, affine)));
  const topologySpreadConstraints = mapped(pod.spec.topologySpreadConstraints, merge);
  return withField(pod, 'spec', withField(withField(pod.spec, 'affinity', affinity), 'topologySpreadConstraints', topologySpreadConstraints));
}

function merged<T extends Term>(term: T, labels: Readonly<Record<string, string>>): T {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const added = [...matchLabelKeys.map((key) => ({ key, operator: 'In' })), ...mismatchLabelKeys.map((key) => ({ key, operator: 'NotIn' }))]
    .flatMap(({ key, operator }) => (labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]));
  if (!labelSelector || added.length === 0) return term;
  return { ...term, labelSelector: { ...labelSelector, matchExpressions: [...labelSelector.matchExpressions ?? [], ...added] } };
}
