/** Command-line flags of the control plane's programs: what they know, and how they refuse what they do not. */

/** A program that stops before it has begun: its last words, for the container's log. */
export class FlagError extends Error {}

export type FlagKind = 'string' | 'bool' | 'int' | 'list' | 'duration';

/** Known flags of a program. */
export type FlagTable = Readonly<Record<string, FlagKind>>;

/** Values given on a command line; the last one counts. */
export class Flags {
  readonly #values: ReadonlyMap<string, string>;
  constructor(values: ReadonlyMap<string, string>) { this.#values = values; }
  text(name: string): string | undefined { return this.#values.get(name) || undefined; }
  bool(name: string, usual: boolean): boolean { const value = this.#values.get(name); return value === undefined ? usual : value === 'true' || value === '1'; }
  int(name: string, usual: number): number { const value = this.#values.get(name); return value === undefined ? usual : Number(value); }
  list(name: string): string[] { return (this.#values.get(name) ?? '').split(',').map((item) => item.trim()).filter(Boolean); }
  has(name: string): boolean { return this.#values.has(name); }
}

/** Parses argv as pflag does. Throws FlagError with the text that the program prints. */
export function parseFlags(argv: readonly string[], table: FlagTable): Flags {
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!word.startsWith('-')) throw new FlagError(`Error: unknown command "${word}"`);
    if (!word.startsWith('--')) throw new FlagError(`Error: unknown shorthand flag: '${word[1]}' in ${word}`);
    const at = word.indexOf('=');
    const name = at < 0 ? word.slice(2) : word.slice(2, at);
    const kind = Object.hasOwn(table, name) ? table[name]! : undefined;
    if (!kind) throw new FlagError(`Error: unknown flag: --${name}`);
    let value = at < 0 ? undefined : word.slice(at + 1);
    if (value === undefined) value = kind === 'bool' ? 'true' : argv[++i];
    if (value === undefined) throw new FlagError(`Error: flag needs an argument: --${name}`);
    check(name, kind, value);
    values.set(name, value);
  }
  return new Flags(values);
}

function check(name: string, kind: FlagKind, value: string): void {
  const refuse = (why: string) => new FlagError(`Error: invalid argument "${value}" for "--${name}" flag: ${why}`);
  if (kind === 'bool' && !['true', 'false', '1', '0', 't', 'f', 'T', 'F', 'TRUE', 'FALSE', 'True', 'False'].includes(value)) throw refuse(`strconv.ParseBool: parsing "${value}": invalid syntax`);
  if (kind === 'int' && !/^-?\d+$/.test(value)) throw refuse(`strconv.ParseInt: parsing "${value}": invalid syntax`);
  if (kind === 'duration' && !/^-?(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(value)) throw refuse(`time: invalid duration "${value}"`);
}

const table = (kind: FlagKind, names: string): FlagTable => Object.fromEntries(names.split(/\s+/).filter(Boolean).map((name) => [name, kind]));

const COMMON: FlagTable = {
  ...table('string', 'tls-cert-file tls-private-key-file bind-address requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers requestheader-username-headers requestheader-uid-headers requestheader-allowed-names client-ca-file authentication-kubeconfig authorization-kubeconfig kubeconfig tls-min-version logging-format log-dir config'),
  ...table('bool', 'leader-elect profiling contention-profiling authentication-tolerate-lookup-failure authentication-skip-lookup'), ...table('int', 'secure-port v kube-api-burst'), ...table('duration', 'leader-elect-lease-duration leader-elect-renew-deadline leader-elect-retry-period'),
  ...table('list', 'tls-cipher-suites feature-gates authorization-always-allow-paths'), ...table('string', 'leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace kube-api-qps'),
};

/** By program name. */
export const FLAGS: Readonly<Record<string, FlagTable>> = {
  'kube-apiserver': {
    ...COMMON,
    ...table('string', 'advertise-address authorization-webhook-config-file authentication-config authorization-config etcd-cafile etcd-certfile etcd-keyfile etcd-prefix encryption-provider-config kubelet-certificate-authority kubelet-client-certificate kubelet-client-key proxy-client-cert-file proxy-client-key-file service-account-issuer service-account-key-file service-account-signing-key-file service-account-jwks-uri service-cluster-ip-range service-node-port-range token-auth-file audit-log-path audit-policy-file audit-log-format audit-webhook-config-file storage-backend storage-media-type endpoint-reconciler-type admission-control-config-file egress-selector-config-file oidc-issuer-url oidc-client-id oidc-username-claim oidc-groups-claim external-hostname cert-dir audit-log-mode tracing-config-file'),
    ...table('list', 'authorization-mode enable-admission-plugins disable-admission-plugins etcd-servers kubelet-preferred-address-types api-audiences runtime-config cors-allowed-origins etcd-servers-overrides'),
    ...table('bool', 'allow-privileged anonymous-auth enable-bootstrap-token-auth encryption-provider-config-automatic-reload service-account-lookup service-account-extend-token-expiration enable-aggregator-routing enable-garbage-collector enable-priority-and-fairness audit-log-compress'),
    ...table('int', 'audit-log-maxage audit-log-maxbackup audit-log-maxsize max-requests-inflight max-mutating-requests-inflight min-request-timeout default-watch-cache-size apiserver-count'),
    ...table('duration', 'event-ttl request-timeout etcd-compaction-interval service-account-max-token-expiration shutdown-delay-duration'),
  },
  'kube-controller-manager': {
    ...COMMON,
    ...table('string', 'cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-key-file root-ca-file service-account-private-key-file service-cluster-ip-range cloud-provider cloud-config cidr-allocator-type node-cidr-mask-size external-cloud-volume-plugin flex-volume-plugin-dir node-eviction-rate secondary-node-eviction-rate unhealthy-zone-threshold'),
    ...table('list', 'controllers'), ...table('bool', 'allocate-node-cidrs use-service-account-credentials configure-cloud-routes enable-garbage-collector enable-hostpath-provisioner'),
    ...table('int', 'terminated-pod-gc-threshold concurrent-deployment-syncs concurrent-replicaset-syncs concurrent-gc-syncs concurrent-namespace-syncs large-cluster-size-threshold max-endpoints-per-slice'),
    ...table('duration', 'node-monitor-grace-period node-monitor-period node-startup-grace-period cluster-signing-duration horizontal-pod-autoscaler-sync-period horizontal-pod-autoscaler-downscale-stabilization attach-detach-reconcile-sync-period min-resync-period'),
  },
  'kube-scheduler': { ...COMMON, ...table('string', 'master'), ...table('int', 'percentage-of-nodes-to-score') },
  'cloud-controller-manager': { ...COMMON, ...table('string', 'cloud-provider cloud-config cluster-name cluster-cidr'), ...table('bool', 'allocate-node-cidrs configure-cloud-routes use-service-account-credentials'), ...table('list', 'controllers') },
  etcd: {
    ...table('string', 'name data-dir wal-dir cert-file key-file trusted-ca-file peer-cert-file peer-key-file peer-trusted-ca-file initial-cluster initial-cluster-token initial-cluster-state log-level logger auto-compaction-mode auto-compaction-retention tls-min-version config-file discovery-srv'),
    ...table('list', 'listen-client-urls advertise-client-urls listen-peer-urls initial-advertise-peer-urls listen-metrics-urls feature-gates cipher-suites log-outputs listen-client-http-urls'),
    ...table('bool', 'client-cert-auth peer-client-cert-auth auto-tls peer-auto-tls experimental-initial-corrupt-check force-new-cluster strict-reconfig-check enable-pprof'),
    ...table('int', 'snapshot-count quota-backend-bytes heartbeat-interval election-timeout max-request-bytes max-txn-ops max-snapshots max-wals'), ...table('duration', 'watch-progress-notify-interval experimental-watch-progress-notify-interval grpc-keepalive-timeout'),
  },
  'kube-proxy': { ...table('string', 'config hostname-override proxy-mode cluster-cidr kubeconfig'), ...table('int', 'v') },
};
