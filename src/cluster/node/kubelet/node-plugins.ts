/** The plugins of a node: drivers and device plugins that have registered with the kubelet, and the CSINode that tells of the former. */
import type { CSINode } from '../../api/types.ts';
import { csiNodes, nodes, resourceSlices } from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';
import type { World } from '../../../time/simulation.ts';
import type { FileSystem } from '../file-system.ts';
import { isApiFailure } from '../../client/api-failure.ts';
import { DEVICES_FOLDER, type Plugin, PLUGINS_FOLDER, pluginsIn } from './plugin-sockets.ts';

const WIPE_MS = 30_000; // kubelet: a DRA driver that is gone this long loses its ResourceSlices
const RETRY_MS = 1_000;
const KUBELET_SOCKET = `${DEVICES_FOLDER}/kubelet.sock`;

export interface NodePluginsOptions { world: World; client: ApiClient; files: FileSystem; nodeName: string; changed: () => void }

export class NodePlugins {
  readonly #options: NodePluginsOptions;
  #plugins: readonly Plugin[] = [];
  readonly #open: { close(): void }[] = [];
  readonly #timers = new Set<{ cancel(): void }>();

  constructor(options: NodePluginsOptions) {
    this.#options = options;
  }

  /** Device plugins of an earlier life have to come again; they see a new kubelet.sock. */
  start(): void {
    const { files } = this.#options;
    for (const folder of [PLUGINS_FOLDER, DEVICES_FOLDER]) files.makeDirectory(folder);
    for (const name of files.list(DEVICES_FOLDER)) if (name.endsWith('.sock')) files.remove(`${DEVICES_FOLDER}/${name}`);
    this.#plugins = [...pluginsIn(files, PLUGINS_FOLDER).values()];
    for (const folder of [PLUGINS_FOLDER, DEVICES_FOLDER]) this.#open.push(files.watch(folder, () => this.#look()));
    files.write(KUBELET_SOCKET, '');
  }

  stop(): void {
    for (const watch of this.#open.splice(0)) watch.close();
    for (const timer of this.#timers) timer.cancel();
  }

  of<T extends Plugin['type']>(type: T): Extract<Plugin, { type: T }>[] {
    return this.#plugins.filter((plugin): plugin is Extract<Plugin, { type: T }> => plugin.type === type);
  }

  #look(): void {
    const { files, changed } = this.#options;
    const before = this.#plugins;
    const now = [...pluginsIn(files, PLUGINS_FOLDER).values(), ...pluginsIn(files, DEVICES_FOLDER).values()];
    if (JSON.stringify(now) === JSON.stringify(before)) return;
    this.#plugins = now;
    if (JSON.stringify(csi(before)) !== JSON.stringify(csi(now))) this.tellCsiNode();
    for (const { name } of before.filter((plugin) => plugin.type === 'DRAPlugin')) if (!this.of('DRAPlugin').some((plugin) => plugin.name === name)) this.#after(WIPE_MS, () => this.#wipe(name));
    changed();
  }

  /** Writes the CSINode, as soon as the API server takes it. */
  tellCsiNode(): void {
    const { client, nodeName: name } = this.#options;
    const drivers = csi(this.#plugins).map(({ name: driver, nodeID, topologyKeys = [], volumesMax }) => ({ name: driver, nodeID, topologyKeys, ...(volumesMax === undefined ? {} : { allocatable: { count: volumesMax } }) }));
    try {
      const found = client.get(csiNodes, name);
      const uid = client.get(nodes, name)?.metadata.uid;
      if (found) client.update<CSINode>(csiNodes, { ...found, spec: { drivers } });
      else if (uid) client.create<CSINode>(csiNodes, { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] }, spec: { drivers } });
      else this.#after(RETRY_MS, () => this.tellCsiNode());
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      this.#after(RETRY_MS, () => this.tellCsiNode());
    }
  }

  /** The devices of a driver that stays away are offered no longer. */
  #wipe(driver: string): void {
    const { client, nodeName } = this.#options;
    if (this.of('DRAPlugin').some(({ name }) => name === driver)) return;
    try {
      for (const { metadata, spec } of client.list(resourceSlices, { fieldSelector: `spec.nodeName=${nodeName}` })) if (spec.driver === driver) client.delete(resourceSlices, metadata.name);
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      this.#after(RETRY_MS, () => this.#wipe(driver));
    }
  }

  #after(ms: number, act: () => void): void {
    const timer = this.#options.world.clock.after(ms, 'node plugins', () => {
      this.#timers.delete(timer);
      act();
    });
    this.#timers.add(timer);
  }
}

function csi(plugins: readonly Plugin[]) {
  return plugins.filter((plugin) => plugin.type === 'CSIPlugin');
}
