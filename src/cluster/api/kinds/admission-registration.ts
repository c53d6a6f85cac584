/** Admission by configuration: policies in CEL and their bindings, and webhooks. */
import { changed, mapped, withDefaults, withField } from '../defaulting.ts';
import type { Kind } from '../kind.ts';
import type { AdmissionRule, KubeObject, MatchResources, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Webhook, WebhookConfiguration } from '../types.ts';
import { bindingErrors, mutatingPolicyErrors, validatingBindingErrors, validatingPolicyErrors } from '../validation/admission-policy.ts';
import { webhookErrors } from '../validation/webhook.ts';
import { column, columnsBetween } from './columns.ts';

const of = (kind: string, plural: string) => ({ group: 'admissionregistration.k8s.io', version: 'v1', kind, plural, singular: kind.toLowerCase(), shortNames: [], categories: ['api-extensions'], namespaced: false, etcdPrefix: plural, hasGeneration: true });
const UNSET = '<unset>';
type AnyPolicy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;
type AnyBinding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding;
const paramKind = column<AnyPolicy>('ParamKind', ({ spec: { paramKind: kind } }) => (kind ? `${kind.apiVersion}/${kind.kind}` : UNSET));
const bindingColumns = columnsBetween<AnyBinding>(column('PolicyName', ({ spec }) => spec.policyName ?? UNSET), column('ParamRef', ({ spec }) => (spec.paramRef ? [spec.paramRef.namespace, spec.paramRef.name ?? ''].filter((part) => part !== undefined).join('/') : UNSET)));

export const validatingAdmissionPolicy: Kind<ValidatingAdmissionPolicy> = {
  ...of('ValidatingAdmissionPolicy', 'validatingadmissionpolicies'), hasStatus: true,
  defaults: policyWithDefaults,
  validate: ({ metadata, spec }) => validatingPolicyErrors(metadata.name, spec ?? {}),
  columns: columnsBetween<ValidatingAdmissionPolicy>(column('Validations', ({ spec }) => spec.validations?.length ?? 0), paramKind),
};

export const mutatingAdmissionPolicy: Kind<MutatingAdmissionPolicy> = {
  ...of('MutatingAdmissionPolicy', 'mutatingadmissionpolicies'),
  defaults: (object) => {
    const policy = policyWithDefaults(object);
    return policy.spec ? withField(policy, 'spec', withDefaults(policy.spec, { reinvocationPolicy: 'Never' })) : policy;
  },
  validate: ({ spec }) => mutatingPolicyErrors(spec ?? {}),
  columns: columnsBetween<MutatingAdmissionPolicy>(column('Mutations', ({ spec }) => spec.mutations?.length ?? 0), paramKind),
};

export const validatingAdmissionPolicyBinding: Kind<ValidatingAdmissionPolicyBinding> = {
  ...of('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings'), defaults: bindingWithDefaults, validate: ({ spec }) => validatingBindingErrors(spec ?? {}), columns: bindingColumns,
};

export const mutatingAdmissionPolicyBinding: Kind<MutatingAdmissionPolicyBinding> = {
  ...of('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings'), defaults: bindingWithDefaults, validate: ({ spec }) => bindingErrors(spec ?? {}), columns: bindingColumns,
};

const webhookColumns = columnsBetween<WebhookConfiguration>(column('Webhooks', ({ webhooks }) => webhooks?.length ?? 0));

export const validatingWebhookConfiguration: Kind<WebhookConfiguration> = {
  ...of('ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'), columns: webhookColumns,
  defaults: (object) => withField(object, 'webhooks', mapped(object.webhooks, webhookWithDefaults)), validate: ({ webhooks }) => webhookErrors(webhooks),
};

export const mutatingWebhookConfiguration: Kind<WebhookConfiguration> = {
  ...of('MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'), columns: webhookColumns,
  defaults: (object) => withField(object, 'webhooks', mapped(object.webhooks, (webhook) => withDefaults(webhookWithDefaults(webhook), { reinvocationPolicy: 'Never' }))), validate: ({ webhooks }) => webhookErrors(webhooks),
};

function policyWithDefaults<T extends AnyPolicy>(policy: T): T {
  if (!policy.spec) return policy;
  const spec = withDefaults<AnyPolicy['spec']>(policy.spec, { failurePolicy: 'Fail' });
  return { ...policy, spec: withField(spec, 'matchConstraints', changed(spec.matchConstraints, resourcesWithDefaults)) };
}

function bindingWithDefaults<T extends KubeObject & { spec: { matchResources?: MatchResources } }>(binding: T): T {
  return binding.spec?.matchResources ? { ...binding, spec: { ...binding.spec, matchResources: resourcesWithDefaults(binding.spec.matchResources) } } : binding;
}

function resourcesWithDefaults(resources: MatchResources): MatchResources {
  const whole = withDefaults<MatchResources>(resources, { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} });
  return withField(withField(whole, 'resourceRules', mapped(whole.resourceRules, ruleWithDefaults)), 'excludeResourceRules', mapped(whole.excludeResourceRules, ruleWithDefaults));
}

function ruleWithDefaults<T extends AdmissionRule>(rule: T): T {
  return withDefaults<AdmissionRule>(rule, { scope: '*' }) as T; // the same fields, and one more
}

function webhookWithDefaults(webhook: Webhook): Webhook {
  const whole = withDefaults<Webhook>(webhook, { failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10 });
  const clientConfig = changed(whole.clientConfig, (config) => withField(config, 'service', changed(config.service, (service) => withDefaults(service, { port: 443 }))));
  return withField(withField(whole, 'clientConfig', clientConfig!), 'rules', mapped(whole.rules, ruleWithDefaults));
}
