/** All controllers of kube-controller-manager: the names that `--controllers` knows, the ServiceAccount each acts as. */
import { admissionPolicyStatusController } from './admission-policy-status.ts';
import type { KeyPair } from '../pki/certificate.ts';
import type { Controller } from './controller.ts';
import { bootstrapSigner, tokenCleaner } from './bootstrap-tokens.ts';
import { approvingController } from './certificates/approving.ts';
import { cleaningController } from './certificates/cleaning.ts';
import { signingController } from './certificates/signing.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';
import { cronJobController } from './cron-job/cron-job.ts';
import { daemonSetController } from './daemon-set/daemon-set.ts';
import { deploymentController } from './deployment/deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceController } from './endpoints/endpoint-slice.ts';
import { endpointsController } from './endpoints/endpoints.ts';
import { endpointSliceMirroringController } from './endpoints/mirroring.ts';
import { garbageCollector } from './garbage-collector.ts';
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler/horizontal-pod-autoscaler.ts';
import { jobController } from './job/job.ts';
import { namespaceController } from './namespace.ts';
import { rootCaPublisher, serviceAccountController } from './namespace-defaults.ts';
import { nodeIpamController, nodeTtlController } from './node-attributes.ts';
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle.ts';
import { podGcController } from './pod-gc.ts';
import { replicaSetController, replicationController } from './replica-set.ts';
import { serviceAccountTokenController } from './service-account-tokens.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { statefulSetController } from './stateful-set/stateful-set.ts';
import { resourceClaimController } from './resource-claim.ts';
import { attachDetachController } from './storage/attach-detach.ts';
import { ephemeralVolumeController } from './storage/ephemeral-volume.ts';
import { expandController } from './storage/expansion.ts';
import { persistentVolumeBinder } from './storage/persistent-volume-binder.ts';
import { attributesProtection, claimProtection, volumeProtection } from './storage/protection.ts';
import { legacyTokenCleaner } from './legacy-token-cleaner.ts';
import { taintEvictionController } from './taint-eviction.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.ts';

/** What flags of the manager give to its controllers. */
export interface ControllerFlags {
  /** The text of `--root-ca-file`. */
  rootCa?: string;
  /** The text of `--service-account-private-key-file`. */
  serviceAccountKey?: string;
  /** `--cluster-signing-cert-file` and `--cluster-signing-key-file`. */
  signingAuthority?: KeyPair;
  /** `--cluster-cidr` when `--allocate-node-cidrs` is on. */
  clusterCidr?: string;
}

/** `account`: empty for what acts as the manager itself. */
interface Entry { name: string; account: string; create: (flags: ControllerFlags) => Controller | undefined }

const entry = (name: string, account: string, controller: Controller): Entry => ({ name, account, create: () => controller });

export const CONTROLLERS: readonly Entry[] = [
  entry('serviceaccount-controller', 'service-account-controller', serviceAccountController),
  { name: 'serviceaccount-token-controller', account: '', create: ({ serviceAccountKey, rootCa }) => (serviceAccountKey === undefined ? undefined : serviceAccountTokenController(serviceAccountKey, rootCa)) },
  { name: 'root-ca-certificate-publisher-controller', account: 'root-ca-cert-publisher', create: ({ rootCa }) => (rootCa === undefined ? undefined : rootCaPublisher(rootCa)) },
  entry('namespace-controller', 'namespace-controller', namespaceController),
  entry('deployment-controller', 'deployment-controller', deploymentController),
  entry('replicaset-controller', 'replicaset-controller', replicaSetController),
  entry('replicationcontroller-controller', 'replication-controller', replicationController),
  entry('daemonset-controller', 'daemon-set-controller', daemonSetController),
  entry('statefulset-controller', 'statefulset-controller', statefulSetController),
  entry('job-controller', 'job-controller', jobController),
  entry('cronjob-controller', 'cronjob-controller', cronJobController),
  entry('ttl-after-finished-controller', 'ttl-after-finished-controller', ttlAfterFinishedController),
  entry('disruption-controller', 'disruption-controller', disruptionController),
  entry('horizontal-pod-autoscaler-controller', 'horizontal-pod-autoscaler', horizontalPodAutoscalerController),
  entry('resourcequota-controller', 'resourcequota-controller', resourceQuotaController),
  entry('certificatesigningrequest-approving-controller', 'certificate-controller', approvingController),
  { name: 'certificatesigningrequest-signing-controller', account: 'certificate-controller', create: ({ signingAuthority }) => signingAuthority && signingController(signingAuthority) },
  entry('certificatesigningrequest-cleaner-controller', 'certificate-controller', cleaningController),
  entry('endpointslice-controller', 'endpointslice-controller', endpointSliceController),
  entry('endpoints-controller', 'endpoint-controller', endpointsController),
  entry('endpointslice-mirroring-controller', 'endpointslicemirroring-controller', endpointSliceMirroringController),
  entry('node-lifecycle-controller', 'node-controller', nodeLifecycleController),
  entry('taint-eviction-controller', 'node-controller', taintEvictionController),
  entry('pod-garbage-collector-controller', 'pod-garbage-collector', podGcController),
  entry('ttl-controller', 'ttl-controller', nodeTtlController),
  { name: 'node-ipam-controller', account: 'node-controller', create: ({ clusterCidr }) => (clusterCidr === undefined ? undefined : nodeIpamController(clusterCidr)) },
  entry('clusterrole-aggregation-controller', 'clusterrole-aggregation-controller', clusterRoleAggregationController),
  entry('persistentvolume-binder-controller', 'persistent-volume-binder', persistentVolumeBinder),
  entry('persistentvolume-attach-detach-controller', 'attachdetach-controller', attachDetachController),
  entry('persistentvolume-expander-controller', 'expand-controller', expandController),
  entry('persistentvolumeclaim-protection-controller', 'pvc-protection-controller', claimProtection),
  entry('persistentvolume-protection-controller', 'pv-protection-controller', volumeProtection),
  entry('volumeattributesclass-protection-controller', 'volumeattributesclass-protection-controller', attributesProtection),
  entry('ephemeral-volume-controller', 'ephemeral-volume-controller', ephemeralVolumeController),
  entry('resourceclaim-controller', 'resource-claim-controller', resourceClaimController),
  entry('validatingadmissionpolicy-status-controller', 'validatingadmissionpolicy-status-controller', admissionPolicyStatusController),
  entry('legacy-serviceaccount-token-cleaner-controller', 'legacy-service-account-token-cleaner', legacyTokenCleaner),
  entry('bootstrap-signer-controller', 'bootstrap-signer', bootstrapSigner),
  entry('token-cleaner-controller', 'token-cleaner', tokenCleaner),
  // Last, so that its informers' handlers run after those of the kinds' own controllers.
  entry('garbage-collector-controller', 'generic-garbage-collector', garbageCollector),
];

/** Controllers that `*` does not mean. */
export const OFF_BY_DEFAULT: readonly string[] = ['bootstrap-signer-controller', 'token-cleaner-controller'];

/** Names that `--controllers` knows as well (cmd/kube-controller-manager/names). */
export const ALIASES: Readonly<Record<string, string>> = {
  'validatingadmissionpolicy-status': 'validatingadmissionpolicy-status-controller', 'legacy-service-account-token-cleaner': 'legacy-serviceaccount-token-cleaner-controller', bootstrapsigner: 'bootstrap-signer-controller', tokencleaner: 'token-cleaner-controller',
  serviceaccount: 'serviceaccount-controller', 'serviceaccount-token': 'serviceaccount-token-controller', 'root-ca-cert-publisher': 'root-ca-certificate-publisher-controller', namespace: 'namespace-controller', garbagecollector: 'garbage-collector-controller',
  deployment: 'deployment-controller', replicaset: 'replicaset-controller', replicationcontroller: 'replicationcontroller-controller', daemonset: 'daemonset-controller', statefulset: 'statefulset-controller',
  endpointslice: 'endpointslice-controller', endpoint: 'endpoints-controller', endpointslicemirroring: 'endpointslice-mirroring-controller', nodelifecycle: 'node-lifecycle-controller', podgc: 'pod-garbage-collector-controller',
  ttl: 'ttl-controller', 'persistentvolume-binder': 'persistentvolume-binder-controller', 'persistentvolume-expander': 'persistentvolume-expander-controller', 'pvc-protection': 'persistentvolumeclaim-protection-controller',
  'pv-protection': 'persistentvolume-protection-controller', 'ephemeral-volume': 'ephemeral-volume-controller', attachdetach: 'persistentvolume-attach-detach-controller', 'resource-claim-controller': 'resourceclaim-controller', nodeipam: 'node-ipam-controller', 'clusterrole-aggregation': 'clusterrole-aggregation-controller', disruption: 'disruption-controller', resourcequota: 'resourcequota-controller', csrapproving: 'certificatesigningrequest-approving-controller', csrsigning: 'certificatesigningrequest-signing-controller', csrcleaner: 'certificatesigningrequest-cleaner-controller', job: 'job-controller', cronjob: 'cronjob-controller', 'ttl-after-finished': 'ttl-after-finished-controller',
};
