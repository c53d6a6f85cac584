/** The shapes of resource.k8s.io/v1, as far as they are used here. */
import type { KubeObject, NodeSelector } from './types.ts';

export interface DeviceSelector { cel?: { expression: string } }
interface DeviceToleration { key?: string; operator?: string; value?: string; effect?: string; tolerationSeconds?: number }
interface DeviceTaint { key: string; value?: string; effect: string; timeAdded?: string }

/** What a request and each of its alternatives ask for. */
export interface DeviceDemand {
  deviceClassName: string;
  selectors?: DeviceSelector[];
  allocationMode?: string;
  count?: number;
  adminAccess?: boolean;
  tolerations?: DeviceToleration[];
  capacity?: { requests?: Record<string, string> };
}
export interface DeviceRequest { name: string; exactly?: DeviceDemand; firstAvailable?: (DeviceDemand & { name: string })[] }
export interface DeviceConstraint { requests?: string[]; matchAttribute?: string; distinctAttribute?: string }
interface OpaqueConfig { opaque?: { driver: string; parameters: unknown } }
export interface DeviceClaim { requests?: DeviceRequest[]; constraints?: DeviceConstraint[]; config?: (OpaqueConfig & { requests?: string[] })[] }
interface ResourceClaimSpec { devices?: DeviceClaim }

export interface DeviceResult { request: string; driver: string; pool: string; device: string; adminAccess?: boolean }
export interface Allocation {
  devices?: { results?: DeviceResult[]; config?: (OpaqueConfig & { requests?: string[]; source: string })[] };
  nodeSelector?: NodeSelector;
  allocationTimestamp?: string;
}
interface Consumer { apiGroup?: string; resource: string; name: string; uid: string }

export type ResourceClaim = KubeObject & { spec: ResourceClaimSpec; status?: { allocation?: Allocation; reservedFor?: Consumer[]; devices?: { driver: string; pool: string; device: string }[] } };
export type ResourceClaimTemplate = KubeObject & { spec: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: ResourceClaimSpec } };
export type DeviceClass = KubeObject & { spec: { selectors?: DeviceSelector[]; config?: OpaqueConfig[]; extendedResourceName?: string } };

export interface DeviceAttribute { string?: string; int?: number; bool?: boolean; version?: string }
export interface Device {
  name: string;
  attributes?: Record<string, DeviceAttribute>;
  capacity?: Record<string, { value: string }>;
  taints?: DeviceTaint[];
}
export type ResourceSlice = KubeObject & {
  spec: { driver: string; pool: { name: string; generation: number; resourceSliceCount: number }; nodeName?: string; allNodes?: boolean; nodeSelector?: NodeSelector; devices?: Device[] };
};
