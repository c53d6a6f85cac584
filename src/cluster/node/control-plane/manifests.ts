/** The static Pods of a kubeadm control plane, flag for flag. */
import { POD_CIDR, SERVICE_CIDR } from './versions.ts';

/** Where a control plane runs; `etcdMembers` were there before, when it joined. */
interface Place { hostname: string; address: string; /** Of Kubernetes. */ version: string; etcdMembers?: readonly { hostname: string; address: string }[] }

interface Program {
  name: string;
  image: string;
  cpu: string;
  flags: readonly string[];
  /** Folders and files of the node that it sees. */
  mounts: readonly [name: string, path: string, type: 'DirectoryOrCreate' | 'FileOrCreate', readOnly: boolean][];
  health: { port: number; scheme: 'HTTP' | 'HTTPS'; host: string; live: string; ready?: string };
}

/** Manifest texts by file name without ending. */
export function staticPodManifests(place: Place): Record<string, string> {
  return Object.fromEntries([etcd(place), apiServer(place), controllerManager(place), scheduler(place), cloudControllerManager()].map((program) => [program.name, manifest(program)]));
}

const etcd = ({ hostname, address, etcdMembers = [] }: Place): Program => ({
  name: 'etcd', image: 'registry.k8s.io/etcd:3.6.8-0', cpu: '100m',
  flags: [
    `--advertise-client-urls=https://${address}:2379`, '--cert-file=/etc/kubernetes/pki/etcd/server.crt', '--client-cert-auth=true', '--data-dir=/var/lib/etcd', '--feature-gates=InitialCorruptCheck=true',
    `--initial-advertise-peer-urls=https://${address}:2380`, `--initial-cluster=${[...etcdMembers, { hostname, address }].map((member) => `${member.hostname}=https://${member.address}:2380`).join(',')}`, ...(etcdMembers.length ? ['--initial-cluster-state=existing'] : []), '--key-file=/etc/kubernetes/pki/etcd/server.key',
    `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`, '--listen-metrics-urls=http://127.0.0.1:2381', `--listen-peer-urls=https://${address}:2380`, `--name=${hostname}`,
    '--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt', '--peer-client-cert-auth=true', '--peer-key-file=/etc/kubernetes/pki/etcd/peer.key', '--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt',
    '--snapshot-count=10000', '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt', '--watch-progress-notify-interval=5s',
  ],
  mounts: [['etcd-data', '/var/lib/etcd', 'DirectoryOrCreate', false], ['etcd-certs', '/etc/kubernetes/pki/etcd', 'DirectoryOrCreate', false]],
  health: { port: 2381, scheme: 'HTTP', host: '127.0.0.1', live: '/livez', ready: '/readyz' },
});

const apiServer = ({ address, version }: Place): Program => ({
  name: 'kube-apiserver', image: `registry.k8s.io/kube-apiserver:${version}`, cpu: '250m',
  flags: [
    `--advertise-address=${address}`, '--allow-privileged=true', '--authorization-mode=Node,RBAC', '--client-ca-file=/etc/kubernetes/pki/ca.crt', '--enable-admission-plugins=NodeRestriction', '--enable-bootstrap-token-auth=true',
    '--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt', '--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt', '--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key', '--etcd-servers=https://127.0.0.1:2379',
    '--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt', '--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key', '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
    '--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt', '--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key', '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt', '--requestheader-extra-headers-prefix=X-Remote-Extra-', '--requestheader-group-headers=X-Remote-Group', '--requestheader-username-headers=X-Remote-User',
    '--secure-port=6443', '--service-account-issuer=https://kubernetes.default.svc.cluster.local', '--service-account-key-file=/etc/kubernetes/pki/sa.pub', '--service-account-signing-key-file=/etc/kubernetes/pki/sa.key',
    `--service-cluster-ip-range=${SERVICE_CIDR}`, '--tls-cert-file=/etc/kubernetes/pki/apiserver.crt', '--tls-private-key-file=/etc/kubernetes/pki/apiserver.key',
  ],
  mounts: [['k8s-certs', '/etc/kubernetes/pki', 'DirectoryOrCreate', true]],
  health: { port: 6443, scheme: 'HTTPS', host: address, live: '/livez', ready: '/readyz' },
});

const controllerManager = ({ version }: Place): Program => ({
  name: 'kube-controller-manager', image: `registry.k8s.io/kube-controller-manager:${version}`, cpu: '200m',
  flags: [
    '--allocate-node-cidrs=true', '--authentication-kubeconfig=/etc/kubernetes/controller-manager.conf', '--authorization-kubeconfig=/etc/kubernetes/controller-manager.conf', '--bind-address=127.0.0.1', '--client-ca-file=/etc/kubernetes/pki/ca.crt',
    `--cluster-cidr=${POD_CIDR}`, '--cluster-name=kubernetes', '--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt', '--cluster-signing-key-file=/etc/kubernetes/pki/ca.key', '--controllers=*,bootstrapsigner,tokencleaner',
    '--kubeconfig=/etc/kubernetes/controller-manager.conf', '--leader-elect=true', '--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt', '--root-ca-file=/etc/kubernetes/pki/ca.crt',
    '--service-account-private-key-file=/etc/kubernetes/pki/sa.key', `--service-cluster-ip-range=${SERVICE_CIDR}`, '--use-service-account-credentials=true',
  ],
  mounts: [['k8s-certs', '/etc/kubernetes/pki', 'DirectoryOrCreate', true], ['kubeconfig', '/etc/kubernetes/controller-manager.conf', 'FileOrCreate', true]],
  health: { port: 10257, scheme: 'HTTPS', host: '127.0.0.1', live: '/healthz' },
});

const scheduler = ({ version }: Place): Program => ({
  name: 'kube-scheduler', image: `registry.k8s.io/kube-scheduler:${version}`, cpu: '100m',
  flags: ['--authentication-kubeconfig=/etc/kubernetes/scheduler.conf', '--authorization-kubeconfig=/etc/kubernetes/scheduler.conf', '--bind-address=127.0.0.1', '--kubeconfig=/etc/kubernetes/scheduler.conf', '--leader-elect=true'],
  mounts: [['kubeconfig', '/etc/kubernetes/scheduler.conf', 'FileOrCreate', true]],
  health: { port: 10259, scheme: 'HTTPS', host: '127.0.0.1', live: '/livez', ready: '/readyz' },
});

const cloudControllerManager = (): Program => ({
  name: 'cloud-controller-manager', image: 'registry.k8s.io/cloud-controller-manager:v1.36.0', cpu: '100m',
  flags: ['--bind-address=127.0.0.1', '--cloud-provider=pretend', '--kubeconfig=/etc/kubernetes/cloud-controller-manager.conf', '--leader-elect=true'],
  mounts: [['kubeconfig', '/etc/kubernetes/cloud-controller-manager.conf', 'FileOrCreate', true]],
  health: { port: 10258, scheme: 'HTTPS', host: '127.0.0.1', live: '/healthz' },
});

function manifest({ name, image, cpu, flags, mounts, health }: Program): string {
  const probe = (kind: string, path: string, threshold: number, delay: number, period = 10) => [
    `    ${kind}:`, `      failureThreshold: ${threshold}`, '      httpGet:', `        host: ${health.host}`, `        path: ${path}`, `        port: ${health.port}`, `        scheme: ${health.scheme}`,
    ...(delay ? [`      initialDelaySeconds: ${delay}`] : []), `      periodSeconds: ${period}`, '      timeoutSeconds: 15',
  ];
  return [
    'apiVersion: v1', 'kind: Pod', 'metadata:', '  labels:', `    component: ${name}`, '    tier: control-plane', `  name: ${name}`, '  namespace: kube-system', 'spec:', '  containers:', '  - command:', `    - ${name}`,
    ...flags.map((flag) => `    - ${flag}`), `    image: ${image}`, '    imagePullPolicy: IfNotPresent', ...probe('livenessProbe', health.live, 8, 10), `    name: ${name}`,
    ...(health.ready ? probe('readinessProbe', health.ready, 3, 0, 1) : []), '    resources:', '      requests:', `        cpu: ${cpu}`, ...probe('startupProbe', health.live, 24, 10),
    '    volumeMounts:', ...mounts.flatMap(([volume, path, , readOnly]) => [`    - mountPath: ${path}`, `      name: ${volume}`, ...(readOnly ? ['      readOnly: true'] : [])]),
    '  hostNetwork: true', '  priority: 2000001000', '  priorityClassName: system-node-critical', '  securityContext:', '    seccompProfile:', '      type: RuntimeDefault',
    '  volumes:', ...mounts.flatMap(([volume, path, type]) => ['  - hostPath:', `      path: ${path}`, `      type: ${type}`, `    name: ${volume}`]), 'status: {}', '',
  ].join('\n');
}
