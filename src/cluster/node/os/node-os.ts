/** A machine: disk, services, journal, network; it can be switched off and on. */
import type { World } from '../../../time/simulation.ts';
import type { ClusterNetwork } from '../../network/network.ts';
import type { NetworkStack } from '../../network/types.ts';
import { Journal } from './journal.ts';
import { MemoryFileSystem } from './memory-file-system.ts';
import { type ServiceProgram, Systemd } from './systemd.ts';

export interface NodeOsOptions {
  world: World;
  network: ClusterNetwork;
  hostname: string;
  address: string;
  /** By the path of ExecStart. They are given the machine they run on. */
  programs: (os: NodeOs) => Readonly<Record<string, ServiceProgram>>;
}

export class NodeOs {
  readonly hostname: string;
  readonly address: string;
  readonly world: World;
  readonly files: MemoryFileSystem;
  readonly journal: Journal;
  readonly network: NetworkStack;
  readonly systemd: Systemd;
  readonly #clusterNetwork: ClusterNetwork;
  readonly #powerListeners: ((isOn: boolean) => void)[] = [];
  bootedAtMs = 0;
  isOn = false;

  constructor({ world, network, hostname, address, programs }: NodeOsOptions) {
    this.world = world;
    this.hostname = hostname;
    this.address = address;
    this.#clusterNetwork = network;
    this.files = new MemoryFileSystem({ now: () => world.clock.now() });
    this.journal = new Journal(world.clock);
    this.network = network.nodeStack(hostname, address);
    this.systemd = new Systemd({ clock: world.clock, files: this.files, journal: this.journal, programs: programs(this) });
    for (const folder of ['/etc', '/root', '/tmp', '/usr/bin', '/usr/lib/systemd/system', '/etc/systemd/system', '/var/lib', '/var/log', '/run']) this.files.makeDirectory(folder);
    this.files.write('/etc/hostname', `${hostname}\n`);
    this.files.write('/etc/hosts', `127.0.0.1\tlocalhost\n${address}\t${hostname}\n`);
    this.files.write('/etc/resolv.conf', 'nameserver 192.0.2.53\nsearch localdomain\n');
  }

  /** Switches the machine on: the network comes up and the enabled services start. */
  powerOn(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.bootedAtMs = this.world.clock.now();
    this.#clusterNetwork.setCut(this.hostname, false);
    this.#tell();
    this.systemd.boot();
  }

  /** Pulls the plug: everything that runs here is gone, the disk stays. */
  powerOff(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.#clusterNetwork.setCut(this.hostname, true);
    this.#clusterNetwork.setRules(this.hostname, undefined); // the kernel's tables are gone with it
    this.systemd.halt();
    this.#tell();
  }

  /** Calls `listener` when the power goes or comes back. */
  onPower(listener: (isOn: boolean) => void): void { this.#powerListeners.push(listener); }

  #tell(): void {
    for (const listener of this.#powerListeners) listener(this.isOn);
  }
}
