/** MutatingAdmissionPolicy: changes written in CEL, as a configuration to apply or as a JSON patch (apiserver: admission/plugin/policy/mutating). */
import { typeOfKind } from '../../../api/schema.ts';
import { jsonMergePatch, jsonPatch, PatchError, strategicMergePatch } from '../../../api/patch.ts';
import { groupVersion } from '../../../api/kind.ts';
import type { KubeObject, MutatingAdmissionPolicy, Mutation } from '../../../api/types.ts';
import { failure } from '../../errors.ts';
import { isExempt } from '../dynamic/match.ts';
import { withPlainLiterals } from '../dynamic/plain-literals.ts';
import { type Invocation, invocations } from '../dynamic/policy.ts';
import { type AdmissionPlugin, type AdmissionRequest, refuse } from '../types.ts';

const PLURALS = { policies: 'mutatingadmissionpolicies', bindings: 'mutatingadmissionpolicybindings' };

export const mutatingAdmissionPolicy: AdmissionPlugin = {
  name: 'MutatingAdmissionPolicy',
  isDynamic: true,
  mutate(request, cluster) {
    let { object } = request;
    if (isExempt(request) || request.subresource === 'status') return object;
    const names = new Set<string>();
    for (const { policy } of invocations<MutatingAdmissionPolicy>(PLURALS, request, cluster)) if (!request.isReinvocation || policy.spec.reinvocationPolicy === 'IfNeeded') names.add(policy.metadata.name);
    // Each policy sees what the one before it has made.
    for (const name of names) {
      for (const asked of invocations<MutatingAdmissionPolicy>(PLURALS, { ...request, object }, cluster)) if (asked.policy.metadata.name === name) object = changed(object, asked, request);
    }
    return object;
  },
};

function changed(object: KubeObject, asked: Invocation<MutatingAdmissionPolicy>, request: AdmissionRequest): KubeObject {
  const { policy, binding, broken } = asked;
  const isFatal = policy.spec.failurePolicy !== 'Ignore';
  const fail = (why: string) => {
    if (!isFatal) return object;
    const { status } = refuse(request, `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${why}`);
    throw failure(422, 'Invalid', status.message ?? '', { ...status.details, causes: [{ reason: '', message: why }] });
  };
  if (broken !== undefined) return fail(broken);
  let result = object;
  for (const mutation of policy.spec.mutations ?? []) {
    const next = mutated(result, mutation, asked, request);
    if (typeof next === 'string') return fail(next);
    result = next;
  }
  return result;
}

function mutated(object: KubeObject, { patchType, applyConfiguration, jsonPatch: operations }: Mutation, { evaluate }: Invocation<MutatingAdmissionPolicy>, { kind }: AdmissionRequest): KubeObject | string {
  const expression = (patchType === 'JSONPatch' ? operations : applyConfiguration)?.expression ?? '';
  const { value, error } = evaluate(withPlainLiterals(expression), 'any');
  if (error !== undefined) return `expression '${expression}' resulted in error: ${error}`;
  const typeName = kind.type ?? typeOfKind(groupVersion(kind), kind.kind);
  try {
    const made = patchType === 'JSONPatch' ? jsonPatch(object, value) : typeName && !kind.schema ? strategicMergePatch(object, value, typeName) : jsonMergePatch(object, value);
    return made as KubeObject; // a patched object
  } catch (failed) {
    if (failed instanceof PatchError) return failed.message;
    throw failed;
  }
}
