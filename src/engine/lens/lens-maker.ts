/** Makes what the player looks at, again when the cluster has changed; nothing while nobody looks. */
import type { Mission } from '../mission/mission.ts';
import type { Lens, LensView } from './lens-view.ts';
import { eventsLens } from './events-lens.ts';
import { historyLens } from './history-lens.ts';
import { objectLens } from './object-lens.ts';
import { requestLens } from './request-lens.ts';
import { trafficLens } from './traffic-lens.ts';
import { whyLens } from './why-lens.ts';

export class LensMaker {
  readonly #mission: Mission;
  #key = '';
  #view: LensView | undefined;

  constructor(mission: Mission) {
    this.#mission = mission;
  }

  /** What was made last. */
  get view(): LensView | undefined { return this.#view; }

  /** Looks again when the lens is another, etcd has a newer revision, or a second has passed (ages, logs). */
  async refresh(lens: Lens): Promise<void> {
    const { cluster } = this.#mission;
    const key = `${JSON.stringify(lens)} ${this.#mission.attempt.inputs.length} ${cluster.apiServer?.storage.revision} ${Math.floor(cluster.world.clock.now() / 1000)}`;
    if (key === this.#key) return;
    this.#key = key;
    const made = await this.#make(lens);
    if (JSON.stringify(made) !== JSON.stringify(this.#view)) this.#view = made;
  }

  async #make(lens: Lens): Promise<LensView> {
    switch (lens.of) {
      case 'object': return objectLens(this.#mission.cluster, lens, this.#mission.words);
      case 'history': return historyLens(this.#mission, lens);
      case 'request': return requestLens(this.#mission, lens.back);
      case 'events': return eventsLens(this.#mission);
      case 'traffic': return trafficLens(this.#mission);
      case 'why': return whyLens(this.#mission, lens.ref);
    }
  }
}
