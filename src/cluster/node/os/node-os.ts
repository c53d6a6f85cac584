/** A machine: disk, services, journal, network; it can be switched off and on. */
import type { World } from '../../../time/simulation.ts';
import type { ClusterNetwork } from '../../network/network.ts';
import type { NetworkStack } from '../../network/types.ts';
import { Journal } from './journal.ts';
import { MemoryFileSystem } from './memory-file-system.ts';
import { NodeClock, worldWith } from './node-clock.ts';
import { type ServiceProgram, Systemd } from './systemd.ts';

export interface NodeOsOptions {
  world: World;
  network: ClusterNetwork;
  hostname: string;
  address: string;
  /** By the name in their binaries. They are given the machine they run on. */
  programs: (os: NodeOs) => Readonly<Record<string, ServiceProgram>>;
  /** What is left on the disk. */
  freeBytes?: () => number;
}

export class NodeOs {
  readonly hostname: string;
  readonly address: string;
  /** Goes by this machine's clock. */
  readonly world: World;
  readonly files: MemoryFileSystem;
  readonly journal: Journal;
  readonly network: NetworkStack;
  readonly systemd: Systemd;
  readonly #clusterNetwork: ClusterNetwork;
  readonly #powerListeners: ((isOn: boolean) => void)[] = [];
  readonly #clock: NodeClock;
  #isTimeSynchronized = true;
  /** Programs that hold an orderly shutdown back until they call what they are given. */
  readonly inhibitors = new Set<(done: () => void) => void>();
  bootedAtMs = 0;
  isOn = false;

  constructor({ world, network, hostname, address, programs, freeBytes }: NodeOsOptions) {
    this.#clock = new NodeClock(world.clock);
    this.world = worldWith(world, this.#clock);
    this.hostname = hostname;
    this.address = address;
    this.#clusterNetwork = network;
    this.files = new MemoryFileSystem({ now: () => this.#clock.now(), freeBytes });
    this.journal = new Journal(this.#clock);
    this.network = network.nodeStack(hostname, address, this.#clock);
    this.systemd = new Systemd({ clock: this.#clock, files: this.files, journal: this.journal, programs: programs(this) });
    for (const folder of ['/etc', '/home', '/mnt', '/opt', '/root', '/srv', '/tmp', '/usr/bin', '/usr/local/bin', '/usr/lib/systemd/system', '/etc/systemd/system', '/var/lib', '/var/log', '/run']) this.files.makeDirectory(folder);
    this.files.write('/etc/hostname', `${hostname}\n`);
    this.files.write('/etc/hosts', `127.0.0.1\tlocalhost\n${address}\t${hostname}\n`);
    this.files.write('/etc/resolv.conf', 'nameserver 192.0.2.53\nsearch localdomain\n');
  }

  /** Sets the machine's clock; it stays wrong until time is synchronized again. */
  setClock(nowMs: number): void {
    this.#isTimeSynchronized = false;
    this.#clock.set(nowMs);
  }

  /** Whether an NTP service keeps the clock right. */
  get isTimeSynchronized(): boolean { return this.#isTimeSynchronized; }
  set isTimeSynchronized(isOn: boolean) {
    this.#isTimeSynchronized = isOn;
    if (isOn) this.#clock.set(undefined);
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

  /** Shuts down in good order: whoever holds it back (logind's inhibitors) is waited for, then the power goes. */
  shutDown(after: () => void = () => undefined): void {
    const holders = [...this.inhibitors];
    let left = holders.length;
    const off = () => {
      this.powerOff();
      after();
    };
    if (left === 0) return off();
    for (const hold of holders) hold(() => { if (--left === 0) off(); });
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
