/** What the API server warns about in a Pod's spec (k8s.io/kubernetes/pkg/api/pod/warnings.go), its most common parts. */
import { formatQuantity, parseQuantity } from './quantity.ts';
import type { Container, PodSpec } from './types.ts';

const deprecatedNodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** Warnings about a spec; `field` is where it is: `spec`, `spec.template.spec`. */
export function podWarnings(field: string, spec: PodSpec): string[] {
  const warnings = Object.keys(spec.nodeSelector ?? {}).sort()
    .flatMap((key) => (deprecatedNodeLabels[key] ? [`${field}.nodeSelector[${key}]: ${deprecatedNodeLabels[key]}`] : []));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) warnings.push(`${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  for (const kind of ['initContainers', 'containers'] as const) {
    for (const [index, container] of (spec[kind] ?? []).entries()) warnings.push(...containerWarnings(`${field}.${kind}[${index}]`, container));
  }
  return warnings;
}

function containerWarnings(field: string, { resources, env, ports }: Container): string[] {
  return [
    ...fractionalBytes(`${field}.resources.limits`, resources?.limits),
    ...fractionalBytes(`${field}.resources.requests`, resources?.requests),
    ...hiddenVariables(`${field}.env`, env ?? []),
    ...duplicatePorts(`${field}.ports`, ports ?? []),
  ];
}

function fractionalBytes(field: string, list: Record<string, string> | undefined): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) => {
    const quantity = list?.[name] === undefined ? undefined : parseQuantity(list[name]);
    const isWhole = quantity === undefined || quantity.nano % 1_000_000_000n === 0n;
    return isWhole ? [] : [`${field}[${name}]: fractional byte value "${formatQuantity(quantity)}" is invalid, must be an integer`];
  });
}

function hiddenVariables(field: string, env: NonNullable<Container['env']>): string[] {
  const seen = new Set<string>();
  return env.flatMap(({ name, value }, index) => {
    // A variable that extends its former self is meant to come twice.
    const hides = seen.has(name) && !value?.includes(`$(${name})`);
    seen.add(name);
    return hides ? [`${field}[${index}]: hides previous definition of "${name}", which may be dropped when using apply`] : [];
  });
}

function duplicatePorts(field: string, ports: NonNullable<Container['ports']>): string[] {
  const first = new Map<string, number>();
  return ports.flatMap(({ containerPort, protocol, hostPort, hostIP }, index) => {
    const key = `${protocol}/${containerPort}/${hostPort ?? ''}/${hostIP ?? ''}`;
    const before = first.get(key);
    if (before !== undefined) return [`${field}[${index}]: duplicate port definition with ${field}[${before}]`];
    first.set(key, index);
    return [];
  });
}
