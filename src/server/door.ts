/** A door into a running cluster: its HTTPS face, driven by real time, with a kubeconfig to give away. */
import { isIP } from 'node:net';
import type { ApiTransport } from '../cluster/apiserver/request.ts';
import type { Simulation } from '../time/simulation.ts';
import { HttpsFace } from './https-face.ts';
import { kubeconfig, type User } from './identities.ts';
import { letPlayerIn, PLAYER } from './player.ts';
import { RealTime } from './real-time.ts';
import { upgradeTo } from './streams/upgrade.ts';
import { createAuthority, type Pair } from './x509.ts';

/** What the door needs of a cluster. */
export interface ServedCluster {
  readonly world: Simulation;
  readonly server: string;
  readonly adminUser: User;
  transportAs(user?: User): ApiTransport;
}

/** By what a door is known to those who have its kubeconfig. */
export interface DoorKeys extends Pair { playerToken: string; port: number }

export interface DoorOptions {
  address: string;
  /** 0 for a free one. */
  port: number;
  speed: number;
  /** Of the door that was here before: its kubeconfig stays good, and its port is taken if it is free and no other is asked for. */
  keys?: DoorKeys;
  log: (text: string) => void;
  /** Told of each request that kubectl makes: its command and the path. */
  asked?: (command: string, path: string) => void;
  /** Gets what the simulation throws: a bug of ours. */
  crash: (error: unknown) => void;
}

export interface OpenDoor {
  readonly url: string;
  readonly kubeconfig: string;
  readonly keys: DoorKeys;
  /** Lets virtual time pass as fast as it can. */
  leap(ms: number): Promise<void>;
  /** Does something in the cluster's world, as a step of its own. */
  step(what: string, act: () => void): void;
  close(): Promise<void>;
}

/** Opens the door. Rejects with the system's error when the port cannot be had. */
export async function openDoor(cluster: ServedCluster, { address, port, speed, keys, log, asked, crash }: DoorOptions): Promise<OpenDoor> {
  const authority = createAuthority('kube-quest', Date.now(), keys);
  const pacer = new RealTime(cluster.world, { speed, crash });
  const door = { server: cluster.server, as: (user: User) => cluster.transportAs(user), bare: () => cluster.transportAs() };
  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', ...(['0.0.0.0', '::'].includes(address) ? [] : [address])])];
  const entered = letPlayerIn(cluster, (what, step) => pacer.do(what, step));
  const face = new HttpsFace({ door, pacer, authority, hosts, entered, asked, log }, (incoming, socket, head, call) => upgradeTo({ incoming, socket, head, pacer, log, ...call }));
  try {
    const bound = await listen(face, address, port, keys?.port);
    const url = `https://${isIP(address) === 6 ? `[${address}]` : address}:${bound}`;
    const playerToken = face.identities.tokenFor(PLAYER, keys?.playerToken);
    const text = kubeconfig({ url, authority, admin: cluster.adminUser, playerToken, cluster: 'kubernetes' });
    return { url, kubeconfig: text, keys: { certificate: authority.certificate, key: authority.key, playerToken, port: bound }, leap: (ms) => pacer.leap(ms), step: (what, act) => pacer.do(what, act), close: async () => { await face.close(); await pacer.stop(); } };
  } catch (error) {
    await pacer.stop();
    throw error;
  }
}

/** The port that is asked for, else the one that it was before, else a free one. */
async function listen(face: HttpsFace, address: string, port: number, before = 0): Promise<number> {
  if (port !== 0 || before === 0) return face.listen(address, port);
  try {
    return await face.listen(address, before);
  } catch {
    return face.listen(address, 0); // somebody else has it now
  }
}
