/** Keeps a Pod's volumes: mounts them before anything runs, tries again when it cannot, refreshes them while it runs. */
import type { Timer } from '../../../time/clock.ts';
import type { Pod } from '../../api/types.ts';
import type { NodeContext } from './node-context.ts';
import { isApiFailure } from '../../client/api-failure.ts';
import { type PodVolumes, refreshVolumes, setUpVolumes, VolumeError } from './volumes.ts';

const RETRY_MIN_MS = 500; // volume manager: exponential back-off from 500 ms …
const RETRY_MAX_MS = 122_000; // … to 2 min 2 s
const WAIT_MS = 123_000; // kubelet: podAttachAndMountTimeout, 2 min 3 s
const REFRESH_MS = 60_000; // kubelet: syncFrequency

export class PodVolumeSetup {
  readonly #context: NodeContext;
  readonly #ready: () => void;
  #volumes: PodVolumes | undefined;
  #retryMs = RETRY_MIN_MS;
  #retry: Timer | undefined;
  #refresh: Timer | undefined;
  #sinceMs: number | undefined;
  #latest: Pod | undefined;

  /** `ready` is called when volumes that were missing are there. */
  constructor(context: NodeContext, ready: () => void) {
    this.#context = context;
    this.#ready = ready;
  }

  get volumes(): PodVolumes { return this.#volumes ?? new Map(); }

  /** Whether all volumes are mounted; if not, it keeps trying. */
  isReady(pod: Pod, podIP = ''): boolean {
    if (this.#volumes) return true;
    if (this.#retry) return false;
    try {
      this.#volumes = this.#setUp(pod, podIP);
      if ((pod.spec.volumes ?? []).some(changes) && !this.#context.runtime.pretend) this.#refreshLater();
      return true;
    } catch (error) {
      if (!(error instanceof VolumeError) && !isApiFailure(error)) throw error;
      this.#failed(pod, podIP, error);
      return false;
    }
  }

  /** Labels and annotations in mounted files follow the Pod. */
  podChanged(pod: Pod): void { this.#latest = pod; }

  stop(): void {
    this.#retry?.cancel();
    this.#refresh?.cancel();
  }

  #setUp(pod: Pod, podIP: string): PodVolumes {
    const { hostIP, nodeName, files, runtime, allocatable } = this.#context;
    // Hollow nodes only look whether what the author refers to exists; the account's token is not among it.
    const shown = runtime.pretend ? { ...pod, spec: { ...pod.spec, volumes: pod.spec.volumes?.filter(({ name }) => !name.startsWith('kube-api-access-')) } } : pod;
    const latest = () => this.#latest ?? shown;
    return setUpVolumes({
      get pod() { return latest(); }, source: this.#context.objects(pod), facts: { podIP, hostIP, nodeName, allocatable }, nodeFiles: files,
      claim: (name) => this.#context.claim(pod, name),
      token: (audience, seconds) => this.#context.token(pod, audience, seconds),
    });
  }

  #failed(pod: Pod, podIP: string, error: Error): void {
    const { recorder, world: { clock } } = this.#context;
    const name = error instanceof VolumeError ? error.volume : (pod.spec.volumes?.[0]?.name ?? '');
    const { event, isWaiting } = error instanceof VolumeError ? error.more : {};
    if (!isWaiting) recorder.event(pod, 'Warning', 'FailedMount', event ?? `MountVolume.SetUp failed for volume "${name}" : ${error.message}`);
    this.#sinceMs ??= clock.now();
    if (clock.now() - this.#sinceMs >= WAIT_MS) {
      this.#sinceMs = clock.now();
      recorder.event(pod, 'Warning', 'FailedMount', `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[]: context deadline exceeded`);
    }
    this.#retry = clock.after(isWaiting ? RETRY_MIN_MS : this.#retryMs, 'mount volumes', () => {
      this.#retry = undefined;
      if (this.isReady(pod, podIP)) this.#ready();
    });
    if (!isWaiting) this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }

  #refreshLater(): void {
    this.#refresh = this.#context.world.clock.after(REFRESH_MS, 'refresh volumes', () => {
      try {
        if (this.#volumes) refreshVolumes(this.#volumes);
      } catch (error) {
        if (!isApiFailure(error)) throw error; // tried again in a minute
      }
      this.#refreshLater();
    });
  }
}

/** Volumes whose content follows objects of the API. */
function changes({ configMap, secret, projected, downwardAPI }: NonNullable<Pod['spec']['volumes']>[number]): boolean {
  return [configMap, secret, projected, downwardAPI].some((source) => source !== undefined);
}
