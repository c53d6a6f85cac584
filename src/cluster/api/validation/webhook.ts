/** What may stand in webhook configurations (pkg/apis/admissionregistration/validation). */
import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { dnsSubdomainErrors } from '../names.ts';
import type { Webhook } from '../types.ts';
import { conditionErrors, ruleErrors } from './admission-policy.ts';
import { inRange, invalidEach, labelSelector, oneOf, oneOfOrNone, present } from './common.ts';

/** The webhooks of a configuration. */
export function webhookErrors(webhooks: readonly Webhook[] = []): FieldError[] {
  return webhooks.flatMap((webhook, index) => {
    const isTwice = webhooks.findIndex(({ name }) => name === webhook.name) < index;
    return [...errorsOf(`webhooks[${index}]`, webhook), ...(isTwice ? [duplicate(`webhooks[${index}].name`, webhook.name)] : [])];
  });
}

function errorsOf(field: string, webhook: Webhook): FieldError[] {
  const { name, admissionReviewVersions = [], rules = [], failurePolicy, matchPolicy, sideEffects, timeoutSeconds = 10, matchConditions = [], reinvocationPolicy } = webhook;
  const nameErrors = name ? dnsSubdomainErrors(name) : [];
  return [
    ...(name ? [...invalidEach(`${field}.name`, name, nameErrors), ...(nameErrors.length === 0 && name.split('.').length < 3 ? [invalid(`${field}.name`, name, 'should be a domain with at least three segments separated by dots')] : [])] : [required(`${field}.name`)]),
    ...labelSelector(`${field}.namespaceSelector`, webhook.namespaceSelector), ...labelSelector(`${field}.objectSelector`, webhook.objectSelector),
    ...rules.flatMap((rule, index) => ruleErrors(`${field}.rules[${index}]`, rule)),
    ...oneOf(`${field}.failurePolicy`, failurePolicy, ['Fail', 'Ignore']),
    ...oneOf(`${field}.matchPolicy`, matchPolicy, ['Equivalent', 'Exact']),
    ...(sideEffects ? (['None', 'NoneOnDryRun'].includes(sideEffects) ? [] : [notSupported(`${field}.sideEffects`, sideEffects, ['None', 'NoneOnDryRun'])]) : [required(`${field}.sideEffects`, 'must specify one of None, NoneOnDryRun')]),
    ...(inRange('', timeoutSeconds, 1, 30).length > 0 ? [invalid(`${field}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds')] : []),
    ...oneOfOrNone(`${field}.reinvocationPolicy`, reinvocationPolicy, ['IfNeeded', 'Never']),
    ...clientErrors(`${field}.clientConfig`, webhook.clientConfig ?? {}),
    ...versionErrors(`${field}.admissionReviewVersions`, admissionReviewVersions),
    ...conditionErrors(`${field}.matchConditions`, matchConditions),
  ];
}

function versionErrors(field: string, versions: readonly string[]): FieldError[] {
  if (versions.length === 0) return [required(field, 'must specify one of v1, v1beta1')];
  return versions.some((version) => version === 'v1' || version === 'v1beta1') ? [] : [invalid(field, versions, 'must include at least one of v1, v1beta1')];
}

function clientErrors(field: string, { url, service }: Webhook['clientConfig']): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(field, 'exactly one of url or service is required')];
  if (service) return [...present(`${field}.service.name`, service.name), ...present(`${field}.service.namespace`, service.namespace), ...(inRange('', service.port, 1, 65535).length > 0 ? [invalid(`${field}.service.port`, service.port, 'port is not valid: must be between 1 and 65535, inclusive')] : [])];
  const scheme = /^(\w+):\/\//.exec(url ?? '')?.[1];
  if (scheme !== 'https') return [invalid(`${field}.url`, scheme ?? '', "'https' is the only allowed URL scheme; desired format: https://host[/path]")];
  return /[?#]/.test(url!) ? [invalid(`${field}.url`, new URL(url!).search, 'query parameters are not permitted in the URL; desired format: https://host[/path]')] : [];
}
