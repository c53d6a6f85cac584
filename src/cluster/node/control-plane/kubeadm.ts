/** Lays out a node's disk the way `kubeadm init` and `kubeadm join` do: PKI, kubeconfigs, manifests, units. */
import type { Random } from '../../../time/random.ts';
import { AUTHORITY_VALIDITY_MS, CERTIFICATE_VALIDITY_MS, createAuthority, issueCertificate, type KeyPair } from '../../pki/certificate.ts';
import { createKey, publicKeyPem } from '../../pki/key.ts';
import type { FileSystem } from '../file-system.ts';
import type { RuntimeFace } from '../runtime/faces.ts';
import { staticPodManifests } from './manifests.ts';
import { API_SERVICE_IP, DNS_SERVICE_IP } from './versions.ts';

/** The keys of a cluster: made once, spread over its nodes' disks. */
export interface ClusterPki { ca: KeyPair; etcdCa: KeyPair; frontProxyCa: KeyPair; serviceAccountKey: string; serviceAccountPublicKey: string }

export interface NodeLayout { files: FileSystem; hostname: string; address: string; random: Random; nowMs: number; pki: ClusterPki; /** Address of the API server. */ apiServer: string; runtime: RuntimeFace; /** Of Kubernetes. */ version: string; /** Control-plane nodes that were there before. */ etcdMembers?: readonly { hostname: string; address: string }[] }

/** New authorities. */
export function createClusterPki(random: Random, nowMs: number): ClusterPki {
  const serviceAccountKey = createKey(random.fork('sa'));
  return {
    ca: createAuthority('kubernetes', random.fork('ca'), nowMs), etcdCa: createAuthority('etcd-ca', random.fork('etcd-ca'), nowMs),
    frontProxyCa: createAuthority('front-proxy-ca', random.fork('front-proxy-ca'), nowMs),
    serviceAccountKey, serviceAccountPublicKey: publicKeyPem(serviceAccountKey),
  };
}

/** A client or server certificate from one of the authorities, valid a year as kubeadm's are. */
export function certificateFor({ random, nowMs }: Pick<NodeLayout, 'random' | 'nowMs'>, ca: KeyPair, commonName: string, options: { organizations?: string[]; altNames?: string[]; usages?: ('client auth' | 'server auth')[] } = {}): KeyPair {
  return issueCertificate({
    ca, commonName, organizations: options.organizations ?? [], altNames: options.altNames ?? [], usages: options.usages ?? ['client auth'],
    notBeforeMs: nowMs, notAfterMs: nowMs + Math.min(CERTIFICATE_VALIDITY_MS, AUTHORITY_VALIDITY_MS), random: random.fork(`cert ${commonName}`),
  });
}

/** `kubeadm init`, or `kubeadm join --control-plane`: a control-plane node. */
export function layOutControlPlane(layout: NodeLayout): void {
  const { files, hostname, address, version, pki, etcdMembers } = layout;
  writePki(layout);
  const identities: [file: string, user: string, groups: string[]][] = [
    ['admin.conf', 'kubernetes-admin', ['kubeadm:cluster-admins']], ['super-admin.conf', 'kubernetes-super-admin', ['system:masters']],
    ['controller-manager.conf', 'system:kube-controller-manager', []], ['scheduler.conf', 'system:kube-scheduler', []], ['cloud-controller-manager.conf', 'system:cloud-controller-manager', ['system:masters']],
  ];
  for (const [file, user, groups] of identities) {
    const server = user.startsWith('system:') ? `https://${address}:6443` : layout.apiServer; // what runs here asks the API server beside it
    writeSecret(files, `/etc/kubernetes/${file}`, kubeconfig({ pki, apiServer: server }, user, certificateFor(layout, pki.ca, user, { organizations: groups })));
  }
  files.makeDirectory('/var/lib/etcd', { mode: 0o700 });
  files.makeDirectory('/etc/kubernetes/manifests');
  for (const [name, text] of Object.entries(staticPodManifests({ hostname, address, version, etcdMembers }))) writeSecret(files, `/etc/kubernetes/manifests/${name}.yaml`, text);
  layOutWorker(layout);
}

/** `kubeadm join`: what every node has. */
export function layOutWorker(layout: NodeLayout): void {
  const { files, hostname, pki, runtime } = layout;
  files.makeDirectory('/etc/kubernetes/manifests');
  files.makeDirectory('/etc/kubernetes/pki');
  if (!files.exists('/etc/kubernetes/pki/ca.crt')) files.write('/etc/kubernetes/pki/ca.crt', pki.ca.certificate);
  const client = certificateFor(layout, pki.ca, `system:node:${hostname}`, { organizations: ['system:nodes'] });
  files.makeDirectory('/var/lib/kubelet/pki');
  writeSecret(files, '/var/lib/kubelet/pki/kubelet-client-current.pem', client.certificate + client.key);
  const paths = ['certificate', 'key'].map((what) => `    client-${what}: /var/lib/kubelet/pki/kubelet-client-current.pem`); // so that the kubelet can renew it
  writeSecret(files, '/etc/kubernetes/kubelet.conf', bareKubeconfig({ ca: pki.ca.certificate, server: layout.apiServer, user: `system:node:${hostname}`, credential: paths }));
  writeKubeletSettings(files, runtime.socket);
  files.write('/etc/crictl.yaml', `runtime-endpoint: unix://${runtime.socket}\nimage-endpoint: unix://${runtime.socket}\ntimeout: 10\ndebug: false\n`);
  for (const [path, text] of Object.entries(runtime.files)) {
    files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    files.write(path, text);
  }
  writeUnits(files, runtime);
}

/** What `kubeadm init` and `join` leave for the kubelet beside its kubeconfig. */
export function writeKubeletSettings(files: FileSystem, socket: string): void {
  files.write('/var/lib/kubelet/config.yaml', KUBELET_CONFIG.replace('RUNTIME_SOCKET', socket));
  files.write('/var/lib/kubelet/kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=registry.k8s.io/pause:3.10.2"\n');
}

function writePki(layout: NodeLayout): void {
  const { files, hostname, address, pki } = layout;
  const folder = '/etc/kubernetes/pki';
  files.makeDirectory(`${folder}/etcd`);
  const pair = (path: string, { certificate, key }: KeyPair) => {
    files.write(`${folder}/${path}.crt`, certificate);
    writeSecret(files, `${folder}/${path}.key`, key);
  };
  const both: ('client auth' | 'server auth')[] = ['server auth', 'client auth'];
  pair('ca', pki.ca);
  pair('front-proxy-ca', pki.frontProxyCa);
  pair('etcd/ca', pki.etcdCa);
  pair('apiserver', certificateFor(layout, pki.ca, 'kube-apiserver', { usages: ['server auth'], altNames: [hostname, 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', API_SERVICE_IP, address, ...[new URL(layout.apiServer).hostname].filter((host) => host !== address), '127.0.0.1', 'localhost'] }));
  pair('apiserver-kubelet-client', certificateFor(layout, pki.ca, 'kube-apiserver-kubelet-client', { organizations: ['kubeadm:cluster-admins'] }));
  pair('front-proxy-client', certificateFor(layout, pki.frontProxyCa, 'front-proxy-client'));
  pair('apiserver-etcd-client', certificateFor(layout, pki.etcdCa, 'kube-apiserver-etcd-client'));
  for (const name of ['server', 'peer']) pair(`etcd/${name}`, certificateFor(layout, pki.etcdCa, hostname, { usages: both, altNames: [hostname, 'localhost', address, '127.0.0.1', '0:0:0:0:0:0:0:1'] }));
  pair('etcd/healthcheck-client', certificateFor(layout, pki.etcdCa, 'kube-etcd-healthcheck-client'));
  writeSecret(files, `${folder}/sa.key`, pki.serviceAccountKey);
  files.write(`${folder}/sa.pub`, pki.serviceAccountPublicKey);
}

/** A kubeconfig with everything inside. */
export function kubeconfig({ pki, apiServer }: Pick<NodeLayout, 'pki' | 'apiServer'>, user: string, client: KeyPair): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return bareKubeconfig({ ca: pki.ca.certificate, server: apiServer, user, credential: [`    client-certificate-data: ${base64(client.certificate)}`, `    client-key-data: ${base64(client.key)}`] });
}

/** A kubeconfig for one user, whose credential is given as lines. */
export function bareKubeconfig({ ca, server, user, credential }: { ca: string; server: string; user: string; credential: readonly string[] }): string {
  return [
    'apiVersion: v1', 'clusters:', '- cluster:', `    certificate-authority-data: ${Buffer.from(ca).toString('base64')}`, `    server: ${server}`, '  name: kubernetes',
    'contexts:', '- context:', '    cluster: kubernetes', `    user: ${user}`, `  name: ${user}@kubernetes`, `current-context: ${user}@kubernetes`,
    'kind: Config', 'preferences: {}', 'users:', `- name: ${user}`, '  user:', ...credential, '',
  ].join('\n');
}

function writeSecret(files: FileSystem, path: string, text: string): void {
  files.write(path, text, { mode: 0o600 });
}

/** What every kubelet of the cluster is told; the socket is the node's own. */
export const KUBELET_CONFIG = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
cgroupDriver: systemd
clusterDNS:
- ${DNS_SERVICE_IP}
clusterDomain: cluster.local
containerRuntimeEndpoint: unix://RUNTIME_SOCKET
healthzBindAddress: 127.0.0.1
healthzPort: 10248
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`;

function writeUnits(files: FileSystem, runtime: RuntimeFace): void {
  files.write('/usr/lib/systemd/system/kubelet.service', '[Unit]\nDescription=kubelet: The Kubernetes Node Agent\nAfter=network-online.target\n\n[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\nStartLimitInterval=0\nRestartSec=10\n\n[Install]\nWantedBy=multi-user.target\n');
  files.makeDirectory('/usr/lib/systemd/system/kubelet.service.d');
  files.write('/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf', [
    '[Service]', 'Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"', 'Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"',
    'EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env', 'ExecStart=', 'ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS', '',
  ].join('\n'));
  files.write(`/usr/lib/systemd/system/${runtime.unit}.service`, `[Unit]
Description=${runtime.description}
After=network.target

[Service]
ExecStart=${runtime.program}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`);
  files.makeDirectory('/etc/systemd/system/multi-user.target.wants');
  for (const unit of [runtime.unit, 'kubelet']) files.link(`/usr/lib/systemd/system/${unit}.service`, `/etc/systemd/system/multi-user.target.wants/${unit}.service`);
}
