/** The baseline level: what lets a container out of its box is forbidden. Checks run in the order of their names upstream. */
import type { Container } from '../../../api/types.ts';
import { allContainers, type Check, containersThat, distinct, named, plural, quoted, setters } from './check.ts';

const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const DEFAULT_CAPABILITIES = new Set([
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_local_reserved_ports', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_syncookies', 'net.ipv4.tcp_wmem',
]);

const appArmor: Check = ({ metadata, spec }) => {
  const isBad = (type: string | undefined) => type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  const podType = spec.securityContext?.appArmorProfile?.type;
  const containers = containersThat(spec, (c) => isBad(c.securityContext?.appArmorProfile?.type));
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key, value]) =>
    key.startsWith(APPARMOR_ANNOTATION) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'));
  const values = [
    ...(isBad(podType) ? [podType ?? ''] : []),
    ...allContainers(spec).flatMap((c) => (isBad(c.securityContext?.appArmorProfile?.type) ? [c.securityContext?.appArmorProfile?.type ?? ''] : [])),
    ...annotations.map(([key, value]) => `${key}="${value}"`),
  ];
  if (values.length === 0) return undefined;
  const bad = distinct(values);
  const who = [setters(isBad(podType), containers), annotations.length > 0 ? plural(annotations, 'annotation') : ''].filter(Boolean).join(' and ');
  return { reason: plural(bad, 'forbidden AppArmor profile'), detail: `${who} must not set AppArmor profile type to ${quoted(bad)}` };
};

/** Capabilities beyond the container runtime's default set. */
export const capabilitiesBaseline: Check = ({ spec }) => {
  const extra = (c: Container) => (c.securityContext?.capabilities?.add ?? []).filter((name) => !DEFAULT_CAPABILITIES.has(name));
  const containers = containersThat(spec, (c) => extra(c).length > 0);
  if (containers.length === 0) return undefined;
  const names = distinct(allContainers(spec).flatMap(extra));
  return { reason: 'non-default capabilities', detail: `${named(containers)} must not include ${quoted(names)} in securityContext.capabilities.add` };
};

const hostNamespaces: Check = ({ spec }) => {
  const set = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
  return set.length > 0 ? { reason: 'host namespaces', detail: set.map((field) => `${field}=true`).join(', ') } : undefined;
};

/** At the restricted level the check of volume types says it. */
export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter((volume) => volume.hostPath).map((volume) => volume.name);
  return names.length > 0 ? { reason: 'hostPath volumes', detail: named(names, 'volume') } : undefined;
};

const hostPorts: Check = ({ spec }) => {
  const portsOf = (c: Container) => (c.ports ?? []).flatMap((port) => (port.hostPort ? [String(port.hostPort)] : []));
  const containers = containersThat(spec, (c) => portsOf(c).length > 0);
  if (containers.length === 0) return undefined;
  const ports = distinct(allContainers(spec).flatMap(portsOf));
  return { reason: 'hostPort', detail: `${named(containers)} ${plural(containers, 'uses', 'use')} ${plural(ports, 'hostPort')} ${ports.join(', ')}` };
};

const hostProbes: Check = ({ spec }) => {
  const handlers = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container) => [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  const hostsOf = (c: Container) => handlers(c).flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter((host) => host !== undefined && host !== '');
  const containers = containersThat(spec, (c) => hostsOf(c).length > 0);
  if (containers.length === 0) return undefined;
  const hosts = distinct(allContainers(spec).flatMap(hostsOf).filter((host) => host !== undefined));
  return { reason: 'probe or lifecycle host', detail: `${named(containers)} ${plural(containers, 'uses', 'use')} probe or lifecycle ${plural(hosts, 'host')} ${quoted(hosts)}` };
};

const privileged: Check = ({ spec }) => {
  const containers = containersThat(spec, (c) => c.securityContext?.privileged === true);
  return containers.length > 0 ? { reason: 'privileged', detail: `${named(containers)} must not set securityContext.privileged=true` } : undefined;
};

/** At the baseline level a user namespace of its own makes an unmasked /proc harmless. */
export const procMountBaseline: Check = (subject) => (subject.spec.hostUsers === false ? undefined : procMount(subject));

export const procMount: Check = ({ spec }) => {
  const containers = containersThat(spec, (c) => (c.securityContext?.procMount ?? 'Default') !== 'Default');
  if (containers.length === 0) return undefined;
  const values = distinct(allContainers(spec).map((c) => c.securityContext?.procMount ?? 'Default').filter((value) => value !== 'Default'));
  return { reason: 'procMount', detail: `${named(containers)} must not set securityContext.procMount to ${quoted(values)}` };
};

const seLinux: Check = ({ spec }) => {
  type Options = { type?: string; user?: string; role?: string } | undefined;
  const isBad = (options: Options) => options !== undefined && (!SELINUX_TYPES.has(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
  const pod: Options = spec.securityContext?.seLinuxOptions;
  const containers = containersThat(spec, (c) => isBad(c.securityContext?.seLinuxOptions));
  if (!isBad(pod) && containers.length === 0) return undefined;
  const all: Options[] = [pod, ...allContainers(spec).map((c) => c.securityContext?.seLinuxOptions)];
  const types = distinct(all.map((options) => options?.type ?? '').filter((type) => !SELINUX_TYPES.has(type)));
  const data = [
    ...(types.length > 0 ? [named(types, 'type')] : []),
    ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
    ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
  ];
  return { reason: 'seLinuxOptions', detail: `${setters(isBad(pod), containers)} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}` };
};

/** At the restricted level a stricter check takes its place. */
export const seccompBaseline: Check = ({ spec }) => {
  const isBad = (type: string | undefined) => type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
  const pod = spec.securityContext?.seccompProfile?.type;
  const containers = containersThat(spec, (c) => isBad(c.securityContext?.seccompProfile?.type));
  if (!isBad(pod) && containers.length === 0) return undefined;
  const values = distinct([pod, ...allContainers(spec).map((c) => c.securityContext?.seccompProfile?.type)].filter((type) => type !== undefined && isBad(type)).map(String));
  return { reason: 'seccompProfile', detail: `${setters(isBad(pod), containers)} must not set securityContext.seccompProfile.type to ${quoted(values)}` };
};

const sysctls: Check = ({ spec }) => {
  const names = (spec.securityContext?.sysctls ?? []).map((sysctl) => sysctl.name).filter((name) => !SAFE_SYSCTLS.has(name));
  return names.length > 0 ? { reason: 'forbidden sysctls', detail: names.join(', ') } : undefined;
};

const windowsHostProcess: Check = ({ spec }) => {
  const pod = spec.securityContext?.windowsOptions?.hostProcess === true;
  const containers = containersThat(spec, (c) => c.securityContext?.windowsOptions?.hostProcess === true);
  if (!pod && containers.length === 0) return undefined;
  return { reason: 'hostProcess', detail: `${setters(pod, containers)} must not set securityContext.windowsOptions.hostProcess=true` };
};

export const BASELINE: readonly Check[] = [
  appArmor, capabilitiesBaseline, hostNamespaces, hostPathVolumes, hostPorts, hostProbes, privileged, procMountBaseline, seLinux, seccompBaseline, sysctls, windowsHostProcess,
];
