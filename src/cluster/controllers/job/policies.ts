/** podFailurePolicy and successPolicy: what the end of a Pod means for its Job (pod_failure_policy.go, success_policy.go). */
import type { Job, Pod } from '../../api/types.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';

type FailurePolicy = NonNullable<Job['spec']['podFailurePolicy']>;
type Rule = FailurePolicy['rules'][number];

export interface FailureVerdict {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
  /** For FailJob: why. */
  readonly message?: string;
}

/** What the first matching rule says of a failed Pod; `Count` when none matches. */
export function judgeFailure(policy: FailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const matched = exitCodeMatch(rule, pod) ?? conditionMatch(rule, pod);
    if (matched === undefined) continue;
    const { namespace, name } = pod.metadata;
    return { action: rule.action as FailureVerdict['action'], message: `${matched(`${namespace}/${name}`)} matching ${rule.action} rule at index ${index}` };
  }
  return { action: 'Count' };
}

function exitCodeMatch({ onExitCodes }: Rule, pod: Pod): ((pod: string) => string) | undefined {
  if (!onExitCodes) return undefined;
  const { operator, values, containerName } = onExitCodes;
  const statuses = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])];
  const found = statuses.find(({ name, state }) => {
    const code = state?.terminated?.exitCode;
    return (containerName === undefined || containerName === name) && code !== undefined && code !== 0 && values.includes(code) === (operator === 'In');
  });
  return found && ((key) => `Container ${found.name} for pod ${key} failed with exit code ${found.state?.terminated?.exitCode}`);
}

function conditionMatch({ onPodConditions }: Rule, pod: Pod): ((pod: string) => string) | undefined {
  const found = pod.status.conditions?.find(({ type, status }) => onPodConditions?.some((wanted) => wanted.type === type && (wanted.status ?? 'True') === status));
  return found && ((key) => `Pod ${key} has condition ${found.type}`);
}

/** Why a Job with these indexes done is a success before all are; undefined: it is not. */
export function successMessage({ spec: { successPolicy, completions = 0 } }: Job, succeeded: ReadonlySet<number>): string | undefined {
  const met = (successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const counted = succeededIndexes === undefined ? succeeded : new Set([...parseIndexes(succeededIndexes, completions)].filter((index) => succeeded.has(index)));
    if (succeededCount !== undefined) return counted.size >= succeededCount;
    return formatIndexes(counted) === formatIndexes(parseIndexes(succeededIndexes, completions));
  });
  return met < 0 ? undefined : `Matched rules at index ${met}`;
}
