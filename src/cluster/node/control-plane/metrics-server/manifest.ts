/** The objects of metrics-server's own components.yaml. */
import type { Addon } from '../addons.ts';

const METRICS_SERVER_IMAGE = 'registry.k8s.io/metrics-server/metrics-server:v0.8.0';

const NAME = 'metrics-server';
const NAMESPACE = 'kube-system';
const labels = { 'k8s-app': NAME };
const RBAC = 'rbac.authorization.k8s.io';
const meta = (name: string, more: object = {}) => ({ name, labels, ...more });
const rule = (apiGroups: string[], resources: string[], verbs: string[]) => ({ apiGroups, resources, verbs });
const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }];
const bound = (name: string, role: string): Addon => ({ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: meta(name), roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role }, subjects });

/** In the order in which they are applied. */
export function metricsServer(): Addon[] {
  const aggregated = Object.fromEntries(['admin', 'edit', 'view'].map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, 'true']));
  const probe = (path: string, initialDelaySeconds: number) => ({ httpGet: { path, port: 'https', scheme: 'HTTPS' }, failureThreshold: 3, periodSeconds: 10, ...(initialDelaySeconds ? { initialDelaySeconds } : {}) });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(NAME, { namespace: NAMESPACE }) },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: 'system:aggregated-metrics-reader', labels: { ...labels, ...aggregated } }, rules: [rule(['metrics.k8s.io'], ['pods', 'nodes'], ['get', 'list', 'watch'])] },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: meta(`system:${NAME}`), rules: [rule([''], ['nodes/metrics'], ['get']), rule([''], ['pods', 'nodes'], ['get', 'list', 'watch'])] },
    { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: meta('metrics-server-auth-reader', { namespace: NAMESPACE }), roleRef: { apiGroup: RBAC, kind: 'Role', name: 'extension-apiserver-authentication-reader' }, subjects },
    bound('metrics-server:system:auth-delegator', 'system:auth-delegator'), bound(`system:${NAME}`, `system:${NAME}`),
    { apiVersion: 'v1', kind: 'Service', metadata: meta(NAME, { namespace: NAMESPACE }), spec: { ports: [{ appProtocol: 'https', name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' }], selector: labels } },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(NAME, { namespace: NAMESPACE }), spec: {
        selector: { matchLabels: labels }, strategy: { rollingUpdate: { maxUnavailable: 0 } }, template: { metadata: { labels }, spec: {
          containers: [{
            name: NAME, image: METRICS_SERVER_IMAGE, imagePullPolicy: 'IfNotPresent', args: ['--cert-dir=/tmp', '--secure-port=10250', '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname', '--kubelet-use-node-status-port', '--metric-resolution=15s'],
            ports: [{ containerPort: 10250, name: 'https', protocol: 'TCP' }], livenessProbe: probe('/livez', 0), readinessProbe: probe('/readyz', 20), resources: { requests: { cpu: '100m', memory: '200Mi' } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } }, volumeMounts: [{ mountPath: '/tmp', name: 'tmp-dir' }],
          }],
          nodeSelector: { 'kubernetes.io/os': 'linux' }, priorityClassName: 'system-cluster-critical', serviceAccountName: NAME, volumes: [{ emptyDir: {}, name: 'tmp-dir' }],
        } },
      },
    },
    { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: meta('v1beta1.metrics.k8s.io'), spec: { group: 'metrics.k8s.io', groupPriorityMinimum: 100, insecureSkipTLSVerify: true, service: { name: NAME, namespace: NAMESPACE }, version: 'v1beta1', versionPriority: 100 } },
  ];
}
