/** Load on a Service: a sample of each second's requests is really sent; its success rate is the level's availability. */
import type { Cluster } from '../../cluster/cluster.ts';
import { services } from '../../cluster/client/resources.ts';
import { ApiError } from '../../cluster/client/types.ts';
import { type HttpResponse, NetworkError, type NetworkStack } from '../../cluster/network/types.ts';
import type { TrafficResult } from '../checks/subjects.ts';
import type { TrafficSpec } from '../pack/level.ts';
import { TrafficHistory, type TrafficSecond } from './traffic-history.ts';

const SAMPLES_MAX = 8; // requests really sent each second; each stands for its share
const SECOND_MS = 1000;

export class TrafficSource {
  readonly spec: TrafficSpec;
  readonly #cluster: Cluster;
  readonly #history = new TrafficHistory();
  #rps: number;
  #sent = 0;
  #failed = 0;
  #turn = 0;
  #isOn = true;
  /** The Service's address survives the API server: clients keep what they have resolved. */
  #address: string | undefined;

  constructor(cluster: Cluster, spec: TrafficSpec) {
    this.#cluster = cluster;
    this.spec = spec;
    this.#rps = spec.rps;
    this.#later();
  }

  get result(): TrafficResult {
    return { sent: this.#sent, failed: this.#failed, success: this.#sent === 0 ? 1 : (this.#sent - this.#failed) / this.#sent };
  }

  get rate(): number { return this.#rps; }

  /** The last minutes, oldest first. */
  get seconds(): readonly TrafficSecond[] { return this.#history.seconds; }

  setRate(rps: number): void { this.#rps = rps; }

  /** Forgets what was counted so far: the player has just arrived. */
  reset(): void {
    this.#sent = this.#failed = 0;
    this.#history.clear();
  }

  stop(): void { this.#isOn = false; }

  #later(): void {
    this.#cluster.world.clock.after(SECOND_MS, `traffic ${this.spec.name}`, () => {
      if (!this.#isOn) return;
      this.#send();
      this.#later();
    });
  }

  #send(): void {
    const samples = Math.min(SAMPLES_MAX, Math.ceil(this.#rps));
    const share = this.#rps / samples;
    for (let i = 0; i < samples; i++) {
      const answer = this.#request();
      const hasFailed = !answer || answer.status >= 500;
      this.#sent += share;
      if (hasFailed) this.#failed += share;
      this.#history.note(share, hasFailed, answer);
    }
    this.#history.close(this.#cluster.world.clock.now());
  }

  #request(): HttpResponse | undefined {
    try {
      const url = new URL(this.spec.to);
      url.hostname = this.#resolve(url.hostname);
      return this.#from().fetch(url.toString());
    } catch (error) {
      if (error instanceof NetworkError) return undefined;
      throw error;
    }
  }

  /** Requests start on the node that is named, else on the worker nodes in turn, as those of clients in the cluster do. */
  #from(): NetworkStack {
    const named = this.#cluster.machines.get(this.spec.from ?? '');
    if (named) return named.os.network;
    const machines = [...this.#cluster.machines.values()].filter((m) => !m.isControlPlane && m.os.isOn);
    return machines.length === 0 ? this.#cluster.workstation : machines[this.#turn++ % machines.length]!.os.network;
  }

  /** `web.shop` and its longer forms; addresses stay as they are. */
  #resolve(host: string): string {
    if (/^[\d.]+$/.test(host)) return host;
    const [name = '', namespace = 'default'] = host.split('.');
    try {
      const service = this.#cluster.admin().get(services, name, namespace);
      if (service) this.#address = service.spec.clusterIP;
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
    }
    if (!this.#address) throw new NetworkError('no such host', `lookup ${host}: no such host`);
    return this.#address;
  }
}
