/** A machine that the player's terminal can be on: their own, or a node reached with ssh. */
import type { World } from '../time/simulation.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Machine } from '../cluster/node/machine.ts';
import type { NetworkStack } from '../cluster/network/types.ts';
import type { FileSystem } from '../cluster/node/file-system.ts';
import { MemoryFileSystem } from '../cluster/node/os/memory-file-system.ts';
import type { ProcessContext } from '../cluster/node/process.ts';

export interface Host {
  readonly name: string;
  readonly user: string;
  readonly home: string;
  readonly files: FileSystem;
  readonly network: NetworkStack;
  /** The node behind it; undefined for the player's own machine. */
  readonly machine?: Machine;
}

/** The player's own machine: outside the cluster, with a kubeconfig. */
export function workstation(cluster: Cluster, kubeconfig: string): Host {
  const files = new MemoryFileSystem({ now: () => cluster.world.clock.now() });
  const home = '/home/player';
  for (const folder of ['/tmp', '/etc', `${home}/.kube`, '/usr/bin', '/var/log']) files.makeDirectory(folder);
  files.write('/etc/hostname', 'quest\n');
  files.write(`${home}/.kube/config`, kubeconfig, { mode: 0o600 });
  return { name: 'quest', user: 'player', home, files, network: cluster.workstation };
}

/** A node, as root. */
export function nodeHost(machine: Machine): Host {
  return { name: machine.name, user: 'root', home: '/root', files: machine.os.files, network: machine.os.network, machine };
}

/** What a shell on a host sees of its surroundings. */
export function hostContext(host: Host, world: World, env: Readonly<Record<string, string>> = {}): ProcessContext {
  const ignore = () => undefined;
  return {
    world, random: world.random.fork(`shell ${host.name}`), argv: [], files: host.files, network: host.network, hostname: host.name, nodeName: host.name,
    env: { HOME: host.home, USER: host.user, PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', SHELL: '/bin/bash', TERM: 'xterm-256color', PWD: host.home, ...env },
    workingDir: host.home, runAsUser: host.user === 'root' ? 0 : 1000, write: ignore, useMemory: ignore, useCpu: ignore, exit: ignore,
  };
}
