/** The objects of ingress-nginx's own deploy.yaml for a cloud, less its admission webhook. */
import type { Addon } from '../../node/control-plane/addons.ts';

const INGRESS_IMAGE = 'registry.k8s.io/ingress-nginx/controller:v1.15.1';

const NAMESPACE = 'ingress-nginx';
const NAME = 'ingress-nginx';
const labels = { 'app.kubernetes.io/component': 'controller', 'app.kubernetes.io/instance': NAME, 'app.kubernetes.io/name': NAME };
const meta = (name: string, namespace?: string) => ({ name, ...(namespace ? { namespace } : {}), labels });
const rule = (apiGroups: string[], resources: string[], verbs: string[]) => ({ apiGroups, resources, verbs });

/** In the order in which they are applied. `serviceType` is LoadBalancer in a cloud, NodePort without one. */
export function ingressNginx(serviceType: 'LoadBalancer' | 'NodePort' = 'LoadBalancer'): Addon[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { 'app.kubernetes.io/instance': NAME, 'app.kubernetes.io/name': NAME } } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(NAME, NAMESPACE) },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: meta(NAME), rules: [
        rule([''], ['configmaps', 'endpoints', 'nodes', 'pods', 'secrets', 'namespaces'], ['list', 'watch']), rule([''], ['nodes', 'services'], ['get', 'list', 'watch']), rule(['networking.k8s.io'], ['ingresses', 'ingressclasses'], ['get', 'list', 'watch']),
        rule([''], ['events'], ['create', 'patch']), rule(['networking.k8s.io'], ['ingresses/status'], ['update', 'patch']), rule(['discovery.k8s.io'], ['endpointslices'], ['list', 'watch', 'get']),
      ],
    },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: meta(NAME), roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME }, subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }] },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('ingress-nginx-controller', NAMESPACE), data: {} },
    {
      apiVersion: 'v1', kind: 'Service', metadata: meta('ingress-nginx-controller', NAMESPACE),
      spec: {
        type: serviceType, ...(serviceType === 'LoadBalancer' ? { externalTrafficPolicy: 'Local' } : {}), selector: labels,
        ports: [{ appProtocol: 'http', name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }, { appProtocol: 'https', name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' }],
      },
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta('ingress-nginx-controller', NAMESPACE), spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec() } } },
    { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: meta('nginx'), spec: { controller: 'k8s.io/ingress-nginx' } },
  ];
}

function podSpec(): object {
  const probe = { httpGet: { path: '/healthz', port: 10254, scheme: 'HTTP' }, initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 1 };
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    containers: [{
      name: 'controller', image: INGRESS_IMAGE, imagePullPolicy: 'IfNotPresent',
      args: ['/nginx-ingress-controller', '--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller', '--election-id=ingress-nginx-leader', '--controller-class=k8s.io/ingress-nginx', '--ingress-class=nginx', '--configmap=$(POD_NAMESPACE)/ingress-nginx-controller'],
      env: [field('POD_NAME', 'metadata.name'), field('POD_NAMESPACE', 'metadata.namespace')],
      ports: [{ containerPort: 80, name: 'http', protocol: 'TCP' }, { containerPort: 443, name: 'https', protocol: 'TCP' }],
      livenessProbe: { ...probe, failureThreshold: 5 }, readinessProbe: { ...probe, failureThreshold: 3 }, resources: { requests: { cpu: '100m', memory: '90Mi' } },
    }],
    nodeSelector: { 'kubernetes.io/os': 'linux' }, serviceAccountName: NAME, terminationGracePeriodSeconds: 300,
  };
}
