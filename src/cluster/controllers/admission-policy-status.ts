/** Type checking of ValidatingAdmissionPolicies: what their expressions say about the kinds they match that those do not have (validatingadmissionpolicystatus). */
import { compileFor, policyScope } from '../api/admission-cel.ts';
import type { CelScope } from '../api/cel.ts';
import { typeOfKind } from '../api/schema.ts';
import type { AdmissionRule, ValidatingAdmissionPolicy } from '../api/types.ts';
import { validatingAdmissionPolicies } from '../client/resources.ts';
import { type Controller, keyOf, unlessGone } from './controller.ts';
import type { Discovery } from './discovery.ts';

const TYPES_MAX = 10; // maxTypesToCheck

interface MatchedKind { group: string; version: string; kind: string }

export const admissionPolicyStatusController: Controller = (context) => {
  const { client } = context;
  const all = context.informer(validatingAdmissionPolicies);
  const queue = context.queue('validatingadmissionpolicy-status', (name) => {
    const policy = all.get(name);
    if (!policy || policy.status?.observedGeneration === policy.metadata.generation) return;
    const expressionWarnings = warningsOf(policy, context.discover());
    unlessGone(() => client.updateStatus(validatingAdmissionPolicies, { ...policy, status: { ...policy.status, observedGeneration: policy.metadata.generation, typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {} } }));
  });
  all.onChange((now) => { if (now) queue.add(keyOf(now)); });
  return { stop: () => queue.stop() };
};

function warningsOf({ spec }: ValidatingAdmissionPolicy, discovery: Discovery): { fieldRef: string; warning: string }[] {
  const kinds = matchedKinds(spec, discovery);
  const params = spec.paramKind && typeOfKind(spec.paramKind.apiVersion ?? '', spec.paramKind.kind ?? '');
  const check = (fieldRef: string, expression: string | undefined) => {
    const found = expression ? kinds.flatMap((kind) => complaint(kind, expression, spec, params)) : [];
    return found.length > 0 ? [{ fieldRef, warning: found.join('\n') }] : [];
  };
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, index) => [...check(`spec.validations[${index}].expression`, expression), ...check(`spec.validations[${index}].messageExpression`, messageExpression)]);
}

function complaint({ group, version, kind }: MatchedKind, expression: string, { variables = [] }: ValidatingAdmissionPolicy['spec'], params: string | undefined): string[] {
  const type = typeOfKind(group ? `${group}/${version}` : version, kind);
  if (!type) return []; // custom resources are not looked into
  const own: CelScope = { object: `schema:${type}`, oldObject: `schema:${type}`, ...(params ? { params: `schema:${params}` as const } : {}) };
  const program = compileFor(expression, policyScope(variables, true, undefined, own), 'any');
  // Whole objects may be compared, though our checker has no overload for it.
  return 'problem' in program && !/overload .*k8s\./.test(program.problem) ? [`${group}/${version}, Kind=${kind}: ${program.problem.replace(/^compilation failed: /, '')}\n`] : [];
}

/** The kinds that the rules name one by one; what a `*` matches is not checked. */
function matchedKinds({ matchConstraints }: ValidatingAdmissionPolicy['spec'], { resources }: Discovery): MatchedKind[] {
  const found = new Map<string, MatchedKind>();
  const rules: readonly AdmissionRule[] = matchConstraints?.resourceRules ?? [];
  for (const { apiGroups = [], apiVersions = [], resources: plurals = [] } of rules) {
    if ([apiGroups, apiVersions, plurals].some((list) => list.includes('*'))) continue;
    for (const { group, version, plural, kind } of resources) if (apiGroups.includes(group) && apiVersions.includes(version) && plurals.includes(plural)) found.set(`${group}/${version}, Kind=${kind}`, { group, version, kind });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, TYPES_MAX).map(([, kind]) => kind);
}
