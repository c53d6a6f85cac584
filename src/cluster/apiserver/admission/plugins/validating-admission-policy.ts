/** ValidatingAdmissionPolicy: rules in CEL that a binding puts into force (apiserver: admission/plugin/policy/validating). */
import type { ValidatingAdmissionPolicy } from '../../../api/types.ts';
import { StatusError } from '../../errors.ts';
import { isExempt } from '../dynamic/match.ts';
import { type Invocation, invocations } from '../dynamic/policy.ts';
import { type AdmissionPlugin, type AdmissionRequest, refuse } from '../types.ts';

const PLURALS = { policies: 'validatingadmissionpolicies', bindings: 'validatingadmissionpolicybindings' };
const CODES: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413, Invalid: 422 };
const MESSAGE_BYTES_MAX = 5 * 1024; // celconfig: MaxEvaluatedMessageExpressionSizeBytes
const FAILURE_KEY = 'validation.policy.admission.k8s.io/validation_failure';

interface Complaint { message: string; reason?: string; index?: number }

export const validatingAdmissionPolicy: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicy',
  validate(request, cluster) {
    if (isExempt(request)) return;
    const warnings: string[] = [];
    const failures: object[] = [];
    let refusal: StatusError | undefined;
    for (const asked of invocations<ValidatingAdmissionPolicy>(PLURALS, request, cluster)) {
      const { policy: { metadata: { name: policy } }, binding: { metadata: { name: binding }, spec: { validationActions = [] } } } = asked;
      for (const { message, reason, index } of complaints(asked)) {
        if (validationActions.includes('Deny') || asked.broken !== undefined) refusal ??= denial(request, `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${message}`, reason);
        if (validationActions.includes('Warn')) warnings.push(`Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${message}`);
        if (validationActions.includes('Audit')) failures.push({ message, policy, binding, expressionIndex: index ?? 0, validationActions });
      }
      if (asked.broken === undefined) annotate(asked, request);
    }
    if (failures.length > 0) request.annotate?.(FAILURE_KEY, JSON.stringify(failures));
    if (refusal) throw refusal;
    return warnings;
  },
};

function complaints({ policy: { spec }, broken, evaluate }: Invocation<ValidatingAdmissionPolicy>): Complaint[] {
  const isFatal = spec.failurePolicy !== 'Ignore';
  if (broken !== undefined) return isFatal ? [{ message: broken }] : [];
  return (spec.validations ?? []).flatMap(({ expression, message, messageExpression, reason }, index): Complaint[] => {
    const { value, error } = evaluate(expression, 'bool');
    if (error !== undefined) return isFatal ? [{ message: `expression '${expression}' resulted in error: ${error}`, index }] : [];
    if (value === true) return [];
    const computed = messageExpression ? evaluate(messageExpression, 'string').value : undefined;
    const isUsable = typeof computed === 'string' && computed.trim() !== '' && !computed.trim().includes('\n') && computed.length <= MESSAGE_BYTES_MAX;
    return [{ message: isUsable ? computed.trim() : message?.trim() || `failed expression: ${expression.trim()}`, reason, index }];
  });
}

function annotate({ policy, evaluate }: Invocation<ValidatingAdmissionPolicy>, request: AdmissionRequest): void {
  for (const { key, valueExpression } of policy.spec.auditAnnotations ?? []) {
    const { value } = evaluate(valueExpression, 'string or null');
    if (typeof value === 'string' && value.trim()) request.annotate?.(`${policy.metadata.name}/${key}`, value.trim());
  }
}

/** Forbidden by its text, and by its code what the validation says. */
function denial(request: AdmissionRequest, message: string, reason = 'Invalid'): StatusError {
  const { status } = refuse(request, message);
  return new StatusError({ ...status, reason, code: CODES[reason] ?? 422, details: { ...status.details, causes: [{ reason: '', message }] } });
}
