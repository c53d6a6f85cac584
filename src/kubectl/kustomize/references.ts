/** References between resources follow the names that kustomizations have given them. */
import { type ApiObject, isDict } from '../objects.ts';
import { nameOf, namespaceOf, type Resource } from './resource.ts';

/** Fields that hold a name, by the end of their path, and the kind of what they name. */
const FIELDS: readonly (readonly [ending: RegExp, kind: string])[] = [
  [/\.(configMap|configMapKeyRef|configMapRef)\.name$/, 'ConfigMap'],
  [/\.(secretKeyRef|secretRef|secret|imagePullSecrets|nodePublishSecretRef)\.name$|^\.secrets\.name$|\.(secret|tls)\.secretName$/, 'Secret'],
  [/\.service\.name$|\.clientConfig\.service\.name$/, 'Service'], [/\.serviceAccountName$/, 'ServiceAccount'], [/\.persistentVolumeClaim\.claimName$/, 'PersistentVolumeClaim'], [/\.volumeName$/, 'PersistentVolume'],
  [/\.storageClassName$/, 'StorageClass'], [/\.priorityClassName$/, 'PriorityClass'], [/\.ingressClassName$/, 'IngressClass'],
];
/** Objects of kind and name. */
const TYPED = /\.(roleRef|scaleTargetRef|subjects|ownerReferences)$/;

/** The resources with all names in them brought up to date. */
export function referring(resources: readonly Resource[]): Resource[] {
  return resources.map((resource) => ({ ...resource, object: { ...resource.object, ...fixed(resource.object, '', resource, resources) as ApiObject } })); // an object stays one
}

function fixed(value: unknown, path: string, referrer: Resource, resources: readonly Resource[]): unknown {
  if (Array.isArray(value)) return value.map((item) => fixed(item, path, referrer, resources));
  if (typeof value === 'string') {
    const kind = FIELDS.find(([ending]) => ending.test(path))?.[1] ?? (path === '.spec.serviceName' && referrer.object.kind === 'StatefulSet' ? 'Service' : undefined);
    const found = kind && referent(resources, kind, value, referrer);
    return found ? nameOf(found.object) : value;
  }
  if (!isDict(value)) return value;
  if (TYPED.test(path) && typeof value.kind === 'string' && typeof value.name === 'string') {
    const found = referent(resources, value.kind, value.name, referrer, typeof value.namespace === 'string' ? value.namespace : undefined);
    if (found) return { ...value, name: nameOf(found.object), ...(path.endsWith('.subjects') && found.object.metadata.namespace ? { namespace: found.object.metadata.namespace } : {}) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, path === '' && key === 'metadata' ? inner : fixed(inner, `${path}.${key}`, referrer, resources)]));
}

/** What once had the name; of several, one in the same namespace. */
function referent(resources: readonly Resource[], kind: string, name: string, referrer: Resource, namespace?: string): Resource | undefined {
  const found = resources.filter(({ object, names }) => object.kind === kind && names.some((known) => known.name === name && (namespace === undefined || known.namespace === '' || known.namespace === namespace || namespace === 'default' && known.namespace === '')));
  return found.find(({ object }) => namespaceOf(object) === namespaceOf(referrer.object)) ?? found[0];
}
