/** Defaults of Pods and Pod templates (k8s.io/kubernetes/pkg/apis/core/v1/defaults.go). */
import { changed, mapped, withDefaults, withField } from './defaulting.ts';
import { containersTotal, isPodLevel } from './pod-resources.ts';
import { roundedUpToMilli } from './quantity.ts';
import type { Container, EnvVar, Pod, PodSpec, PodTemplateSpec, Probe, Volume } from './types.ts';

const FILE_MODE = 0o644;
const TOKEN_EXPIRATION_SECONDS = 3600;

/** Specs that have all their defaults: most writes to a Pod bring back the spec that is stored. */
const complete = new WeakSet<PodSpec>();

/** A Pod's spec with all defaults, those that templates do not get included. */
export function podSpecWithDefaults(spec: PodSpec): PodSpec {
  if (complete.has(spec)) return spec;
  let result = templateSpecWithDefaults(spec);
  result = withDefaults(result, { enableServiceLinks: true });
  result = withField(result, 'containers', mapped(result.containers, requestsFromLimits));
  result = withField(result, 'initContainers', mapped(result.initContainers, requestsFromLimits));
  result = withField(result, 'resources', changed(result.resources, (resources) => ownRequests(resources, result)));
  complete.add(result);
  return result;
}

/** A Pod template with its defaults. */
export function templateWithDefaults(template: PodTemplateSpec): PodTemplateSpec {
  const whole = withDefaults(template, { metadata: {}, spec: { containers: [] } });
  return withField(whole, 'spec', changed(whole.spec, templateSpecWithDefaults));
}

function templateSpecWithDefaults(spec: PodSpec): PodSpec {
  let result = withDefaults(spec, {
    restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler', terminationGracePeriodSeconds: 30, securityContext: {}, containers: [],
  });
  const account = result.serviceAccountName ?? result.serviceAccount;
  if (account) result = withField(withField(result, 'serviceAccountName', account), 'serviceAccount', account);
  const container = (each: Container) => containerWithDefaults(each, result.hostNetwork === true);
  result = withField(result, 'containers', mapped(result.containers, container));
  result = withField(result, 'initContainers', mapped(result.initContainers, container));
  result = withField(result, 'ephemeralContainers', mapped(result.ephemeralContainers, (each) => ({ ...each, ...container(each) })));
  result = withField(result, 'volumes', mapped(result.volumes, volumeWithDefaults));
  return withField(result, 'overhead', changed(result.overhead, roundedUp));
}

function containerWithDefaults(container: Container, hostNetwork: boolean): Container {
  let result = withDefaults(container, {
    imagePullPolicy: defaultPullPolicy(container.image ?? ''), terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', resources: {},
  });
  result = withField(result, 'ports', mapped(result.ports, (port) => withDefaults(port, { protocol: 'TCP', hostPort: hostNetwork ? port.containerPort : undefined })));
  result = withField(result, 'env', mapped(result.env, envWithDefaults));
  result = withField(result, 'livenessProbe', changed(result.livenessProbe, probeWithDefaults));
  result = withField(result, 'readinessProbe', changed(result.readinessProbe, probeWithDefaults));
  result = withField(result, 'startupProbe', changed(result.startupProbe, probeWithDefaults));
  result = withField(result, 'lifecycle', changed(result.lifecycle, (lifecycle) => {
    const postStart = changed(lifecycle.postStart, handlerWithDefaults);
    return withField(withField(lifecycle, 'postStart', postStart), 'preStop', changed(lifecycle.preStop, handlerWithDefaults));
  }));
  return withField(result, 'resources', changed(result.resources, resourcesWithDefaults));
}

/** `Always` for images without a tag or tagged `latest`, unless pinned by digest. */
function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function probeWithDefaults(probe: Probe): Probe {
  const timed = withDefaults(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  const grpc = changed(timed.grpc, (action) => withDefaults(action, { service: '' }));
  return withField(handlerWithDefaults(timed), 'grpc', grpc);
}

function handlerWithDefaults<T extends Pick<Probe, 'httpGet'>>(handler: T): T {
  return withField(handler, 'httpGet', changed(handler.httpGet, (action) => withDefaults(action, { path: '/', scheme: 'HTTP' })));
}

function envWithDefaults(variable: EnvVar): EnvVar {
  return withField(variable, 'valueFrom', changed(variable.valueFrom, (source) =>
    withField(source, 'fieldRef', changed(source.fieldRef, (ref) => withDefaults(ref, { apiVersion: 'v1' })))));
}

type Resources = NonNullable<Container['resources']>;

function resourcesWithDefaults(resources: Resources): Resources {
  return withField(withField(resources, 'limits', changed(resources.limits, roundedUp)), 'requests', changed(resources.requests, roundedUp));
}

/** Quantities in canonical form; finer ones than a thousandth are rounded up, for compatibility with old clients. */
function roundedUp<T extends Record<string, string>>(list: T): T {
  const entries = Object.entries(list).map(([name, quantity]) => [name, roundedUpToMilli(quantity)] as const);
  return entries.every(([name, quantity]) => list[name] === quantity) ? list : { ...list, ...Object.fromEntries(entries) };
}

/** In Pods, though not in templates, a limit without a request is requested too. */
function requestsFromLimits(container: Container): Container {
  const { limits, requests } = container.resources ?? {};
  const missing = Object.entries(limits ?? {}).filter(([name]) => requests?.[name] === undefined);
  if (missing.length === 0) return container;
  return { ...container, resources: { ...container.resources, requests: { ...requests, ...Object.fromEntries(missing) } } };
}

/** A Pod with resources of its own requests what its containers ask for together, and its limit where they ask for nothing (setDefaultPodRequests). */
function ownRequests(resources: Resources, spec: PodSpec): Resources {
  if (Object.keys({ ...resources.limits, ...resources.requests }).length === 0) return resources;
  const asked = Object.fromEntries(Object.entries(containersTotal(spec, 'requests')).filter(([name]) => isPodLevel(name)));
  const requests = { ...resources.limits, ...asked, ...resources.requests };
  return Object.keys(requests).length === Object.keys(resources.requests ?? {}).length ? resources : { ...resources, requests };
}

function volumeWithDefaults(volume: Volume): Volume {
  if (Object.keys(volume).length <= 1) return { ...volume, emptyDir: {} };
  let result = withField(volume, 'secret', changed(volume.secret, (source) => withDefaults(source, { defaultMode: FILE_MODE })));
  result = withField(result, 'configMap', changed(result.configMap, (source) => withDefaults(source, { defaultMode: FILE_MODE })));
  result = withField(result, 'downwardAPI', changed(result.downwardAPI, (source) => withField(withDefaults(source, { defaultMode: FILE_MODE }), 'items', mapped(source.items, itemWithDefaults))));
  result = withField(result, 'hostPath', changed(result.hostPath, (source) => withDefaults(source, { type: '' })));
  result = withField(result, 'ephemeral', changed(result.ephemeral, (source) => withField(source, 'volumeClaimTemplate', changed(source.volumeClaimTemplate, (claim) =>
    withField(claim, 'spec', withDefaults(claim.spec, { volumeMode: 'Filesystem' }))))));
  return withField(result, 'projected', changed(result.projected, projectedWithDefaults));
}

type Projected = NonNullable<Volume['projected']>;
type DownwardItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

function projectedWithDefaults(projected: Projected): Projected {
  const sources = mapped(projected.sources, (source) => {
    const token = changed(source.serviceAccountToken, (each) => withDefaults(each, { expirationSeconds: TOKEN_EXPIRATION_SECONDS }));
    const downward = changed(source.downwardAPI, (each) => withField(each, 'items', mapped(each.items, itemWithDefaults)));
    return withField(withField(source, 'serviceAccountToken', token), 'downwardAPI', downward);
  });
  return withField(withDefaults(projected, { defaultMode: FILE_MODE }), 'sources', sources as Projected['sources']);
}

function itemWithDefaults(item: DownwardItem): DownwardItem {
  return withField(item, 'fieldRef', changed(item.fieldRef, (ref) => withDefaults(ref, { apiVersion: 'v1' })));
}

/** A Pod with its defaults. */
export function podWithDefaults(pod: Pod): Pod {
  return withField(pod, 'spec', podSpecWithDefaults(pod.spec ?? { containers: [] }));
}
