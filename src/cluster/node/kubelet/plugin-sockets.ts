/**
 * Programs that offer a kubelet something: CSI drivers, DRA drivers, device plugins.
 * A socket is a file in a folder of the node that holds what would be said over it; it goes when its program ends.
 */
import type { FileSystem } from '../file-system.ts';

/** Where CSI and DRA drivers register. */
export const PLUGINS_FOLDER = '/var/lib/kubelet/plugins_registry';
/** Where device plugins do. */
export const DEVICES_FOLDER = '/var/lib/kubelet/device-plugins';

interface CsiPlugin { type: 'CSIPlugin'; name: string; nodeID: string; volumesMax?: number; topologyKeys?: string[] }
export interface DraPlugin {
  type: 'DRAPlugin'; name: string;
  /** Devices by name, as containers see them; one that is missing cannot be prepared. */
  devices: Readonly<Record<string, DeviceEdits>>;
}
export interface DevicePlugin { type: 'DevicePlugin'; resourceName: string; devices: readonly PluginDevice[] }
interface PluginDevice { id: string; healthy: boolean; edits: DeviceEdits }

/** What a device adds to a container (CDI's container edits): variables, whose values are joined by commas, and files of the node. */
export interface DeviceEdits { env: Readonly<Record<string, string>>; files: readonly string[] }

export type Plugin = CsiPlugin | DraPlugin | DevicePlugin;

/** What is offered in a folder at the moment, by the socket's name. */
export function pluginsIn(files: FileSystem, folder: string): Map<string, Plugin> {
  const found = new Map<string, Plugin>();
  if (!files.exists(folder)) return found;
  for (const name of files.list(folder)) {
    const plugin = name.endsWith('.sock') ? parse(files.read(`${folder}/${name}`)) : undefined;
    if (plugin) found.set(name, plugin);
  }
  return found;
}

function parse(text: string): Plugin | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPlugin(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Drivers write their offers with these types. */
function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && /^(CSIPlugin|DRAPlugin|DevicePlugin)$/.test(value.type);
}
