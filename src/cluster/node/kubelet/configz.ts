/** What /configz shows: the configuration in force, as a KubeletConfiguration has it; fields that the model does not have are left out. */
import { formatGoDuration } from '../../api/duration.ts';
import type { KubeletConfiguration } from './configuration.ts';

/** The configuration under the names and in the order of KubeletConfiguration v1beta1. */
export function configz(of: KubeletConfiguration): object {
  const [systemReserved, kubeReserved] = of.reserved;
  return {
    enableServer: true, staticPodPath: of.staticPodPath, address: '0.0.0.0', port: 10250, readOnlyPort: of.readOnlyPort || undefined, tlsCertFile: of.tlsCertFile, tlsPrivateKeyFile: of.tlsPrivateKeyFile,
    rotateCertificates: of.rotateCertificates, serverTLSBootstrap: of.serverTLSBootstrap || undefined,
    authentication: { x509: { clientCAFile: of.clientCAFile }, webhook: { enabled: of.webhookAuth, cacheTTL: '2m0s' }, anonymous: { enabled: of.anonymousAuth } },
    authorization: { mode: of.authorizationMode, webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
    healthzPort: 10248, healthzBindAddress: '127.0.0.1', clusterDomain: of.clusterDomain, clusterDNS: of.clusterDNS,
    nodeStatusUpdateFrequency: formatGoDuration(of.nodeStatusUpdateFrequencyMs), nodeStatusReportFrequency: '5m0s', nodeLeaseDurationSeconds: 40,
    imageMinimumGCAge: formatGoDuration(of.imageMinimumGCAgeMs), imageGCHighThresholdPercent: of.imageGCHighThresholdPercent, imageGCLowThresholdPercent: of.imageGCLowThresholdPercent,
    cgroupDriver: of.cgroupDriver, maxPods: of.maxPods ?? 110, serializeImagePulls: of.parallelImagePulls === 1, maxParallelImagePulls: of.parallelImagePulls > 1 && Number.isFinite(of.parallelImagePulls) ? of.parallelImagePulls : undefined,
    evictionHard: of.evictionHard, evictionSoft: some(of.evictionSoft), evictionSoftGracePeriod: some(of.evictionSoftGracePeriod), evictionPressureTransitionPeriod: formatGoDuration(of.evictionPressureTransitionPeriodMs),
    evictionMaxPodGracePeriod: of.evictionMaxPodGracePeriod || undefined, evictionMinimumReclaim: some(of.evictionMinimumReclaim), containerLogMaxSize: `${of.containerLogMaxBytes / 1024 / 1024}Mi`, containerLogMaxFiles: of.containerLogMaxFiles,
    systemReserved: some(systemReserved), kubeReserved: some(kubeReserved),
    shutdownGracePeriod: formatGoDuration(of.shutdownGracePeriodMs), shutdownGracePeriodCriticalPods: formatGoDuration(of.shutdownGracePeriodCriticalPodsMs),
    crashLoopBackOff: {}, containerRuntimeEndpoint: of.containerRuntimeEndpoint,
  };
}

function some(map: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined {
  return map && Object.keys(map).length > 0 ? map : undefined;
}
