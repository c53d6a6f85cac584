/** What a kubelet is given: its machine, its way to the API server, its configuration. */
import type { World } from '../../../time/simulation.ts';
import type { ApiTransport, Credential } from '../../apiserver/request.ts';
import type { Disk } from '../../cloud/disks.ts';
import type { NetworkStack, ServerTls } from '../../network/types.ts';
import type { FileSystem } from '../file-system.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { RotationOptions } from './certificate-rotation.ts';
import type { KubeletConfiguration } from './configuration.ts';
import type { NodeStats } from './eviction/signals.ts';
import type { NodeDescription } from './node-status.ts';

export interface KubeletOptions {
  world: World;
  /** The way to the API server; may fail at any time. */
  transport: ApiTransport;
  /** `system:node:<name>` */
  credential?: Credential;
  runtime: ContainerRuntime;
  files: FileSystem;
  network: NetworkStack;
  node: NodeDescription;
  staticPodPath?: string;
  clusterDNS?: readonly string[];
  clusterDomain?: string;
  /** For port 10250. */
  tls?: ServerTls;
  /** Why the node's Pod network does not work, if it does not. */
  networkProblem?: () => string | undefined;
  configuration?: KubeletConfiguration;
  /** Memory and disk of the machine; without them there is no pressure. */
  stats?: () => NodeStats;
  /** A disk that is plugged into the machine. */
  disk?: (id: string) => Disk | undefined;
  /** A line of the kubelet's own log. */
  log?: (line: string) => void;
  /** Certificates that are renewed. */
  rotations?: readonly Pick<RotationOptions, 'purpose' | 'tls' | 'random' | 'altNames' | 'expired'>[];
}
