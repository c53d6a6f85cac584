/** What a kustomization changes in all of its resources: names, namespaces, labels, annotations, images, replicas. */
import { KubectlError } from '../errors.ts';
import { type ApiObject, at, type Dict, isDict, listAt, numberAt, pairsAt, textAt, withAt } from '../objects.ts';
import { changed, isClusterScoped, nameOf, type Resource } from './resource.ts';

type Change = (object: ApiObject) => ApiObject;

const each = (resources: readonly Resource[], change: Change): Resource[] => resources.map((resource) => changed(resource, change(resource.object)));

/** All transformers in kustomize's order; patches come before them. */
export function transformed(resources: readonly Resource[], kustomization: Dict): Resource[] {
  const text = (key: string) => textAt(kustomization, key);
  let all = [...resources];
  if (text('namespace')) all = each(all, (object) => inNamespace(object, text('namespace')));
  if (text('namePrefix') || text('nameSuffix')) all = each(all, (object) => renamed(object, text('namePrefix'), text('nameSuffix')));
  for (const entry of listAt(kustomization, 'labels')) all = each(all, (object) => labelled(object, pairsAt(entry, 'pairs'), at(entry, 'includeSelectors') === true, at(entry, 'includeTemplates') === true));
  const common = pairsAt(kustomization, 'commonLabels'), annotations = pairsAt(kustomization, 'commonAnnotations');
  if (Object.keys(common).length > 0) all = each(all, (object) => labelled(object, common, true, true));
  if (Object.keys(annotations).length > 0) all = each(all, (object) => withPairs(object, ANNOTATION_PATHS, annotations));
  for (const entry of listAt(kustomization, 'replicas')) all = scaled(all, entry);
  for (const entry of listAt(kustomization, 'images')) all = each(all, (object) => ({ ...object, ...withImage(object, entry) as ApiObject })); // an object stays one
  return all;
}

function inNamespace(object: ApiObject, namespace: string): ApiObject {
  if (object.kind === 'Namespace') return withAt(object, ['metadata', 'name'], namespace);
  const own = isClusterScoped(object) ? object : withAt(object, ['metadata', 'namespace'], namespace);
  if (!/^(Cluster)?RoleBinding$/.test(object.kind)) return own;
  const subjects = listAt(own, 'subjects').map((subject) => (isDict(subject) && subject.kind === 'ServiceAccount' && subject.name === 'default' ? { ...subject, namespace } : subject));
  return subjects.length > 0 ? { ...own, subjects } : own;
}

const UNNAMED = new Set(['APIService', 'CustomResourceDefinition', 'Namespace']);

function renamed(object: ApiObject, prefix: string, suffix: string): ApiObject {
  return UNNAMED.has(object.kind) ? object : withAt(object, ['metadata', 'name'], `${prefix}${nameOf(object)}${suffix}`);
}

/** Where pairs go: a path, for some kinds only, made if it is not there (`create`). */
interface PairPath { path: string; kinds?: readonly string[]; create?: boolean }

const CONTROLLERS = ['ReplicationController', 'Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet', 'Job'];
const TEMPLATES: readonly PairPath[] = [
  { path: 'spec.template.metadata.labels', kinds: CONTROLLERS, create: true },
  { path: 'spec.jobTemplate.metadata.labels', kinds: ['CronJob'], create: true }, { path: 'spec.jobTemplate.spec.template.metadata.labels', kinds: ['CronJob'], create: true },
];
const SELECTORS: readonly PairPath[] = [
  { path: 'spec.selector', kinds: ['Service', 'ReplicationController'], create: true }, { path: 'spec.selector.matchLabels', kinds: ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'], create: true },
  { path: 'spec.selector.matchLabels', kinds: ['Job', 'PodDisruptionBudget'] }, { path: 'spec.jobTemplate.spec.selector.matchLabels', kinds: ['CronJob'] },
  { path: 'spec.podSelector.matchLabels', kinds: ['NetworkPolicy'] }, { path: 'spec.ingress[].from[].podSelector.matchLabels', kinds: ['NetworkPolicy'] }, { path: 'spec.egress[].to[].podSelector.matchLabels', kinds: ['NetworkPolicy'] },
  { path: 'spec.volumeClaimTemplates[].metadata.labels', kinds: ['StatefulSet'], create: true },
  ...['podAffinity', 'podAntiAffinity'].flatMap((affinity) => ['preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm', 'requiredDuringSchedulingIgnoredDuringExecution[]'].map((term) =>
    ({ path: `spec.template.spec.affinity.${affinity}.${term}.labelSelector.matchLabels`, kinds: ['Deployment', 'StatefulSet'] }))),
  { path: 'spec.template.spec.topologySpreadConstraints[].labelSelector.matchLabels', kinds: ['Deployment', 'StatefulSet'] },
];
const METADATA: readonly PairPath[] = [{ path: 'metadata.labels', create: true }];
const ANNOTATION_PATHS: readonly PairPath[] = [{ path: 'metadata.annotations', create: true }, ...TEMPLATES.map((entry) => ({ ...entry, path: entry.path.replace(/labels$/, 'annotations') }))];

function labelled(object: ApiObject, pairs: Dict, withSelectors: boolean, withTemplates: boolean): ApiObject {
  return withPairs(object, [...METADATA, ...(withSelectors || withTemplates ? TEMPLATES : []), ...(withSelectors ? SELECTORS : [])], pairs);
}

function withPairs(object: ApiObject, paths: readonly PairPath[], pairs: Dict): ApiObject {
  return paths.filter(({ kinds }) => !kinds || kinds.includes(object.kind)).reduce((result, { path, create = false }) => ({ ...result, ...put(result, path.split('.'), pairs, create) as ApiObject }), object); // an object stays one
}

/** The value with the pairs added at a path; `[]` stands for every element. */
function put(value: unknown, [step, ...rest]: readonly string[], pairs: Dict, create: boolean): unknown {
  if (step === undefined) return { ...(isDict(value) ? value : {}), ...pairs };
  if (!isDict(value)) return create && value === undefined ? { [step]: put(undefined, rest, pairs, create) } : value;
  const isList = step.endsWith('[]'), key = isList ? step.slice(0, -2) : step, inner = value[key];
  if (isList) return Array.isArray(inner) ? { ...value, [key]: inner.map((item) => put(item, rest, pairs, create)) } : value;
  return inner === undefined && !create ? value : { ...value, [key]: put(inner ?? undefined, rest, pairs, create) };
}

const SCALED = ['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'];

function scaled(resources: readonly Resource[], entry: unknown): Resource[] {
  const isMeant = ({ object, names }: Resource) => SCALED.includes(object.kind) && names.some(({ name }) => name === textAt(entry, 'name'));
  if (!resources.some(isMeant)) throw new KubectlError(`resource with name ${textAt(entry, 'name')} does not match a config with the following GVK [${SCALED.map((kind) => `${kind}.[noVer].[noGrp]`).join(' ')}]`);
  return resources.map((resource) => (isMeant(resource) ? { ...resource, object: withAt(resource.object, ['spec', 'replicas'], numberAt(entry, 'count')) } : resource));
}

/** The value with the images of all containers in it replaced. */
function withImage(value: unknown, entry: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withImage(item, entry));
  if (!isDict(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => {
    if (!/^(c|initC)ontainers$/.test(key) || !Array.isArray(inner)) return [key, withImage(inner, entry)];
    return [key, inner.map((container) => (isDict(container) && typeof container.image === 'string' ? { ...container, image: imageWith(container.image, entry) } : container))];
  }));
}

function imageWith(image: string, entry: unknown): string {
  const [, name = '', tag = '', digest = ''] = /^(.*?)(:[^:/@]+)?(@.+)?$/.exec(image) ?? [];
  if (name !== textAt(entry, 'name')) return image;
  const [newTag, newDigest] = [textAt(entry, 'newTag'), textAt(entry, 'digest')];
  const ending = newTag && newDigest ? `:${newTag}@${newDigest}` : newDigest ? `@${newDigest}` : newTag ? `:${newTag}` : `${tag}${digest}`;
  return `${textAt(entry, 'newName') || name}${ending}`;
}
