/** What every cluster has from the start: kube-proxy and the CNI's agent on every node, CoreDNS behind the Service kube-dns. */
import { allKinds } from '../../api/kinds/index.ts';
import type { ApiTransport } from '../../apiserver/request.ts';
import { KUBELET_CONFIG } from './kubeadm.ts';
import { DNS_SERVICE_IP, POD_CIDR, SERVICE_CIDR } from './versions.ts';

/** An object of an add-on. */
export type Addon = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } & Record<string, unknown> } & Record<string, unknown>;

export const KINDNET_IMAGE = 'docker.io/kindest/kindnetd:v20260213-ea8e5717';
const NAMESPACE = 'kube-system';
const meta = (name: string, labels?: Record<string, string>) => ({ name, namespace: NAMESPACE, ...(labels ? { labels } : {}) });

/** The objects, in the order in which they are made. */
export function addonManifests({ server, nodeCount, version }: { server: string; nodeCount: number; version: string }): Addon[] {
  return [...kubeadmConfig(server, version), ...kubeProxy(server, version), ...kindnet(), ...coreDns(Math.min(2, Math.max(1, nodeCount - 1)))];
}

/** What everybody may read who wants to join: where the API server is, and by whose certificate to know it. */
export function clusterInfo(ca: string, server: string): Addon {
  const config = ['apiVersion: v1', 'clusters:', '- cluster:', `    certificate-authority-data: ${Buffer.from(ca).toString('base64')}`, `    server: ${server}`, '  name: ""', 'contexts: null', 'current-context: ""', 'kind: Config', 'preferences: {}', 'users: null', ''].join('\n');
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cluster-info', namespace: 'kube-public' }, data: { kubeconfig: config } };
}

/** Creates an object; one that is there already is as good. */
export function createAddon(transport: ApiTransport, object: Addon): void {
  const [version = '', group = ''] = object.apiVersion.split('/').reverse();
  const kind = allKinds.find((each) => each.kind === object.kind && each.group === group);
  if (!kind) throw new Error(`add-on ${object.metadata.name}: no kind ${object.kind}`);
  const path = `${group ? `/apis/${group}` : '/api'}/${version}${kind.namespaced ? `/namespaces/${object.metadata.namespace}` : ''}/${kind.plural}`;
  const answer = transport.handle({ method: 'POST', path, body: object });
  if (answer.code >= 400 && answer.code !== 409) throw new Error(`add-on ${path}: ${JSON.stringify(answer.body)}`);
}

/** What `kubeadm init` notes for those who join and for upgrades. */
function kubeadmConfig(server: string, version: string): Addon[] {
  const configuration = ['apiServer: {}', 'apiVersion: kubeadm.k8s.io/v1beta4', 'caCertificateValidityPeriod: 87600h0m0s', 'certificateValidityPeriod: 8760h0m0s', 'certificatesDir: /etc/kubernetes/pki', 'clusterName: kubernetes', `controlPlaneEndpoint: ${new URL(server).host}`, 'controllerManager: {}', 'dns: {}', 'encryptionAlgorithm: RSA-2048', 'etcd:', '  local:', '    dataDir: /var/lib/etcd', 'imageRepository: registry.k8s.io', 'kind: ClusterConfiguration', `kubernetesVersion: ${version}`, 'networking:', '  dnsDomain: cluster.local', `  podSubnet: ${POD_CIDR}`, `  serviceSubnet: ${SERVICE_CIDR}`, 'proxy: {}', 'scheduler: {}', ''];
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('kubeadm-config'), data: { ClusterConfiguration: configuration.join('\n') } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('kubelet-config'), data: { kubelet: KUBELET_CONFIG.replace(/^containerRuntimeEndpoint.*\n/m, '') } },
  ];
}

function kubeProxy(server: string, version: string): Addon[] {
  const labels = { 'k8s-app': 'kube-proxy' };
  const token = '/var/run/secrets/kubernetes.io/serviceaccount';
  const kubeconfig = `apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority: ${token}/ca.crt\n    server: ${server}\n  name: default\ncontexts:\n- context:\n    cluster: default\n    namespace: default\n    user: default\n  name: default\ncurrent-context: default\nusers:\n- name: default\n  user:\n    tokenFile: ${token}/token\n`;
  const config = `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nbindAddress: 0.0.0.0\nclientConnection:\n  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf\nclusterCIDR: ${POD_CIDR}\nkind: KubeProxyConfiguration\nmode: ""\n`;
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('kube-proxy') },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('kube-proxy', { app: 'kube-proxy' }), data: { 'config.conf': config, 'kubeconfig.conf': kubeconfig } },
    {
      apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: meta('kube-proxy', labels),
      spec: {
        selector: { matchLabels: labels }, updateStrategy: { type: 'RollingUpdate' },
        template: { metadata: { labels }, spec: {
          containers: [{
            name: 'kube-proxy', image: `registry.k8s.io/kube-proxy:${version}`, imagePullPolicy: 'IfNotPresent',
            command: ['kube-proxy', '--config=/var/lib/kube-proxy/config.conf', '--hostname-override=$(NODE_NAME)'],
            env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }], securityContext: { privileged: true },
            volumeMounts: [{ name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' }],
          }],
          hostNetwork: true, nodeSelector: { 'kubernetes.io/os': 'linux' }, priorityClassName: 'system-node-critical', serviceAccountName: 'kube-proxy',
          tolerations: [{ operator: 'Exists' }], volumes: [{ name: 'kube-proxy', configMap: { name: 'kube-proxy' } }],
        } },
      },
    },
  ];
}

/** The CNI: Pods' addresses and routes, and NetworkPolicies. */
function kindnet(): Addon[] {
  const labels = { 'k8s-app': 'kindnet', app: 'kindnet', tier: 'node' };
  const rule = (apiGroup: string, resources: string[], verbs: string[]) => ({ apiGroups: [apiGroup], resources, verbs });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('kindnet') },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'kindnet' }, rules: [rule('', ['nodes'], ['list', 'watch', 'patch']), rule('', ['configmaps'], ['get']), rule('', ['pods', 'namespaces'], ['list', 'watch']), rule('networking.k8s.io', ['networkpolicies'], ['list', 'watch'])] },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'kindnet' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kindnet' }, subjects: [{ kind: 'ServiceAccount', name: 'kindnet', namespace: NAMESPACE }] },
    {
      apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: meta('kindnet', labels),
      spec: {
        selector: { matchLabels: { app: 'kindnet' } }, updateStrategy: { type: 'RollingUpdate' },
        template: { metadata: { labels }, spec: {
          containers: [{
            name: 'kindnet-cni', image: KINDNET_IMAGE, imagePullPolicy: 'IfNotPresent', securityContext: { privileged: false, capabilities: { add: ['NET_RAW', 'NET_ADMIN'] } },
            env: [{ name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }, { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, { name: 'POD_SUBNET', value: POD_CIDR }],
          }],
          hostNetwork: true, nodeSelector: { 'kubernetes.io/os': 'linux' }, priorityClassName: 'system-node-critical', serviceAccountName: 'kindnet', tolerations: [{ operator: 'Exists' }],
        } },
      },
    },
  ];
}

function coreDns(replicas: number): Addon[] {
  const labels = { 'k8s-app': 'kube-dns' };
  const corefile = '.:53 {\n    errors\n    health {\n       lameduck 5s\n    }\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n       pods insecure\n       fallthrough in-addr.arpa ip6.arpa\n       ttl 30\n    }\n    prometheus :9153\n    forward . /etc/resolv.conf\n    cache 30\n    loop\n    reload\n    loadbalance\n}\n';
  const probe = (path: string, port: number) => ({ httpGet: { path, port, scheme: 'HTTP' } });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('coredns') },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('coredns'), data: { Corefile: corefile } },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta('coredns', labels),
      spec: {
        replicas, selector: { matchLabels: labels }, strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        template: { metadata: { labels }, spec: {
          containers: [{
            name: 'coredns', image: 'registry.k8s.io/coredns/coredns:v1.14.2', imagePullPolicy: 'IfNotPresent', args: ['-conf', '/etc/coredns/Corefile'],
            ports: [{ containerPort: 53, name: 'dns', protocol: 'UDP' }, { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' }, { containerPort: 9153, name: 'metrics', protocol: 'TCP' }],
            livenessProbe: { ...probe('/health', 8080), initialDelaySeconds: 60, timeoutSeconds: 5, failureThreshold: 5 }, readinessProbe: probe('/ready', 8181),
            resources: { requests: { cpu: '100m', memory: '70Mi' }, limits: { memory: '170Mi' } }, volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns', readOnly: true }],
          }],
          dnsPolicy: 'Default', priorityClassName: 'system-cluster-critical', serviceAccountName: 'coredns', nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }, { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
          volumes: [{ name: 'config-volume', configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] } }],
        } },
      },
    },
    {
      apiVersion: 'v1', kind: 'Service', metadata: { ...meta('kube-dns', { ...labels, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' }), annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' } },
      spec: { clusterIP: DNS_SERVICE_IP, selector: labels, ports: [{ name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 }, { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 }, { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 }] },
    },
  ];
}
