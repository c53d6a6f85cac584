/** The restricted level: baseline, and only what a hardened Pod needs. */
import type { Container, Volume } from '../../../api/types.ts';
import { allContainers, type Check, containersThat, distinct, isWindows, named, plural, quoted, setters } from './check.ts';
import { BASELINE, capabilitiesBaseline, hostPathVolumes, procMount, procMountBaseline, seccompBaseline } from './baseline.ts';

const VOLUME_TYPES = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret']);

const allowPrivilegeEscalation: Check = ({ spec }) => {
  if (isWindows(spec)) return undefined;
  const containers = containersThat(spec, (c) => c.securityContext?.allowPrivilegeEscalation !== false);
  return containers.length > 0 ? { reason: 'allowPrivilegeEscalation != false', detail: `${named(containers)} must set securityContext.allowPrivilegeEscalation=false` } : undefined;
};

const capabilities: Check = ({ spec }) => {
  if (isWindows(spec)) return undefined;
  const keeps = containersThat(spec, (c) => !c.securityContext?.capabilities?.drop?.includes('ALL'));
  const extra = (c: Container) => (c.securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const adds = containersThat(spec, (c) => extra(c).length > 0);
  const details = [
    ...(keeps.length > 0 ? [`${named(keeps)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adds.length > 0 ? [`${named(adds)} must not include ${quoted(distinct(allContainers(spec).flatMap(extra)))} in securityContext.capabilities.add`] : []),
  ];
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
};

const volumeTypes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUME_TYPES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = distinct(bad.map(typeOf));
  const names = bad.map((volume) => volume.name);
  return { reason: 'restricted volume types', detail: `${named(names, 'volume')} ${plural(names, 'uses', 'use')} restricted volume ${plural(types, 'type')} ${quoted(types)}` };
};

function typeOf(volume: Volume): string {
  // A volume without a source becomes an emptyDir only later; upstream calls it unknown here.
  return Object.keys(volume).find((field) => field !== 'name') ?? 'unknown';
}

const runAsNonRoot: Check = ({ spec }) => {
  if (spec.hostUsers === false) return undefined;
  const pod = spec.securityContext?.runAsNonRoot;
  const explicit = containersThat(spec, (c) => c.securityContext?.runAsNonRoot === false);
  if (pod === false || explicit.length > 0) {
    return { reason: 'runAsNonRoot != true', detail: `${setters(pod === false, explicit)} must not set securityContext.runAsNonRoot=false` };
  }
  const implicit = pod ? [] : containersThat(spec, (c) => c.securityContext?.runAsNonRoot === undefined);
  return implicit.length > 0 ? { reason: 'runAsNonRoot != true', detail: `pod or ${named(implicit)} must set securityContext.runAsNonRoot=true` } : undefined;
};

const runAsUser: Check = ({ spec }) => {
  if (spec.hostUsers === false) return undefined;
  const pod = spec.securityContext?.runAsUser === 0;
  const containers = containersThat(spec, (c) => c.securityContext?.runAsUser === 0);
  return pod || containers.length > 0 ? { reason: 'runAsUser=0', detail: `${setters(pod, containers)} must not set runAsUser=0` } : undefined;
};

const seccomp: Check = (subject) => {
  const { spec } = subject;
  if (isWindows(spec)) return undefined;
  const explicit = seccompBaseline(subject);
  if (explicit) return explicit;
  const implicit = spec.securityContext?.seccompProfile?.type ? [] : containersThat(spec, (c) => c.securityContext?.seccompProfile?.type === undefined);
  if (implicit.length === 0) return undefined;
  return { reason: 'seccompProfile', detail: `pod or ${named(implicit)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` };
};

const REPLACED: readonly Check[] = [capabilitiesBaseline, hostPathVolumes, procMountBaseline, seccompBaseline];

export const RESTRICTED: readonly Check[] = [
  ...BASELINE.filter((check) => !REPLACED.includes(check)),
  allowPrivilegeEscalation, capabilities, procMount, volumeTypes, runAsNonRoot, runAsUser, seccomp,
];
