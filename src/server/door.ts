/** A door into a running cluster: its HTTPS face, driven by real time, with a kubeconfig to give away. */
import { isIP } from 'node:net';
import type { ApiTransport } from '../cluster/apiserver/request.ts';
import type { Simulation } from '../time/simulation.ts';
import { HttpsFace } from './https-face.ts';
import { kubeconfig, type User } from './identities.ts';
import { letPlayerIn, PLAYER } from './player.ts';
import { type Pacer, RealTime } from './real-time.ts';
import { upgradeTo } from './streams/upgrade.ts';
import { createAuthority, type Pair } from './x509.ts';

/** What a door needs of a cluster. */
export interface ServedCluster {
  readonly server: string;
  readonly adminUser: User;
  transportAs(user?: User): ApiTransport;
}

/** By what a door is known to those who have its kubeconfig. */
export interface DoorKeys extends Pair { playerToken: string; port: number }

export interface FaceOptions {
  address: string;
  /** 0 for a free one. */
  port: number;
  /** Of the door that was here before: its kubeconfig stays good, and its port is taken if it is free and no other is asked for. */
  keys?: DoorKeys;
  log: (text: string) => void;
  /** Told of each request that kubectl makes: its command and the path. */
  asked?: (command: string, path: string) => void;
}

export interface DoorOptions extends FaceOptions {
  speed: number;
  /** Gets what the simulation throws: a bug of ours. */
  crash: (error: unknown) => void;
}

/** A way in that somebody else drives. */
export interface OpenFace {
  readonly url: string;
  readonly kubeconfig: string;
  readonly keys: DoorKeys;
  /** Ends all connections; new ones may come. */
  cut(): void;
  close(): Promise<void>;
}

export interface OpenDoor extends OpenFace {
  /** Lets virtual time pass as fast as it can. */
  leap(ms: number): Promise<void>;
  /** Does something in the cluster's world, as a step of its own. */
  step(what: string, act: () => void): void;
}

/** Opens a door that real time drives. Rejects with the system's error when the port cannot be had. */
export async function openDoor(cluster: ServedCluster & { readonly world: Simulation }, { speed, crash, ...options }: DoorOptions): Promise<OpenDoor> {
  const pacer = new RealTime(cluster.world, { speed, crash });
  try {
    const face = await openFace(cluster, pacer, options);
    return { ...face, leap: (ms) => pacer.leap(ms), step: (what, act) => pacer.do(what, act), close: async () => { await face.close(); await pacer.stop(); } };
  } catch (error) {
    await pacer.stop();
    throw error;
  }
}

/** The HTTPS face of a cluster whose steps `pacer` does. Rejects with the system's error when the port cannot be had. */
export async function openFace(cluster: ServedCluster, pacer: Pacer, { address, port, keys, log, asked }: FaceOptions): Promise<OpenFace> {
  const authority = createAuthority('kube-quest', Date.now(), keys);
  const door = { server: cluster.server, as: (user: User) => cluster.transportAs(user), bare: () => cluster.transportAs() };
  const hosts = [...new Set(['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', ...(['0.0.0.0', '::'].includes(address) ? [] : [address])])];
  const letIn = () => letPlayerIn(cluster, (what, step) => pacer.do(what, step));
  let entered = letIn();
  const face = new HttpsFace({ door, pacer, authority, hosts, entered: (user) => entered(user), asked, log }, (incoming, socket, head, call) => upgradeTo({ incoming, socket, head, pacer, log, ...call }));
  const bound = await listen(face, address, port, keys?.port);
  const url = `https://${isIP(address) === 6 ? `[${address}]` : address}:${bound}`;
  const playerToken = face.identities.tokenFor(PLAYER, keys?.playerToken);
  return {
    url, kubeconfig: kubeconfig({ url, authority, admin: cluster.adminUser, playerToken, cluster: 'kubernetes' }), keys: { certificate: authority.certificate, key: authority.key, playerToken, port: bound },
    cut() {
      entered = letIn(); // it may be another cluster now
      face.cut();
    },
    close: () => face.close(),
  };
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
