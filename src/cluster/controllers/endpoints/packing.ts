/** Endpoints into slices: what exists is changed as little as possible, new endpoints go where there is room. Pure. */
import type { EndpointSlice } from '../../api/types.ts';
import { canonical } from '../template-hash.ts';
import type { SlicePorts } from './pod-endpoint.ts';

export const ENDPOINTS_PER_SLICE = 100; // kube-controller-manager: --max-endpoints-per-slice

export type Endpoint = EndpointSlice['endpoints'][number];

/** Endpoints that share their ports. */
export interface Group { readonly ports: SlicePorts; readonly endpoints: readonly Endpoint[] }

export interface Packing {
  readonly create: readonly { ports: SlicePorts; endpoints: readonly Endpoint[] }[];
  readonly keep: readonly { slice: EndpointSlice; endpoints: readonly Endpoint[] }[];
  readonly remove: readonly EndpointSlice[];
}

/** How to come from the slices that exist to the groups wanted. One empty slice stays when there is no endpoint. */
export function pack(existing: readonly EndpointSlice[], groups: readonly Group[]): Packing {
  const wanted = new Map((groups.length > 0 ? groups : [{ ports: [], endpoints: [] }]).map((group) => [canonical(group.ports), group]));
  const create: { ports: SlicePorts; endpoints: readonly Endpoint[] }[] = [];
  const keep: { slice: EndpointSlice; endpoints: Endpoint[] }[] = [];
  const remove: EndpointSlice[] = [];
  const byPorts = new Map<string, EndpointSlice[]>();
  for (const slice of existing) {
    const key = canonical(slice.ports ?? []);
    if (!wanted.has(key)) remove.push(slice);
    else byPorts.set(key, [...(byPorts.get(key) ?? []), slice]);
  }
  for (const [key, group] of wanted) {
    const packed = packGroup(byPorts.get(key) ?? [], group);
    create.push(...packed.create);
    keep.push(...packed.keep);
    remove.push(...packed.remove);
  }
  return { create, keep, remove };
}

function packGroup(slices: readonly EndpointSlice[], { ports, endpoints }: Group): { create: Packing['create']; keep: { slice: EndpointSlice; endpoints: Endpoint[] }[]; remove: EndpointSlice[] } {
  const left = new Map(endpoints.map((endpoint) => [keyOf(endpoint), endpoint]));
  const kept = slices.map((slice) => {
    const staying = (slice.endpoints ?? []).flatMap((endpoint) => {
      const key = keyOf(endpoint);
      const now = left.get(key);
      left.delete(key);
      return now ?? [];
    });
    return { slice, endpoints: staying };
  });
  // The fullest with room first, so that the number of slices stays low.
  for (const each of [...kept].sort((a, b) => b.endpoints.length - a.endpoints.length)) take(left, ENDPOINTS_PER_SLICE - each.endpoints.length, each.endpoints);
  const create: { ports: SlicePorts; endpoints: Endpoint[] }[] = [];
  while (left.size > 0) create.push({ ports, endpoints: take(left, ENDPOINTS_PER_SLICE, []) });
  const full = kept.filter((each) => each.endpoints.length > 0);
  if (full.length === 0 && create.length === 0) {
    if (kept.length === 0) create.push({ ports, endpoints: [] });
    else full.push(kept[0]!);
  }
  return { create, keep: full, remove: kept.filter((each) => !full.includes(each)).map(({ slice }) => slice) };
}

function take(from: Map<string, Endpoint>, count: number, into: Endpoint[]): Endpoint[] {
  for (const [key, endpoint] of from) {
    if (count-- <= 0) break;
    into.push(endpoint);
    from.delete(key);
  }
  return into;
}

/** The same Pod at the same address. */
function keyOf({ addresses, targetRef }: Endpoint): string {
  return `${targetRef?.uid ?? ''} ${addresses.join()}`;
}
