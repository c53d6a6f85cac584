/** Which devices of a node would serve claims (dynamic-resource-allocation: structured allocator): the first combination that satisfies all of them. */
import { deviceMatches, qualified } from '../api/device-cel.ts';
import type { Allocation, Device, DeviceAttribute, DeviceClass, DeviceConstraint, DeviceDemand, DeviceResult, DeviceSelector, ResourceClaim, ResourceSlice } from '../api/device-types.ts';
import { matchesNodeSelectorTerms, type Selectable } from '../api/node-selector.ts';
import { compareQuantities } from '../api/quantity.ts';

/** Combinations tried before giving up. */
const STEPS_MAX = 100_000;

export interface AllocatorInput {
  readonly node: Selectable;
  readonly slices: readonly ResourceSlice[];
  readonly classes: ReadonlyMap<string, DeviceClass>;
  /** Claims of all kinds; what they hold is taken. */
  readonly taken: readonly ResourceClaim[];
}

interface Candidate { readonly id: string; readonly driver: string; readonly pool: string; readonly isLocal: boolean; readonly device: Device }
interface Option { readonly name: string; readonly demand: DeviceDemand; readonly candidates: readonly Candidate[] }
/** One request of one claim, with its alternatives in order. */
interface Slot { readonly claim: number; readonly request: string; readonly options: readonly Option[] }
interface Choice { readonly slot: Slot; readonly option: Option; readonly candidate: Candidate }

class SelectorError extends Error {}

/** An allocation for each claim, none if it cannot be; an error when a selector cannot be evaluated. */
export function allocate(claims: readonly ResourceClaim[], input: AllocatorInput): { allocations?: Allocation[] } | { error: string } {
  try {
    const reachable = devicesOn(input.node, input.slices);
    const slots = claims.flatMap((claim, index) => (claim.spec.devices?.requests ?? []).map((request): Slot => {
      const demands = request.exactly ? [{ name: request.name, demand: request.exactly }] : (request.firstAvailable ?? []).map((sub) => ({ name: `${request.name}/${sub.name}`, demand: sub }));
      return { claim: index, request: request.name, options: demands.map(({ name, demand }) => ({ name, demand, candidates: reachable.filter((candidate) => isSuitable(candidate, demand, claim, input.classes)) })) };
    }));
    const choices = new Search(claims, takenBy(input.taken)).solve(slots);
    return choices ? { allocations: claims.map((claim, index) => allocationOf(claim, choices.filter(({ slot }) => slot.claim === index), input)) } : {};
  } catch (error) {
    if (error instanceof SelectorError) return { error: error.message };
    throw error;
  }
}

/** Devices that a node reaches: of complete pools only, of their newest generation. */
function devicesOn(node: Selectable, slices: readonly ResourceSlice[]): Candidate[] {
  const pools = new Map<string, ResourceSlice[]>();
  for (const slice of slices) {
    const pool = `${slice.spec.driver}/${slice.spec.pool.name}`;
    pools.set(pool, [...pools.get(pool) ?? [], slice]);
  }
  return [...pools.values()].flatMap((all) => {
    const generation = Math.max(...all.map(({ spec }) => spec.pool.generation));
    const newest = all.filter(({ spec }) => spec.pool.generation === generation).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    if (newest.length !== newest[0]!.spec.pool.resourceSliceCount) return [];
    return newest.filter((slice) => reaches(slice, node)).flatMap(({ spec: { driver, pool, nodeName, devices = [] } }) => devices.map((device) => ({ id: `${driver}/${pool.name}/${device.name}`, driver, pool: pool.name, isLocal: nodeName !== undefined, device })));
  });
}

function reaches({ spec: { nodeName, allNodes, nodeSelector } }: ResourceSlice, node: Selectable): boolean {
  if (nodeName) return nodeName === node.name;
  return allNodes === true || (nodeSelector !== undefined && matchesNodeSelectorTerms(nodeSelector.nodeSelectorTerms, node));
}

function takenBy(claims: readonly ResourceClaim[]): Set<string> {
  return new Set(claims.flatMap(({ status }) => status?.allocation?.devices?.results ?? []).filter(({ adminAccess }) => !adminAccess).map(({ driver, pool, device }) => `${driver}/${pool}/${device}`));
}

function isSuitable({ driver, device }: Candidate, { deviceClassName, selectors, tolerations = [], capacity }: DeviceDemand, claim: ResourceClaim, classes: AllocatorInput['classes']): boolean {
  const isTolerated = (device.taints ?? []).filter(({ effect }) => effect !== 'None').every((taint) => tolerations.some(({ key, operator = 'Equal', value, effect }) => (!key || key === taint.key) && (!effect || effect === taint.effect) && (operator === 'Exists' || value === taint.value)));
  if (!isTolerated || !holds(`class ${deviceClassName}`, classes.get(deviceClassName)?.spec.selectors, driver, device)) return false;
  if (!holds(`claim ${claim.metadata.namespace}/${claim.metadata.name}`, selectors, driver, device)) return false;
  return Object.entries(capacity?.requests ?? {}).every(([name, wanted]) => compareQuantities(device.capacity?.[name]?.value ?? '0', wanted) >= 0);
}

function holds(what: string, selectors: readonly DeviceSelector[] = [], driver: string, device: Device): boolean {
  return selectors.every(({ cel }, index) => {
    const answer = cel ? deviceMatches(cel.expression, driver, device) : true;
    if (typeof answer === 'object') throw new SelectorError(`${what}: selector #${index}: ${answer.error}`);
    return answer;
  });
}

/** Depth first over slots, alternatives and devices. */
class Search {
  readonly #claims: readonly ResourceClaim[];
  readonly #taken: Set<string>;
  #steps = 0;

  constructor(claims: readonly ResourceClaim[], taken: Set<string>) {
    this.#claims = claims;
    this.#taken = taken;
  }

  solve(slots: readonly Slot[], chosen: readonly Choice[] = []): readonly Choice[] | undefined {
    const [slot, ...rest] = slots;
    if (!slot) return chosen;
    for (const option of slot.options) {
      const count = option.demand.allocationMode === 'All' ? option.candidates.length : option.demand.count ?? 1;
      const found = count > 0 ? this.#fill({ slot, option, count, from: 0 }, rest, chosen) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  #fill({ slot, option, count, from }: { slot: Slot; option: Option; count: number; from: number }, rest: readonly Slot[], chosen: readonly Choice[]): readonly Choice[] | undefined {
    if (count === 0) return this.solve(rest, chosen);
    for (let i = from; i <= option.candidates.length - count; i++) {
      if (++this.#steps > STEPS_MAX) return undefined;
      const candidate = option.candidates[i]!;
      const isShared = option.demand.adminAccess === true;
      const choice = { slot, option, candidate };
      if ((!isShared && this.#taken.has(candidate.id)) || !this.#fits(choice, chosen)) continue;
      if (!isShared) this.#taken.add(candidate.id);
      const found = this.#fill({ slot, option, count: count - 1, from: i + 1 }, rest, [...chosen, choice]);
      if (found) return found;
      if (!isShared) this.#taken.delete(candidate.id);
    }
    return undefined;
  }

  /** Whether the claim's constraints still hold with one device more. */
  #fits(choice: Choice, chosen: readonly Choice[]): boolean {
    const constraints = this.#claims[choice.slot.claim]?.spec.devices?.constraints ?? [];
    return constraints.filter((constraint) => concerns(constraint, choice)).every((constraint) => {
      const attribute = constraint.matchAttribute ?? constraint.distinctAttribute ?? '';
      const value = attributeOf(choice.candidate, attribute);
      const others = chosen.filter((other) => other.slot.claim === choice.slot.claim && concerns(constraint, other)).map((other) => attributeOf(other.candidate, attribute));
      if (value === undefined) return false;
      return constraint.matchAttribute ? others.every((other) => other === value) : !others.includes(value);
    });
  }
}

function concerns({ requests = [] }: DeviceConstraint, { slot, option }: Choice): boolean {
  return requests.length === 0 || requests.includes(slot.request) || requests.includes(option.name);
}

/** As a text that is the same for equal values. */
function attributeOf({ driver, device }: Candidate, name: string): string | undefined {
  const [wantedDomain, wantedKey] = qualified(driver, name);
  const found = Object.entries(device.attributes ?? {}).find(([each]) => {
    const [domain, key] = qualified(driver, each);
    return domain === wantedDomain && key === wantedKey;
  });
  const attribute: DeviceAttribute | undefined = found?.[1];
  return attribute && JSON.stringify(attribute);
}

function allocationOf({ spec }: ResourceClaim, choices: readonly Choice[], { node, classes }: AllocatorInput): Allocation {
  const results = choices.map(({ option, candidate: { driver, pool, device } }): DeviceResult => ({ request: option.name, driver, pool, device: device.name, ...(option.demand.adminAccess ? { adminAccess: true } : {}) }));
  const options = [...new Map(choices.map(({ option }) => [option.name, option])).values()];
  const fromClasses = options.flatMap(({ name, demand }) => (classes.get(demand.deviceClassName)?.spec.config ?? []).map((config) => ({ ...config, requests: [name], source: 'FromClass' })));
  const fromClaim = (spec.devices?.config ?? []).filter(({ requests = [] }) => requests.length === 0 || requests.some((name) => options.some((option) => option.name === name || option.name.startsWith(`${name}/`)))).map((config) => ({ ...config, source: 'FromClaim' }));
  const config = [...fromClasses, ...fromClaim];
  const isLocal = choices.some(({ candidate }) => candidate.isLocal);
  return {
    devices: { results, ...(config.length > 0 ? { config } : {}) },
    ...(isLocal ? { nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node.name] }] }] } } : {}),
  };
}
