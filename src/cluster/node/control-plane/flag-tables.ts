/** The command-line flags of the control plane's programs, as Kubernetes 1.36 and etcd 3.6 know them. */
import type { FlagKind, FlagTable } from './flags.ts';

const of = (kind: FlagKind, names: string): FlagTable => Object.fromEntries(names.split(/\s+/).filter(Boolean).map((name) => [name, kind]));

/** component-base: logging and the like, of every Kubernetes program. */
const BASE: FlagTable = {
  ...of('int', 'v'), ...of('bool', 'help version log-json-split-stream log-text-split-stream'), ...of('duration', 'log-flush-frequency'),
  ...of('string', 'logging-format vmodule log-json-info-buffer-size log-text-info-buffer-size emulated-version emulation-forward-compatible min-compatibility-version show-hidden-metrics-for-version allow-metric-labels-manifest'), ...of('list', 'feature-gates allow-metric-labels disabled-metrics'),
};

/** Serving over TLS. */
const SERVING: FlagTable = {
  ...of('ip', 'bind-address'), ...of('string', 'cert-dir tls-cert-file tls-private-key-file tls-min-version tls-sni-cert-key'), ...of('list', 'tls-cipher-suites tls-curve-preferences'),
  ...of('int', 'secure-port http2-max-streams-per-connection'), ...of('bool', 'permit-port-sharing permit-address-sharing disable-http2-serving'),
};

/** Knowing who calls. */
const CALLERS: FlagTable = {
  ...of('string', 'client-ca-file requestheader-client-ca-file'), ...of('list', 'requestheader-allowed-names requestheader-extra-headers-prefix requestheader-group-headers requestheader-username-headers requestheader-uid-headers'),
};

/** Asking the API server who calls. */
const DELEGATING: FlagTable = {
  ...CALLERS, ...of('string', 'authentication-kubeconfig authorization-kubeconfig'), ...of('bool', 'authentication-skip-lookup authentication-tolerate-lookup-failure'),
  ...of('duration', 'authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl'), ...of('list', 'authorization-always-allow-paths'),
};

/** A client of the API server of which one leads. */
const LEADING: FlagTable = {
  ...of('string', 'kubeconfig master kube-api-content-type kube-api-qps leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace'), ...of('int', 'kube-api-burst'),
  ...of('bool', 'leader-elect profiling contention-profiling'), ...of('duration', 'leader-elect-lease-duration leader-elect-renew-deadline leader-elect-retry-period'),
};

const KUBE_APISERVER: FlagTable = {
  ...BASE, ...SERVING, ...CALLERS,
  ...of('ip', 'advertise-address'),
  ...of('string', `external-hostname cloud-provider cloud-config storage-backend storage-media-type etcd-prefix etcd-cafile etcd-certfile etcd-keyfile encryption-provider-config
    authorization-config authorization-policy-file authorization-webhook-config-file authorization-webhook-version authentication-config authentication-token-webhook-config-file authentication-token-webhook-version token-auth-file
    oidc-issuer-url oidc-client-id oidc-ca-file oidc-username-claim oidc-username-prefix oidc-groups-claim oidc-groups-prefix oidc-required-claim
    service-account-jwks-uri service-account-signing-key-file service-account-signing-endpoint service-cluster-ip-range service-node-port-range
    audit-policy-file audit-log-path audit-log-format audit-log-mode audit-log-version audit-webhook-config-file audit-webhook-mode audit-webhook-version audit-log-batch-throttle-qps audit-webhook-batch-throttle-qps admission-control-config-file egress-selector-config-file tracing-config-file
    kubelet-certificate-authority kubelet-client-certificate kubelet-client-key proxy-client-cert-file proxy-client-key-file peer-ca-file peer-advertise-ip peer-advertise-port endpoint-reconciler-type debug-socket-path goaway-chance coordinated-leadership-lease-duration`),
  ...of('list', `authorization-mode enable-admission-plugins disable-admission-plugins admission-control etcd-servers etcd-servers-overrides kubelet-preferred-address-types api-audiences service-account-issuer service-account-key-file runtime-config
    cors-allowed-origins watch-cache-sizes oidc-signing-algs strict-transport-security-directives`),
  ...of('bool', `allow-privileged anonymous-auth enable-bootstrap-token-auth encryption-provider-config-automatic-reload service-account-lookup service-account-extend-token-expiration enable-aggregator-routing enable-garbage-collector enable-priority-and-fairness
    audit-log-compress audit-log-truncate-enabled audit-webhook-truncate-enabled audit-log-batch-throttle-enable profiling contention-profiling aggregator-reject-forwarding-redirects shutdown-send-retry-after watch-cache`),
  ...of('int', `audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-batch-buffer-size audit-log-batch-max-size audit-webhook-batch-buffer-size max-requests-inflight max-mutating-requests-inflight min-request-timeout default-watch-cache-size
    delete-collection-workers max-connection-bytes-per-sec lease-reuse-duration-seconds kubelet-port kubelet-read-only-port`),
  ...of('duration', `event-ttl request-timeout livez-grace-period shutdown-delay-duration shutdown-watch-termination-grace-period etcd-compaction-interval etcd-count-metric-poll-period etcd-db-metric-poll-interval etcd-healthcheck-timeout etcd-readycheck-timeout
    service-account-max-token-expiration kubelet-timeout authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl audit-webhook-initial-backoff audit-webhook-batch-max-wait`),
};

const KUBE_CONTROLLER_MANAGER: FlagTable = {
  ...BASE, ...SERVING, ...DELEGATING, ...LEADING,
  ...of('string', `cluster-cidr cluster-name service-cluster-ip-range root-ca-file service-account-private-key-file cloud-provider cloud-config cidr-allocator-type external-cloud-volume-plugin flex-volume-plugin-dir node-eviction-rate secondary-node-eviction-rate unhealthy-zone-threshold
    cluster-signing-cert-file cluster-signing-key-file cluster-signing-kube-apiserver-client-cert-file cluster-signing-kube-apiserver-client-key-file cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file
    cluster-signing-kubelet-serving-cert-file cluster-signing-kubelet-serving-key-file cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file horizontal-pod-autoscaler-tolerance leader-migration-config pv-recycler-pod-template-filepath-hostpath pv-recycler-pod-template-filepath-nfs`),
  ...of('list', 'controllers'),
  ...of('bool', 'allocate-node-cidrs use-service-account-credentials configure-cloud-routes enable-garbage-collector enable-hostpath-provisioner enable-dynamic-provisioning disable-attach-detach-reconcile-sync enable-leader-migration disable-force-detach-on-timeout'),
  ...of('int', `node-cidr-mask-size node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6 terminated-pod-gc-threshold large-cluster-size-threshold max-endpoints-per-slice mirroring-max-endpoints-per-subset
    concurrent-cron-job-syncs concurrent-daemonset-syncs concurrent-deployment-syncs concurrent-endpoint-syncs concurrent-ephemeralvolume-syncs concurrent-gc-syncs concurrent-horizontal-pod-autoscaler-syncs concurrent-job-syncs concurrent-namespace-syncs concurrent-rc-syncs
    concurrent-replicaset-syncs concurrent-resource-quota-syncs concurrent-service-endpoint-syncs concurrent-service-syncs concurrent-serviceaccount-token-syncs concurrent-statefulset-syncs concurrent-ttl-after-finished-syncs concurrent-validating-admission-policy-status-syncs`),
  ...of('duration', `node-monitor-grace-period node-monitor-period node-startup-grace-period cluster-signing-duration horizontal-pod-autoscaler-sync-period horizontal-pod-autoscaler-downscale-stabilization horizontal-pod-autoscaler-cpu-initialization-period
    horizontal-pod-autoscaler-initial-readiness-delay attach-detach-reconcile-sync-period min-resync-period controller-start-interval namespace-sync-period resource-quota-sync-period pvclaimbinder-sync-period route-reconciliation-period endpointslice-updates-batch-period endpoint-updates-batch-period legacy-service-account-token-clean-up-period`),
};

const CLOUD_CONTROLLER_MANAGER: FlagTable = {
  ...BASE, ...SERVING, ...DELEGATING, ...LEADING, ...of('string', 'cloud-provider cloud-config cluster-name cluster-cidr cidr-allocator-type leader-migration-config'), ...of('list', 'controllers'),
  ...of('bool', 'allocate-node-cidrs allow-untagged-cloud configure-cloud-routes use-service-account-credentials enable-leader-migration'), ...of('int', 'concurrent-service-syncs concurrent-node-syncs node-status-update-frequency-burst'),
  ...of('duration', 'node-monitor-period node-status-update-frequency route-reconciliation-period min-resync-period controller-start-interval'),
};

const KUBE_SCHEDULER: FlagTable = { ...BASE, ...SERVING, ...DELEGATING, ...LEADING, ...of('string', 'config write-config-to'), ...of('duration', 'pod-max-in-unschedulable-pods-duration') };

const KUBE_PROXY: FlagTable = {
  ...BASE, ...of('ip', 'bind-address'), ...of('string', 'config write-config-to kubeconfig master hostname-override proxy-mode cluster-cidr healthz-bind-address metrics-bind-address detect-local-mode ipvs-scheduler kube-api-content-type kube-api-qps pod-bridge-interface pod-interface-name-prefix'),
  ...of('list', 'nodeport-addresses ipvs-exclude-cidrs'), ...of('bool', 'cleanup init-only masquerade-all bind-address-hard-fail iptables-localhost-nodeports ipvs-strict-arp profiling conntrack-tcp-be-liberal'),
  ...of('int', 'iptables-masquerade-bit conntrack-max-per-core conntrack-min kube-api-burst oom-score-adj'), ...of('duration', 'config-sync-period iptables-min-sync-period iptables-sync-period ipvs-min-sync-period ipvs-sync-period conntrack-tcp-timeout-established conntrack-tcp-timeout-close-wait'),
};

const ETCD: FlagTable = {
  ...of('string', `name data-dir wal-dir cert-file key-file client-cert-file client-key-file client-crl-file trusted-ca-file peer-cert-file peer-key-file peer-client-cert-file peer-client-key-file peer-crl-file peer-trusted-ca-file peer-cert-allowed-cn client-cert-allowed-hostname peer-cert-allowed-hostname
    initial-cluster initial-cluster-token initial-cluster-state discovery-srv discovery-srv-name discovery-token log-level logger log-format log-rotation-config-json auto-compaction-mode auto-compaction-retention tls-min-version tls-max-version config-file auth-token metrics distributed-tracing-address v2-deprecation`),
  ...of('list', 'listen-client-urls listen-client-http-urls advertise-client-urls listen-peer-urls initial-advertise-peer-urls listen-metrics-urls cipher-suites log-outputs cors host-whitelist discovery-endpoints feature-gates'),
  ...of('bool', 'client-cert-auth peer-client-cert-auth auto-tls peer-auto-tls force-new-cluster unsafe-no-fsync strict-reconfig-check pre-vote enable-pprof enable-grpc-gateway initial-election-tick-advance enable-log-rotation experimental-initial-corrupt-check version help'),
  ...of('int', 'snapshot-count quota-backend-bytes heartbeat-interval election-timeout max-request-bytes max-txn-ops max-snapshots max-wals bcrypt-cost auth-token-ttl max-concurrent-streams backend-batch-limit compaction-batch-limit memory-mlock max-learners self-signed-cert-validity'),
  ...of('duration', 'watch-progress-notify-interval grpc-keepalive-timeout grpc-keepalive-min-time grpc-keepalive-interval backend-batch-interval warning-apply-duration warning-unary-request-duration corrupt-check-time compact-hash-check-time downgrade-check-time compaction-sleep-interval experimental-watch-progress-notify-interval'),
};

const INGRESS_NGINX: FlagTable = {
  ...of('string', 'ingress-class controller-class publish-service election-id configmap tcp-services-configmap udp-services-configmap default-backend-service default-ssl-certificate watch-namespace validating-webhook validating-webhook-certificate validating-webhook-key publish-status-address'),
  ...of('bool', 'watch-ingress-without-class report-node-internal-ip-address enable-ssl-passthrough enable-metrics update-status disable-leader-election'), ...of('int', 'http-port https-port healthz-port v'),
};

const CLUSTER_AUTOSCALER: FlagTable = {
  ...BASE, ...of('string', 'cloud-provider cloud-config expander namespace status-config-map-name kubeconfig stderrthreshold node-group-auto-discovery'), ...of('list', 'nodes'), ...of('int', 'max-nodes-total'),
  ...of('string', 'scale-down-utilization-threshold'), ...of('bool', 'scale-down-enabled skip-nodes-with-local-storage skip-nodes-with-system-pods balance-similar-node-groups leader-elect logtostderr write-status-configmap'),
  ...of('duration', 'scan-interval scale-down-delay-after-add scale-down-delay-after-delete scale-down-unneeded-time max-node-provision-time new-pod-scale-up-delay'),
};

const METRICS_SERVER: FlagTable = {
  ...BASE, ...of('string', 'cert-dir kubeconfig tls-cert-file tls-private-key-file kubelet-certificate-authority kubelet-client-certificate kubelet-client-key requestheader-client-ca-file client-ca-file'), ...of('list', 'kubelet-preferred-address-types node-selector requestheader-allowed-names'),
  ...of('bool', 'kubelet-insecure-tls kubelet-use-node-status-port deprecated-kubelet-completely-insecure'), ...of('int', 'secure-port kubelet-port'), ...of('duration', 'metric-resolution kubelet-request-timeout'), ...of('ip', 'bind-address'),
};

/** By program name. */
export const FLAGS: Readonly<Record<string, FlagTable>> = {
  'kube-apiserver': KUBE_APISERVER, 'kube-controller-manager': KUBE_CONTROLLER_MANAGER, 'cloud-controller-manager': CLOUD_CONTROLLER_MANAGER, 'kube-scheduler': KUBE_SCHEDULER, 'kube-proxy': KUBE_PROXY, etcd: ETCD, 'nginx-ingress-controller': INGRESS_NGINX, 'cluster-autoscaler': CLUSTER_AUTOSCALER, 'metrics-server': METRICS_SERVER,
};
