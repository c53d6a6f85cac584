/** How Services, their endpoints, Ingresses and NetworkPolicies are described, line for line as kubectl's describers write them. */
import { formatLabels, formatLabelSelector } from '../../cluster/api/labels.ts';
import { type ApiObject, at, isDict, listAt, numberAt, pairsAt, textAt } from '../objects.ts';
import { LAST_APPLIED } from '../requests.ts';
import type { Describer, DescribeSource } from './describer.ts';
import { annotationTexts } from './description.ts';

const SHOWN_ENDPOINTS = 3;

/** By kind; each describer gives lines with tabs. */
export const NETWORK_DESCRIBERS: Readonly<Record<string, Describer>> = Object.fromEntries(
  Object.entries({ Service: service, Endpoints: endpoints, EndpointSlice: endpointSlice, Ingress: ingress, IngressClass: ingressClass, NetworkPolicy: networkPolicy })
    .map(([kind, lines]): [string, Describer] => [kind, async (object, out, source) => { for (const line of await lines(object, source)) out.line(line); }]),
);

/** `Labels:` and the like: a pair a line. */
function pairs(label: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [`${label}:\t<none>`] : texts.map((text, i) => `${i === 0 ? `${label}:` : ''}\t${text}`);
}

const labels = (object: ApiObject) => pairs('Labels', Object.entries(pairsAt(object, 'metadata', 'labels')).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`));
const annotations = (object: ApiObject) => pairs('Annotations', annotationTexts(Object.fromEntries(Object.entries(pairsAt(object, 'metadata', 'annotations')).filter(([key]) => key !== LAST_APPLIED))));
const head = (object: ApiObject) => [`Name:\t${object.metadata.name}`, `Namespace:\t${object.metadata.namespace}`];
const optional = (label: string, value: string) => (value ? [`${label}:\t${value}`] : []);

function slicesOf(source: DescribeSource, namespace: string | undefined, service: string): Promise<ApiObject[]> {
  return source.list('endpointslices.discovery.k8s.io', { namespace, labelSelector: `kubernetes.io/service-name=${service}` });
}

/** Addresses of the ready endpoints behind a port name. */
function endpointsText(slices: readonly ApiObject[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const found = slices.flatMap((slice) => {
    const ready = listAt(slice, 'endpoints').filter((e) => at(e, 'conditions', 'ready') !== false).map((e) => textAt(e, 'addresses', 0));
    const ports = listAt(slice, 'ports');
    if (ports.length === 0) return ready;
    return ports.filter((p) => textAt(p, 'name') === portName).flatMap((p) => ready.map((address) => `${address}:${numberAt(p, 'port') ?? 0}`));
  });
  const shown = found.slice(0, SHOWN_ENDPOINTS).join(',');
  return found.length > SHOWN_ENDPOINTS ? `${shown} + ${found.length - SHOWN_ENDPOINTS} more...` : shown;
}

async function service(object: ApiObject, source: DescribeSource): Promise<string[]> {
  const text = (...path: string[]) => textAt(object, 'spec', ...path);
  const list = (key: string) => listAt(object, 'spec', key).map(String).join(',');
  const slices = await slicesOf(source, object.metadata.namespace, object.metadata.name ?? '');
  const balancers = listAt(object, 'status', 'loadBalancer', 'ingress').map((i) => `${textAt(i, 'ip') || textAt(i, 'hostname')}${textAt(i, 'ipMode') ? ` (${textAt(i, 'ipMode')})` : ''}`);
  return [
    ...head(object), ...labels(object), ...annotations(object),
    `Selector:\t${formatLabels(pairsAt(object, 'spec', 'selector'))}`, `Type:\t${text('type')}`, ...optional('IP Family Policy', text('ipFamilyPolicy')), `IP Families:\t${list('ipFamilies') || '<none>'}`,
    `IP:\t${text('clusterIP')}`, `IPs:\t${list('clusterIPs') || '<none>'}`, ...optional('External IPs', list('externalIPs')), ...optional('Desired LoadBalancer IP', text('loadBalancerIP')),
    ...optional('External Name', text('externalName')), ...optional('LoadBalancer Ingress', balancers.join(', ')),
    ...listAt(object, 'spec', 'ports').flatMap((port) => portLines(port, slices)),
    `Session Affinity:\t${text('sessionAffinity')}`, ...optional('External Traffic Policy', text('externalTrafficPolicy')), ...optional('Internal Traffic Policy', text('internalTrafficPolicy')),
    ...optional('HealthCheck NodePort', text('healthCheckNodePort')), ...optional('Traffic Distribution', text('trafficDistribution')), ...optional('LoadBalancer Source Ranges', list('loadBalancerSourceRanges')),
  ];
}

function portLines(port: unknown, slices: readonly ApiObject[]): string[] {
  const [name, protocol] = [textAt(port, 'name') || '<unset>', textAt(port, 'protocol')];
  return [
    `Port:\t${name}\t${textAt(port, 'port')}/${protocol}`, `TargetPort:\t${textAt(port, 'targetPort')}/${protocol}`,
    ...(numberAt(port, 'nodePort') ? [`NodePort:\t${name}\t${textAt(port, 'nodePort')}/${protocol}`] : []),
    `Endpoints:\t${endpointsText(slices, textAt(port, 'name'))}`,
  ];
}

function endpoints(object: ApiObject): string[] {
  const addresses = (subset: unknown, key: string) => listAt(subset, key).map((a) => textAt(a, 'ip')).join(',') || '<none>';
  return [
    ...head(object), ...labels(object), ...annotations(object), 'Subsets:',
    ...listAt(object, 'subsets').flatMap((subset) => [`  Addresses:\t${addresses(subset, 'addresses')}`, `  NotReadyAddresses:\t${addresses(subset, 'notReadyAddresses')}`, ...portTable(listAt(subset, 'ports'), '  '), '']),
  ];
}

function portTable(ports: readonly unknown[], indent: string): string[] {
  if (ports.length === 0) return [];
  return [`${indent}Ports:`, `${indent}  Name\tPort\tProtocol`, `${indent}  ----\t----\t--------`, ...ports.map((p) => `${indent}  ${textAt(p, 'name') || '<unset>'}\t${textAt(p, 'port') || '<unset>'}\t${textAt(p, 'protocol')}`)];
}

function endpointSlice(object: ApiObject): string[] {
  const [ports, list] = [listAt(object, 'ports'), listAt(object, 'endpoints')];
  const or = (value: unknown, key: string) => textAt(value, key) || '<unset>';
  return [
    ...head(object), ...labels(object), ...annotations(object), `AddressType:\t${textAt(object, 'addressType')}`,
    ...(ports.length === 0 ? ['Ports: <unset>'] : portTable(ports, '')),
    ...(list.length === 0 ? ['Endpoints: <none>'] : ['Endpoints:']),
    ...list.flatMap((endpoint) => [
      `  - Addresses:\t${listAt(endpoint, 'addresses').join(', ') || '<none>'}`, '    Conditions:', `      Ready:\t${or(at(endpoint, 'conditions'), 'ready')}`, `    Hostname:\t${or(endpoint, 'hostname')}`,
      ...(isDict(at(endpoint, 'targetRef')) ? [`    TargetRef:\t${textAt(endpoint, 'targetRef', 'kind')}/${textAt(endpoint, 'targetRef', 'name')}`] : []),
      `    NodeName:\t${or(endpoint, 'nodeName')}`, `    Zone:\t${or(endpoint, 'zone')}`,
    ]),
  ];
}

async function ingress(object: ApiObject, source: DescribeSource): Promise<string[]> {
  const namespace = object.metadata.namespace;
  const address = [...new Set(listAt(object, 'status', 'loadBalancer', 'ingress').map((i) => textAt(i, 'ip') || textAt(i, 'hostname')))].filter(Boolean).sort().join(',');
  const fallback = at(object, 'spec', 'defaultBackend');
  const defaultBackend = fallback ? await backendText(fallback, namespace, source) : '<default>';
  const tls = listAt(object, 'spec', 'tls').map((entry) => {
    const hosts = listAt(entry, 'hosts').join(',');
    return textAt(entry, 'secretName') ? `  ${textAt(entry, 'secretName')} terminates ${hosts}` : `  SNI routes ${hosts}`;
  });
  const rules: string[] = [];
  for (const rule of listAt(object, 'spec', 'rules').filter((r) => at(r, 'http') !== undefined)) {
    rules.push(`  ${textAt(rule, 'host') || '*'}\t`);
    for (const path of listAt(rule, 'http', 'paths')) rules.push(`    \t${textAt(path, 'path')} \t${await backendText(at(path, 'backend'), namespace, source)}`);
  }
  return [
    `Name:\t${object.metadata.name}`, ...labels(object), `Namespace:\t${namespace}`, `Address:\t${address}`, `Ingress Class:\t${textAt(object, 'spec', 'ingressClassName') || '<none>'}`, `Default backend:\t${defaultBackend}`,
    ...(tls.length > 0 ? ['TLS:', ...tls] : []), 'Rules:', '  Host\tPath\tBackends', '  ----\t----\t--------', ...(rules.length > 0 ? rules : [`  *\t*\t${defaultBackend}`]), ...annotations(object),
  ];
}

async function backendText(backend: unknown, namespace: string | undefined, source: DescribeSource): Promise<string> {
  const resource = at(backend, 'resource');
  if (isDict(resource)) return `APIGroup: ${textAt(resource, 'apiGroup') || '<none>'}, Kind: ${textAt(resource, 'kind')}, Name: ${textAt(resource, 'name')}`;
  const name = textAt(backend, 'service', 'name');
  const port = textAt(backend, 'service', 'port', 'number') || textAt(backend, 'service', 'port', 'name');
  const found = await source.get('services', name, namespace);
  if (!found) return `${name}:${port} (<error: services "${name}" not found>)`;
  const portName = listAt(found, 'spec', 'ports').filter((p) => textAt(p, 'port') === port || textAt(p, 'name') === port).map((p) => textAt(p, 'name'))[0] ?? '';
  return `${name}:${port} (${endpointsText(await slicesOf(source, namespace, name), portName)})`;
}

function ingressClass(object: ApiObject): string[] {
  const parameters = at(object, 'spec', 'parameters');
  return [
    `Name:\t${object.metadata.name}`, ...labels(object), ...annotations(object), `Controller:\t${textAt(object, 'spec', 'controller')}`,
    ...(isDict(parameters) ? ['Parameters:', ...optional('  APIGroup', textAt(parameters, 'apiGroup')), `  Kind:\t${textAt(parameters, 'kind')}`, `  Name:\t${textAt(parameters, 'name')}`] : []),
  ];
}

const DIRECTIONS = [
  { type: 'Ingress', rules: 'ingress', peers: 'from', word: 'From', isolated: 'ingress', end: 'source' },
  { type: 'Egress', rules: 'egress', peers: 'to', word: 'To', isolated: 'egress', end: 'destination' },
] as const;

function networkPolicy(object: ApiObject): string[] {
  const types = listAt(object, 'spec', 'policyTypes').map(String);
  const selector = formatLabelSelector(at(object, 'spec', 'podSelector') ?? {});
  const created = new Date(Date.parse(object.metadata.creationTimestamp ?? '')).toISOString().slice(0, 19).replace('T', ' ');
  return [
    ...head(object), `Created on:\t${created} +0000 UTC`, ...labels(object), ...annotations(object), 'Spec:',
    `  PodSelector:     ${selector === '<none>' ? '<none> (Allowing the specific traffic to all pods in this namespace)' : selector}`,
    ...DIRECTIONS.flatMap((direction) => {
      if (!types.includes(direction.type)) return [`  Not affecting ${direction.isolated} traffic`];
      return [`  Allowing ${direction.isolated} traffic:`, ...policyRules(listAt(object, 'spec', direction.rules), direction).map((line) => `    ${line}`)];
    }),
    `  Policy Types: ${types.join(', ')}`,
  ];
}

function policyRules(rules: readonly unknown[], { peers: key, word, isolated, end }: (typeof DIRECTIONS)[number]): string[] {
  if (rules.length === 0) return [`<none> (Selected pods are isolated for ${isolated} connectivity)`];
  return rules.flatMap((rule, i) => {
    const [ports, peers] = [listAt(rule, 'ports'), listAt(rule, key)];
    return [
      ...(i > 0 ? ['----------'] : []),
      ...(ports.length === 0 ? ['To Port: <any> (traffic allowed to all ports)'] : ports.map((p) => `To Port: ${textAt(p, 'port') || '<nil>'}/${textAt(p, 'protocol') || 'TCP'}`)),
      ...(peers.length === 0 ? [`${word}: <any> (traffic not restricted by ${end})`] : peers.flatMap((peer) => [`${word}:`, ...peerLines(peer).map((line) => `  ${line}`)])),
    ];
  });
}

function peerLines(peer: unknown): string[] {
  const block = at(peer, 'ipBlock');
  if (isDict(block)) return ['IPBlock:', `  CIDR: ${textAt(block, 'cidr')}`, `  Except: ${listAt(block, 'except').join(', ')}`];
  return ['NamespaceSelector', 'PodSelector'].flatMap((label) => {
    const selector = at(peer, label[0]!.toLowerCase() + label.slice(1));
    return isDict(selector) ? [`${label}: ${formatLabelSelector(selector)}`] : [];
  });
}
