import { beforeAll, describe, expect, it } from 'vitest';
import { TerminalScene } from '../../../shell/terminal-scene.ts';

let scene: TerminalScene;
beforeAll(async () => { scene = await TerminalScene.booted(); });

const C = 'name: c, image: nginx';
const inContainer = (fields: string) => `{containers: [{${C}, ${fields}}]}`;
const besides = (fields: string) => `{${fields}, containers: [{${C}}]}`;

describe('a Pod is refused', () => {
  it.each([
    [besides('hostNetwork: true, hostUsers: true').replace(C, `${C}, ports: [{containerPort: 80, hostPort: 81}]`), 'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true'],
    [inContainer('env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.phase}}}]'), 'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"'],
    [inContainer('env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 5}}}]'), "spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are supported with the cpu resource"],
    [inContainer('readinessProbe: {tcpSocket: {port: 80}, terminationGracePeriodSeconds: 5}'), 'spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes'],
    [inContainer('lifecycle: {preStop: {sleep: {seconds: 31}}}'), 'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)'],
    [inContainer('resources: {limits: {hugepages-2Mi: 4Mi}}'), 'spec.containers[0].resources: Forbidden: HugePages require cpu or memory'],
    [inContainer('resources: {claims: [{name: x}]}'), 'spec.containers[0].resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty'],
    [besides('resourceClaims: [{name: x}]'), 'spec.resourceClaims[0]: Invalid value: {"Name":"x","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'],
    [inContainer('securityContext: {seccompProfile: {type: Localhost}}'), 'spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost'],
    [inContainer('securityContext: {procMount: Unmasked}'), 'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`'],
    [besides('securityContext: {fsGroupChangePolicy: Foo}'), 'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Foo": supported values: "Always", "OnRootMismatch"'],
    [besides('os: {name: windows}, securityContext: {runAsUser: 1}'), 'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod'],
    [besides('volumes: [{name: v, emptyDir: {sizeLimit: -1}}]'), 'spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity'],
    [besides('volumes: [{name: v, hostPath: {path: /a/../b}}]'), 'spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\''],
    [besides('volumes: [{name: v, projected: {sources: [{configMap: {name: a, items: [{key: x, path: p}]}}, {secret: {name: b, items: [{key: z, path: p}]}}]}}]'), 'spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths'],
    [besides('volumes: [{name: v, downwardAPI: {items: [{path: a}]}}]'), 'spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required'],
    [besides('volumes: [{name: v, emptyDir: {}}]').replace(C, `${C}, volumeMounts: [{name: v, mountPath: /a, mountPropagation: Bidirectional}]`), 'spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers'],
    [besides('topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}]'), 'spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway'],
    [besides('affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.uid, operator: In, values: [x]}]}]}}}'), 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "metadata.uid": not a valid field selector key'],
    [besides('schedulingGates: [{name: x}], nodeName: worker-1'), 'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    [besides('hostAliases: [{ip: bad}]'), 'spec.hostAliases[0].ip: Invalid value: "bad": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    [besides('ephemeralContainers: [{name: e, image: nginx}]'), 'spec.ephemeralContainers: Forbidden: cannot be set on create'],
  ])('%s', async (spec, why) => {
    expect(await scene.run(`kubectl create --dry-run=server -f - <<'X'\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: ${spec}\nX`)).toBe(`The Pod "p" is invalid: ${why}\n`);
  });

  it('by the RuntimeClass plugin with an overhead that no class gives', async () => {
    expect(await scene.run(`kubectl run p --image=nginx --overrides='{"spec":{"overhead":{"cpu":"1"}}}'`)).toBe('Error from server (Forbidden): pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead\n');
  });
});
