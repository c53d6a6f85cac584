/** The device manager: what device plugins offer becomes the node's extended resources, and single devices go to containers (kubelet: cm/devicemanager). */
import { quantityValue } from '../../api/quantity.ts';
import type { Pod } from '../../api/types.ts';
import type { FileSystem } from '../file-system.ts';
import type { Refusal } from './admission.ts';
import { type DeviceEdits, DEVICES_FOLDER, type DevicePlugin } from './plugin-sockets.ts';
import type { AnyContainer } from './pod-view.ts';

const CHECKPOINT = `${DEVICES_FOLDER}/kubelet_internal_checkpoint`;

/** Which devices a container of a Pod has. */
interface Allocation { podUID: string; container: string; resource: string; ids: readonly string[]; edits: readonly DeviceEdits[] }
interface Checkpoint { allocations: Allocation[]; registered: string[] }

export class DeviceManager {
  readonly #files: FileSystem;
  #plugins = new Map<string, DevicePlugin>();
  /** Devices of each resource that was ever offered, as last seen. */
  readonly #known = new Map<string, DevicePlugin['devices']>();
  #allocations: Allocation[];

  constructor(files: FileSystem) {
    this.#files = files;
    const { allocations, registered } = read(files);
    this.#allocations = allocations;
    for (const name of registered) this.#known.set(name, []);
  }

  pluginsChanged(plugins: readonly DevicePlugin[]): void {
    this.#plugins = new Map(plugins.map((plugin) => [plugin.resourceName, plugin]));
    for (const { resourceName, devices } of plugins) this.#known.set(resourceName, devices);
    this.#write();
  }

  /** Unhealthy devices and those of a plugin that is gone are capacity that nobody can have. */
  resources(): { capacity: Record<string, string>; allocatable: Record<string, string> } {
    const capacity = Object.fromEntries([...this.#known].map(([name, devices]) => [name, String(devices.length)]));
    const allocatable = Object.fromEntries([...this.#known.keys()].map((name) => [name, String(this.#healthy(name).length)]));
    return { capacity, allocatable };
  }

  /** Chooses devices for all containers of a Pod; why it cannot. `active` are the UIDs of Pods that keep theirs. */
  allocate(pod: Pod, active: ReadonlySet<string>): Refusal | undefined {
    const { uid } = pod.metadata;
    this.#allocations = this.#allocations.filter(({ podUID }) => podUID === uid || active.has(podUID));
    for (const container of [...pod.spec.initContainers ?? [], ...pod.spec.containers]) {
      for (const [resource, amount] of Object.entries(container.resources?.limits ?? {})) {
        const refusal = this.#known.has(resource) ? this.#give(pod, container.name, resource, quantityValue(amount)) : undefined;
        if (refusal) return refusal;
      }
    }
    this.#write();
    return undefined;
  }

  #give(pod: Pod, container: string, resource: string, count: number): Refusal | undefined {
    const { uid: podUID } = pod.metadata;
    const own = this.#allocations.filter((each) => each.podUID === podUID && each.resource === resource);
    if (count === 0 || own.some((each) => each.container === container)) return undefined;
    // What init containers had comes first: these have ended by then.
    const reusable = own.filter((each) => pod.spec.initContainers?.some(({ name, restartPolicy }) => name === each.container && restartPolicy !== 'Always')).flatMap(({ ids }) => ids);
    const inUse = new Set(this.#allocations.filter((each) => each.resource === resource).flatMap(({ ids }) => ids));
    const healthy = this.#healthy(resource);
    const unexpected = (why: string): Refusal => ({ reason: 'UnexpectedAdmissionError', message: `Allocate failed due to ${why}, which is unexpected` });
    if (healthy.length === 0) return unexpected(`no healthy devices present; cannot allocate unhealthy devices ${resource}`);
    const free = [...healthy.filter(({ id }) => reusable.includes(id)), ...healthy.filter(({ id }) => !inUse.has(id))];
    if (free.length < count) return unexpected(`requested number of devices unavailable for ${resource}. Requested: ${count}, Available: ${free.length}`);
    const chosen = free.slice(0, count);
    this.#allocations.push({ podUID, container, resource, ids: chosen.map(({ id }) => id), edits: chosen.map(({ edits }) => edits) });
    return undefined;
  }

  /** What its devices add to a container. */
  edits({ metadata: { uid } }: Pod, { name }: Pick<AnyContainer, 'name'>): DeviceEdits[] {
    return this.#allocations.filter(({ podUID, container }) => podUID === uid && container === name).flatMap(({ edits }) => edits);
  }

  #healthy(resource: string): DevicePlugin['devices'] {
    return this.#plugins.get(resource)?.devices.filter(({ healthy }) => healthy) ?? [];
  }

  #write(): void {
    const checkpoint: Checkpoint = { allocations: this.#allocations, registered: [...this.#known.keys()] };
    this.#files.write(CHECKPOINT, JSON.stringify(checkpoint));
  }
}

function read(files: FileSystem): Checkpoint {
  try {
    if (files.exists(CHECKPOINT)) return JSON.parse(files.read(CHECKPOINT)) as Checkpoint; // written above
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // a corrupt checkpoint is as good as none
  }
  return { allocations: [], registered: [] };
}

/** Variables and files of several devices together: of a variable that several set, all values. */
export function mergeEdits(list: readonly DeviceEdits[]): DeviceEdits {
  const env: Record<string, string> = {};
  for (const edits of list) for (const [name, value] of Object.entries(edits.env)) env[name] = env[name] === undefined ? value : `${env[name]},${value}`;
  return { env, files: [...new Set(list.flatMap(({ files }) => files))] };
}
