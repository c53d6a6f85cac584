/** MutatingAdmissionWebhook and ValidatingAdmissionWebhook: admission by programs that answer over HTTPS. */
import { jsonPatch, PatchError } from '../../../api/patch.ts';
import type { KubeObject, Webhook, WebhookConfiguration } from '../../../api/types.ts';
import { equalJson } from '../../equal.ts';
import { internalError } from '../../errors.ts';
import { callWebhook, concernsWebhook } from '../dynamic/call.ts';
import { GROUP, isExempt } from '../dynamic/match.ts';
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from '../types.ts';

export const validatingAdmissionWebhook: AdmissionPlugin = {
  name: 'ValidatingAdmissionWebhook',
  validate: (request, cluster) => {
    for (const webhook of webhooksFor('validatingwebhookconfigurations', request, cluster)) callWebhook(webhook, request, cluster);
  },
};

export const mutatingAdmissionWebhook: AdmissionPlugin = {
  name: 'MutatingAdmissionWebhook',
  isDynamic: true,
  mutate(request, cluster) {
    let { object } = request;
    for (const webhook of webhooksFor('mutatingwebhookconfigurations', request, cluster)) {
      if (request.isReinvocation && webhook.reinvocationPolicy !== 'IfNeeded') continue;
      object = patchedBy(webhook, { ...request, object }, cluster);
    }
    return object;
  },
  /** Deletions and connections change nothing, but these webhooks may refuse them too. */
  validate(request, cluster) {
    if (request.operation !== 'DELETE' && request.operation !== 'CONNECT') return;
    for (const webhook of webhooksFor('mutatingwebhookconfigurations', request, cluster)) callWebhook(webhook, request, cluster);
  },
};

function* webhooksFor(plural: string, request: AdmissionRequest, cluster: AdmissionReader): Generator<Webhook> {
  if (isExempt(request)) return;
  for (const configuration of cluster.list(plural, GROUP) as readonly WebhookConfiguration[]) { // the plural says so
    for (const webhook of configuration.webhooks ?? []) if (concernsWebhook(webhook, request, cluster)) yield webhook;
  }
}

function patchedBy(webhook: Webhook, request: AdmissionRequest, cluster: AdmissionReader): KubeObject {
  const { object } = request;
  const patch = callWebhook(webhook, request, cluster)?.patch;
  if (patch === undefined) return object;
  try {
    const made = jsonPatch(object, patch) as KubeObject; // a patched object
    return equalJson(made, object) ? object : made;
  } catch (error) {
    if (error instanceof PatchError) throw internalError(error.message);
    throw error;
  }
}
