/** Amounts of resources as plain numbers: what Pods ask for, what nodes have. */
import { amountOf } from '../api/pod-resources.ts';
import { isSidecar } from '../api/pod-status.ts';
import type { Container, Pod, PodSpec } from '../api/types.ts';

/** Resource names to amounts: thousandths of CPU, whole units (bytes, devices) of all else. */
type Amounts = Map<string, number>;
type QuantityList = Readonly<Record<string, string | number>> | undefined;

/** For scoring only: what a container counts as that asks for nothing (schedutil: DefaultMilliCPURequest, DefaultMemoryRequest). */
const UNREQUESTED_CPU_MILLIS = 100;
const UNREQUESTED_MEMORY_BYTES = 200 * 1024 * 1024;

const AMOUNTS_KNOWN_MAX = 4096;
const knownAmounts = new Map<string, number>();
const NONE: ReadonlyMap<string, number> = new Map();

/** A resource vector. The usual three are fields, because every cycle reads them on hundreds of nodes. */
export class Resources {
  cpu = 0;
  memory = 0;
  ephemeralStorage = 0;
  /** Extended resources and huge pages. */
  scalars: ReadonlyMap<string, number> = NONE;

  get(name: string): number {
    switch (name) {
      case 'cpu': return this.cpu;
      case 'memory': return this.memory;
      case 'ephemeral-storage': return this.ephemeralStorage;
      default: return this.scalars.get(name) ?? 0;
    }
  }

  /** Adds `other` in place, or with -1 takes it away. */
  change(other: Resources, sign: 1 | -1): void {
    this.cpu += sign * other.cpu;
    this.memory += sign * other.memory;
    this.ephemeralStorage += sign * other.ephemeralStorage;
    if (other.scalars.size === 0) return;
    const scalars = new Map(this.scalars);
    for (const [name, amount] of other.scalars) scalars.set(name, (scalars.get(name) ?? 0) + sign * amount);
    this.scalars = scalars;
  }
}

/** The vector of a resource list (`status.allocatable`). */
export function resourcesOf(list: QuantityList): Resources {
  return vectorOf(amountsOf(list));
}

/** What a Pod asks for, in the ways that plugins look at it. */
export interface Demand {
  readonly requests: Resources;
  /** For scoring: containers without a CPU or memory request count as small ones, so that idle Pods spread too. */
  readonly scored: Resources;
  /** For the Pod that NodeResourcesFit is about to score: upstream leaves its Pod-level requests out there. */
  readonly scoredContainers: Resources;
}

const DEMANDS_KNOWN_MAX = 2048;
const knownDemands = new Map<string, Demand>();

/**
 * A Pod's demand: containers and sidecars together, or the largest init container with the sidecars started before it
 * if that is more; Pod-level requests override; overhead on top. Pods that ask for the same share one object.
 */
export function demandOf({ spec }: Pod): Demand {
  const text = spec.initContainers || spec.resources || spec.overhead || spec.containers.length !== 1
    ? JSON.stringify([spec.containers.map(asked), spec.initContainers?.map(asked), spec.resources?.requests, spec.overhead])
    : JSON.stringify(spec.containers[0]?.resources?.requests) ?? '';
  const known = knownDemands.get(text);
  if (known) return known;
  if (knownDemands.size >= DEMANDS_KNOWN_MAX) knownDemands.clear();
  const { resources: podLevel, ...containersOnly } = spec;
  const requests = vectorOf(podAmounts(spec, {}));
  const scored = scoredOf(spec, requests);
  const demand: Demand = { requests, scored, scoredContainers: podLevel ? scoredOf(containersOnly, requests) : scored };
  knownDemands.set(text, demand);
  return demand;
}

function asked({ resources, restartPolicy }: Container): unknown {
  return [resources?.requests, restartPolicy];
}

function scoredOf(spec: PodSpec, requests: Resources): Resources {
  const missing: Record<string, number> = {};
  if (!spec.resources || requests.cpu === 0) missing['cpu'] = UNREQUESTED_CPU_MILLIS;
  if (!spec.resources || requests.memory === 0) missing['memory'] = UNREQUESTED_MEMORY_BYTES;
  return vectorOf(podAmounts(spec, missing));
}

/** Whether a Pod may override its containers' sum for this resource. */
function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

function podAmounts(spec: PodSpec, missing: Readonly<Record<string, number>>): Amounts {
  const total: Amounts = new Map();
  for (const container of spec.containers) add(total, containerAmounts(container, missing));
  if (spec.initContainers) withInitContainers(total, spec.initContainers, missing);
  for (const [name, amount] of amountsOf(spec.resources?.requests)) if (isPodLevel(name)) total.set(name, amount);
  if (spec.overhead) add(total, amountsOf(spec.overhead));
  return total;
}

function withInitContainers(total: Amounts, containers: readonly Container[], missing: Readonly<Record<string, number>>): void {
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of containers) {
    const own = containerAmounts(container, missing);
    if (isSidecar(container)) {
      add(total, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      add(own, sidecars);
      raise(peak, own);
    }
  }
  raise(total, peak);
}

function containerAmounts(container: Container, missing: Readonly<Record<string, number>>): Amounts {
  const amounts = amountsOf(container.resources?.requests);
  for (const name in missing) if (!amounts.has(name)) amounts.set(name, missing[name] ?? 0);
  return amounts;
}

function add(total: Amounts, more: Amounts): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? 0) + amount);
}

function raise(total: Amounts, least: Amounts): void {
  for (const [name, amount] of least) if (amount > (total.get(name) ?? 0)) total.set(name, amount);
}

function amountsOf(list: QuantityList): Amounts {
  const amounts: Amounts = new Map();
  for (const name in list) amounts.set(name, knownAmount(name, String(list[name])));
  return amounts;
}

/** Quantities repeat endlessly and their exact arithmetic is slow, so each text is read once. */
function knownAmount(name: string, quantity: string): number {
  const key = name === 'cpu' ? `m ${quantity}` : quantity;
  let amount = knownAmounts.get(key);
  if (amount !== undefined) return amount;
  if (knownAmounts.size >= AMOUNTS_KNOWN_MAX) knownAmounts.clear();
  amount = amountOf(name === 'cpu' ? 'cpu' : 'memory', quantity);
  knownAmounts.set(key, amount);
  return amount;
}

function vectorOf(amounts: Amounts): Resources {
  const vector = new Resources();
  let scalars: Map<string, number> | undefined;
  for (const [name, amount] of amounts) {
    if (name === 'cpu') vector.cpu = amount;
    else if (name === 'memory') vector.memory = amount;
    else if (name === 'ephemeral-storage') vector.ephemeralStorage = amount;
    else if (name !== 'pods') (scalars ??= new Map()).set(name, amount);
  }
  if (scalars) vector.scalars = scalars;
  return vector;
}
