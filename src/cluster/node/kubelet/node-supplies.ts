/** What a kubelet hands to Pods besides memory and processors: devices and volumes that plugins bring. */
import type { World } from '../../../time/simulation.ts';
import type { Pod } from '../../api/types.ts';
import type { ApiClient, EventRecorder } from '../../client/types.ts';
import type { Disk } from '../../cloud/disks.ts';
import type { FileSystem } from '../file-system.ts';
import type { Refusal } from './admission.ts';
import { ClaimedVolumes } from './claimed-volumes.ts';
import { DeviceManager, mergeEdits } from './device-manager.ts';
import { DynamicResources } from './dynamic-resources.ts';
import { NodePlugins } from './node-plugins.ts';
import type { NodeOffers } from './node-status.ts';
import type { DeviceEdits } from './plugin-sockets.ts';
import type { AnyContainer } from './pod-view.ts';
import type { ClaimedVolume, ClaimProblem } from './volumes.ts';

export interface NodeSuppliesOptions {
  world: World;
  client: ApiClient;
  recorder: EventRecorder;
  files: FileSystem;
  nodeName: string;
  /** Hollow nodes have no plugins. */
  isHollow: boolean;
  /** A disk that is plugged into the machine. */
  disk?: (id: string) => Disk | undefined;
}

export class NodeSupplies {
  readonly #isHollow: boolean;
  readonly #plugins: NodePlugins;
  readonly #devices: DeviceManager;
  readonly #dynamic: DynamicResources;
  readonly #volumes: ClaimedVolumes;
  /** Attachable volumes by the UID of the Pod that uses them. */
  readonly #attachable = new Map<string, Set<string>>();

  constructor(options: NodeSuppliesOptions) {
    const { client, files, disk = () => undefined } = options;
    this.#isHollow = options.isHollow;
    this.#devices = new DeviceManager(files);
    this.#plugins = new NodePlugins({ ...options, changed: () => this.#devices.pluginsChanged(this.#plugins.of('DevicePlugin')) });
    this.#dynamic = new DynamicResources(client, (driver) => this.#plugins.of('DRAPlugin').find(({ name }) => name === driver));
    this.#volumes = new ClaimedVolumes({
      ...options, disk, isRegistered: (driver) => this.#plugins.of('CSIPlugin').some(({ name }) => name === driver),
      used: ({ metadata: { uid } }, volume) => void this.#attachable.set(uid, (this.#attachable.get(uid) ?? new Set()).add(volume)),
    });
  }

  start(): void { if (!this.#isHollow) this.#plugins.start(); }
  stop(): void { this.#plugins.stop(); }
  /** The Node is known to the API server. */
  registered(): void { if (!this.#isHollow) this.#plugins.tellCsiNode(); }

  /** What it adds to the Node's status. */
  offers(): NodeOffers {
    return { ...this.#devices.resources(), volumesInUse: [...new Set([...this.#attachable.values()].flatMap((volumes) => [...volumes]))].sort() };
  }

  /** Chooses devices for a Pod beside the others that are active; why it cannot. */
  allocate(pod: Pod, others: readonly Pod[]): Refusal | undefined {
    return this.#isHollow ? undefined : this.#devices.allocate(pod, new Set(others.map(({ metadata: { uid } }) => uid)));
  }

  /** Makes the devices of the Pod's claims ready; why it cannot. */
  prepare(pod: Pod): string | undefined { return this.#dynamic.prepare(pod); }

  edits(pod: Pod, container: AnyContainer): DeviceEdits {
    return mergeEdits([...this.#devices.edits(pod, container), ...this.#dynamic.edits(pod, container)]);
  }

  claim(pod: Pod, name: string): ClaimedVolume | ClaimProblem { return this.#volumes.find(pod, name); }

  /** Nothing of the Pod runs any more. */
  release({ metadata: { uid } }: Pod): void {
    this.#attachable.delete(uid);
    this.#dynamic.unprepare(uid);
  }
}
