/** What may stand in admission policies and their bindings (pkg/apis/admissionregistration/validation). */
import { compileFor, CONDITION_SCOPE, policyScope } from '../admission-cel.ts';
import type { CelScope } from '../cel.ts';
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { labelKeyErrors } from '../names.ts';
import type { AdmissionRule, MatchCondition, MatchResources, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../types.ts';
import { distinctNames, invalidEach, labelSelector, named, oneOf, oneOfOrNone, present } from './common.ts';

type ValidatingSpec = Partial<ValidatingAdmissionPolicy['spec']>;
type MutatingSpec = Partial<MutatingAdmissionPolicy['spec']>;
type Binding = Partial<MutatingAdmissionPolicyBinding['spec']>;
type Wanted = Parameters<typeof compileFor>[2];

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];

/** A ValidatingAdmissionPolicy's spec. */
export function validatingPolicyErrors(name: string, spec: ValidatingSpec): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  const { errors, scope } = commonErrors(spec);
  const isEmpty = validations.length === 0 && auditAnnotations.length === 0;
  return [
    ...errors,
    ...(isEmpty ? ['validations', 'auditAnnotations'].map((field) => required(`spec.${field}`, 'validations or auditAnnotations must be set')) : []),
    ...validations.flatMap((validation, index) => validationErrors(`spec.validations[${index}]`, validation, scope)),
    ...auditAnnotations.flatMap(({ key, valueExpression }, index) => {
      const field = `spec.auditAnnotations[${index}]`;
      const isTwice = auditAnnotations.findIndex((other) => other.key === key) < index;
      return [...(key ? invalidEach(`${field}.key`, key, labelKeyErrors(`${name}/${key}`)) : [required(`${field}.key`)]), ...(isTwice ? [duplicate(`${field}.key`, key)] : []), ...expressionErrors(`${field}.valueExpression`, valueExpression, scope, 'string or null', 'valueExpression is not specified')];
    }),
  ];
}

/** A MutatingAdmissionPolicy's spec. */
export function mutatingPolicyErrors(spec: MutatingSpec): FieldError[] {
  const { mutations = [], reinvocationPolicy } = spec;
  const { errors } = commonErrors(spec);
  return [
    ...errors,
    ...(mutations.length === 0 ? [required('spec.mutations', 'mutations must contain at least one item')] : []),
    ...mutations.flatMap(({ patchType, applyConfiguration, jsonPatch }, index) => {
      const field = `spec.mutations[${index}]`;
      const own = patchType === 'JSONPatch' ? ['jsonPatch', jsonPatch] as const : ['applyConfiguration', applyConfiguration] as const;
      return [...oneOf(`${field}.patchType`, patchType, ['ApplyConfiguration', 'JSONPatch']), ...(patchType && !own[1] ? [required(`${field}.${own[0]}`, `must be specified when patchType is ${patchType}`)] : []), ...(own[1] ? present(`${field}.${own[0]}.expression`, own[1].expression) : [])];
    }),
    ...oneOf('spec.reinvocationPolicy', reinvocationPolicy, ['IfNeeded', 'Never']),
  ];
}

/** A ValidatingAdmissionPolicyBinding's spec. */
export function validatingBindingErrors(spec: Partial<ValidatingAdmissionPolicyBinding['spec']>): FieldError[] {
  const { validationActions = [] } = spec;
  const field = 'spec.validationActions';
  const both = validationActions.includes('Deny') && validationActions.includes('Warn');
  return [
    ...bindingErrors(spec),
    ...(validationActions.length === 0 ? [required(field)] : []),
    ...validationActions.flatMap((action, index) => [
      ...(['Audit', 'Deny', 'Warn'].includes(action) ? [] : [notSupported(`${field}[${index}]`, action, ['Audit', 'Deny', 'Warn'])]),
      ...(validationActions.indexOf(action) < index ? [duplicate(`${field}[${index}]`, action)] : []),
    ]),
    ...(both ? [invalid(field, validationActions, 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)')] : []),
  ];
}

/** What both kinds of binding have. */
export function bindingErrors({ policyName, paramRef, matchResources }: Binding): FieldError[] {
  const errors = [...present('spec.policyName', policyName), ...(matchResources ? resourcesErrors('spec.matchResources', matchResources, false) : [])];
  if (!paramRef) return errors;
  const { name, selector, parameterNotFoundAction } = paramRef;
  if (!name && !selector) errors.push(required('spec.paramRef', 'one of name or selector must be specified'));
  if (name && selector) errors.push(forbidden('spec.paramRef.name', 'name and selector are mutually exclusive'));
  return [...errors, ...oneOf('spec.paramRef.parameterNotFoundAction', parameterNotFoundAction, ['Deny', 'Allow'])];
}

/** The conditions of a policy or webhook. */
export function conditionErrors(field: string, conditions: readonly MatchCondition[], scope: CelScope = CONDITION_SCOPE): FieldError[] {
  return [
    ...conditions.flatMap(({ name, expression }, index) => [...named(`${field}[${index}].name`, name, labelKeyErrors), ...expressionErrors(`${field}[${index}].expression`, expression, scope, 'bool')]),
    ...distinctNames(field, conditions),
  ];
}

/** One rule of a policy or webhook. */
export function ruleErrors(field: string, { operations = [], apiGroups = [], apiVersions = [], resources = [], scope }: AdmissionRule): FieldError[] {
  const lists: [string, readonly string[], string][] = [['operations', operations, 'operations'], ['apiGroups', apiGroups, 'API groups'], ['apiVersions', apiVersions, 'API versions'], ['resources', resources, 'resources']];
  return [
    ...lists.flatMap(([name, list, words]) => [
      ...(list.length === 0 ? [required(`${field}.${name}`)] : []),
      ...(name !== 'resources' && list.length > 1 && list.includes('*') ? [invalid(`${field}.${name}`, list, `if '*' is present, must not specify other ${words}`)] : []),
    ]),
    ...operations.flatMap((operation, index) => (OPERATIONS.includes(operation) ? [] : [notSupported(`${field}.operations[${index}]`, operation, OPERATIONS)])),
    ...oneOfOrNone(`${field}.scope`, scope, ['*', 'Cluster', 'Namespaced']),
  ];
}

function commonErrors({ failurePolicy, paramKind, matchConstraints, matchConditions = [], variables = [] }: ValidatingSpec): { errors: FieldError[]; scope: CelScope } {
  const bad: FieldError[] = [];
  const scope = policyScope(variables, paramKind !== undefined, (index, problem) => bad.push(invalid(`spec.variables[${index}].expression`, variables[index]!.expression, problem)));
  const { variables: _later, namespaceObject: _namespace, ...conditionScope } = scope;
  const errors = [
    ...oneOf('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore']),
    ...(paramKind ? [...present('spec.paramKind.apiVersion', paramKind.apiVersion), ...present('spec.paramKind.kind', paramKind.kind)] : []),
    ...(matchConstraints ? resourcesErrors('spec.matchConstraints', matchConstraints, true) : [required('spec.matchConstraints')]),
    ...conditionErrors('spec.matchConditions', matchConditions, conditionScope),
    ...variables.flatMap(({ name, expression }, index) => [...(/^[A-Za-z_]\w*$/.test(name ?? '') ? [] : [name ? invalid(`spec.variables[${index}].name`, name, 'name is not a valid CEL identifier') : required(`spec.variables[${index}].name`, 'name is not specified')]), ...(expression?.trim() ? [] : [required(`spec.variables[${index}].expression`, 'expression is not specified')])]),
    ...bad,
  ];
  return { errors, scope };
}

function resourcesErrors(field: string, { resourceRules = [], excludeResourceRules = [], namespaceSelector, objectSelector, matchPolicy }: MatchResources, isNeeded: boolean): FieldError[] {
  return [
    ...oneOf(`${field}.matchPolicy`, matchPolicy, ['Equivalent', 'Exact']),
    ...labelSelector(`${field}.namespaceSelector`, namespaceSelector), ...labelSelector(`${field}.objectSelector`, objectSelector),
    ...resourceRules.flatMap((rule, index) => ruleErrors(`${field}.resourceRules[${index}]`, rule)),
    ...excludeResourceRules.flatMap((rule, index) => ruleErrors(`${field}.excludeResourceRules[${index}]`, rule)),
    ...(isNeeded && resourceRules.length === 0 ? [required(`${field}.resourceRules`)] : []),
  ];
}

function validationErrors(field: string, { expression, message, messageExpression, reason }: NonNullable<ValidatingSpec['validations']>[number], scope: CelScope): FieldError[] {
  const own: FieldError[] = [];
  if (message !== undefined && message.trim() === '') own.push(invalid(`${field}.message`, message, 'message must be non-empty if specified'));
  else if (message?.includes('\n')) own.push(invalid(`${field}.message`, message, 'message must not contain line breaks'));
  else if (!message && expression?.trim().includes('\n')) own.push(required(`${field}.message`, 'message must be specified if expression contains line breaks'));
  return [
    ...expressionErrors(`${field}.expression`, expression, scope, 'bool', 'expression is not specified'),
    ...(messageExpression === undefined ? [] : messageExpression.trim() ? expressionErrors(`${field}.messageExpression`, messageExpression, scope, 'string') : [invalid(`${field}.messageExpression`, messageExpression, 'messageExpression must be non-empty if specified')]),
    ...own,
    ...oneOfOrNone(`${field}.reason`, reason, REASONS),
  ];
}

function expressionErrors(field: string, expression: string | undefined, scope: CelScope, wanted: Wanted, missing = ''): FieldError[] {
  if (!expression?.trim()) return [required(field, missing)];
  const program = compileFor(expression, scope, wanted);
  return 'problem' in program ? [invalid(field, expression, program.problem)] : [];
}
