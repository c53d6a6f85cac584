/** A policy in CEL ready to be asked: its scope, its conditions, its variables. Both kinds of policy share it. */
import { compileFor, policyScope, type PolicyVariable, type Wanted } from '../../../api/admission-cel.ts';
import { type CelAnswer, type CelScope, celValue } from '../../../api/cel.ts';
import type { KubeObject, MatchCondition, MatchResources, ParamRef } from '../../../api/types.ts';
import type { AdmissionReader, AdmissionRequest } from '../types.ts';
import { celContext, conditionsMatch, GROUP, resourcesMatch } from './match.ts';
import { paramsOf } from './params.ts';

export type Policy = KubeObject & { spec: { paramKind?: { apiVersion?: string; kind?: string }; matchConstraints?: MatchResources; matchConditions?: MatchCondition[]; variables?: PolicyVariable[]; failurePolicy?: string } };
type Binding = KubeObject & { spec: { policyName?: string; paramRef?: ParamRef; matchResources?: MatchResources; validationActions?: string[] } };

/** A policy that speaks of a request, for one binding and one parameter. `broken`: why it cannot even be asked. */
export interface Invocation<P> { policy: P; binding: Binding; broken?: string; evaluate(expression: string, wanted: Wanted): CelAnswer }

/** All that must be asked about a request, in the order of names. */
export function* invocations<P extends Policy>(plurals: { policies: string; bindings: string }, request: AdmissionRequest, cluster: AdmissionReader): Generator<Invocation<P>> {
  const policies = cluster.list(plurals.policies, GROUP) as readonly P[]; // the plural says so
  if (policies.length === 0) return;
  const bindings = cluster.list(plurals.bindings, GROUP) as readonly Binding[];
  let facts: Record<string, unknown> | undefined;
  for (const policy of policies) {
    const own = bindings.filter(({ spec }) => spec.policyName === policy.metadata.name);
    if (own.length === 0 || !resourcesMatch(policy.spec.matchConstraints, request, cluster)) continue;
    for (const binding of own) {
      if (!resourcesMatch(binding.spec.matchResources, request, cluster)) continue;
      facts ??= celContext(request, cluster);
      yield* withParams(policy, binding, { request, cluster, facts });
    }
  }
}

function* withParams<P extends Policy>(policy: P, binding: Binding, { request, cluster, facts }: { request: AdmissionRequest; cluster: AdmissionReader; facts: Record<string, unknown> }): Generator<Invocation<P>> {
  const { paramKind, matchConditions, variables = [] } = policy.spec;
  const params = paramsOf(paramKind, binding.spec.paramRef, request, cluster);
  const nothing = () => ({ error: 'not configured' });
  if (typeof params === 'string') return yield { policy, binding, broken: `failed to configure binding: ${params}`, evaluate: nothing };
  const scope = policyScope(variables, paramKind !== undefined);
  for (const param of params) {
    const context: Record<string, unknown> = { ...facts, ...(paramKind ? { params: celValue(param) } : {}) };
    const { variables: _later, namespaceObject: _namespace, ...conditionScope } = scope;
    const { matches, error } = conditionsMatch(matchConditions, conditionScope, context);
    if (error !== undefined) yield { policy, binding, broken: error, evaluate: nothing };
    if (!matches) continue;
    context.variables = lazily(variables, scope, context);
    yield { policy, binding, evaluate: (expression, wanted) => answer(expression, scope, wanted, context) };
  }
}

function answer(expression: string, scope: CelScope, wanted: Wanted, context: Readonly<Record<string, unknown>>): CelAnswer {
  const program = compileFor(expression, scope, wanted);
  return 'problem' in program ? { error: program.problem } : program.run(context);
}

/** Variables are worked out when first named, and once. */
function lazily(variables: readonly PolicyVariable[], scope: CelScope, context: Record<string, unknown>): object {
  const values: Record<string, unknown> = {};
  const known = new Map<string, CelAnswer>();
  for (const { name, expression } of variables) {
    Object.defineProperty(values, name, { enumerable: true, get() {
      let found = known.get(name);
      if (!found) known.set(name, (found = answer(expression, scope, 'any', context)));
      if (found.error !== undefined) throw new Error(`composited variable "${name}" fails to evaluate: ${found.error}`);
      return celValue(found.value);
    } });
  }
  return values;
}
