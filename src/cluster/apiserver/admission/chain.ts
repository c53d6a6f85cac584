/** The admission chain: which plugins run, in what order. */
import type { KubeObject } from '../../api/types.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './plugins/certificates.ts';
import { defaultIngressClass } from './plugins/default-ingress-class.ts';
import { defaultStorageClass } from './plugins/default-storage-class.ts';
import { defaultTolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { denyServiceExternalIPs } from './plugins/deny-service-external-ips.ts';
import { extendedResourceToleration } from './plugins/extended-resource-toleration.ts';
import { limitRanger } from './plugins/limit-ranger.ts';
import { mutatingAdmissionPolicy } from './plugins/mutating-admission-policy.ts';
import { namespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { nodeRestriction } from './plugins/node-restriction.ts';
import { persistentVolumeClaimResize } from './plugins/persistent-volume-claim-resize.ts';
import { podSecurity } from './plugins/pod-security.ts';
import { podTopologyLabels } from './plugins/pod-topology-labels.ts';
import { priority } from './plugins/priority.ts';
import { resourceQuota } from './plugins/resource-quota.ts';
import { runtimeClass } from './plugins/runtime-class.ts';
import { serviceAccount } from './plugins/service-account.ts';
import { alwaysPullImages } from './plugins/always-pull-images.ts';
import { storageObjectInUseProtection } from './plugins/storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './plugins/taint-nodes-by-condition.ts';
import { validatingAdmissionPolicy } from './plugins/validating-admission-policy.ts';
import { mutatingAdmissionWebhook, validatingAdmissionWebhook } from './plugins/webhooks.ts';
import type { AdmissionPlugin, AdmissionReader, AdmissionRequest } from './types.ts';

/** All plugins, in kube-apiserver's order; ResourceQuota counts last, when nothing else can refuse any more. */
const PLUGINS: readonly AdmissionPlugin[] = [
  alwaysPullImages, namespaceLifecycle, limitRanger, serviceAccount, nodeRestriction, taintNodesByCondition, podSecurity, priority,
  defaultTolerationSeconds, podTopologyLabels, extendedResourceToleration, storageObjectInUseProtection, persistentVolumeClaimResize, runtimeClass, certificateApproval, certificateSigning, certificateSubjectRestriction,
  defaultIngressClass, defaultStorageClass, mutatingAdmissionPolicy, mutatingAdmissionWebhook, validatingAdmissionPolicy, validatingAdmissionWebhook, resourceQuota, denyServiceExternalIPs,
];

const OFF_BY_DEFAULT = new Set(['AlwaysPullImages', 'DenyServiceExternalIPs', 'ExtendedResourceToleration', 'NodeRestriction']);

/** Names that Kubernetes knows, of plugins that do nothing in the model. */
const ELSEWHERE = new Set(['AlwaysAdmit', 'ClusterTrustBundleAttest', 'EventRateLimit', 'ImagePolicyWebhook', 'LimitPodHardAntiAffinityTopology', 'NamespaceAutoProvision', 'NamespaceExists', 'NodeDeclaredFeatureValidator', 'OwnerReferencesPermissionEnforcement', 'PodNodeSelector', 'PodTolerationRestriction']);

/** kube-apiserver's complaint about a plugin name in --enable- or --disable-admission-plugins, or undefined. */
export function validatePlugins(flag: 'enable-admission-plugins' | 'disable-admission-plugins', names: readonly string[]): string | undefined {
  const unknown = names.find((name) => !ELSEWHERE.has(name) && !PLUGINS.some((plugin) => plugin.name === name));
  return unknown === undefined ? undefined : `${flag} plugin ${JSON.stringify(unknown)} is unknown`;
}

/** The plugins that run: those on by default, plus and minus the given names. */
export function admissionPlugins({ enable = [], disable = [] }: { enable?: readonly string[]; disable?: readonly string[] } = {}): AdmissionPlugin[] {
  return PLUGINS.filter(({ name }) => enable.includes(name) || (!OFF_BY_DEFAULT.has(name) && !disable.includes(name)));
}

/** Mutating admission: the object after every plugin. Throws StatusError. */
export function mutate(request: AdmissionRequest, cluster: AdmissionReader, plugins: readonly AdmissionPlugin[]): KubeObject {
  const { object, isChanged } = mutatedOnce(request, cluster, plugins);
  // What webhooks and policies have changed the others see as well.
  return isChanged ? mutatedOnce({ ...request, object, isReinvocation: true }, cluster, plugins).object : object;
}

function mutatedOnce(request: AdmissionRequest, cluster: AdmissionReader, plugins: readonly AdmissionPlugin[]): { object: KubeObject; isChanged: boolean } {
  let now = request;
  let isChanged = false;
  for (const plugin of plugins) {
    asking(now, plugin);
    const object = plugin.mutate?.(now, cluster);
    if (!object || object === now.object) continue;
    now.annotate?.trace?.changed.push({ plugin: plugin.name, before: now.object, after: object });
    isChanged ||= plugin.isDynamic === true;
    now = { ...now, object };
  }
  asking(now, undefined);
  return { object: now.object, isChanged };
}

/** Whoever refuses is the one that was asked last. */
function asking({ annotate }: AdmissionRequest, plugin: AdmissionPlugin | undefined): void {
  if (annotate?.trace) annotate.trace.plugin = plugin?.name;
}

/** Validating admission: the warnings. Throws StatusError. */
export function validate(request: AdmissionRequest, cluster: AdmissionReader, plugins: readonly AdmissionPlugin[]): string[] {
  const warnings: string[] = [];
  for (const plugin of plugins) {
    asking(request, plugin);
    const more = plugin.validate?.(request, cluster);
    if (!more) continue;
    warnings.push(...more);
    for (const text of more) request.annotate?.trace?.warned.push({ plugin: plugin.name, text });
  }
  asking(request, undefined);
  return warnings;
}

/** Both steps in a row, for callers without validation of their own in between. Throws StatusError. */
export function admit(request: AdmissionRequest, cluster: AdmissionReader, plugins: readonly AdmissionPlugin[] = admissionPlugins()): { object: KubeObject; warnings: string[] } {
  const object = request.operation === 'DELETE' || request.operation === 'CONNECT' ? request.object : mutate(request, cluster, plugins);
  return { object, warnings: validate({ ...request, object }, cluster, plugins) };
}
