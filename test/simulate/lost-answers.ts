/** Requests that are cut in their middle: what was asked for is done, and who asked never hears of it. */
import type { RequestRecord } from '../../src/cluster/apiserver/api-server.ts';
import { NetworkError } from '../../src/cluster/network/types.ts';
import type { Random } from '../../src/time/random.ts';

const UNHEARD = 'http2: client connection lost';
const LOOPBACK = 'system:apiserver';

/** Whether an error leaves open if the request was carried out. */
export const isUnheard = (error: NetworkError) => error.message.includes(UNHEARD);

/** Users by the program that they are; a kubelet is named by its node. */
export const USERS: Readonly<Record<string, RegExp>> = {
  'kube-controller-manager': /^system:(kube-controller-manager|serviceaccount:kube-system:(?!cloud-|coredns|kube-proxy|metrics|route-|service-controller).*-?(controller|collector|binder|autoscaler)$)/,
  'kube-scheduler': /^system:kube-scheduler$/,
  'cloud-controller-manager': /^system:(cloud-controller-manager|serviceaccount:kube-system:(cloud-|route-|service-controller).*)/,
  anybody: /./,
};

export class LostAnswers {
  readonly #nowMs: () => number;
  readonly #random: Random;
  #untilMs = 0;
  #percent = 0;
  #awaited: { user: RegExp; left: number; then: () => void } | undefined;

  constructor(nowMs: () => number, random: Random) {
    this.#nowMs = nowMs;
    this.#random = random;
  }

  /** For so long, so many of a hundred answers to writes are lost; nothing else is awaited any more. */
  begin(seconds: number, percent: number): void {
    this.#untilMs = this.#nowMs() + seconds * 1000;
    this.#percent = percent;
    this.#awaited = undefined;
  }

  /** The answer to the `nth` write of a user from now on is lost, and something happens. */
  await(user: RegExp, nth: number, then: () => void): void { this.#awaited = { user, left: nth, then }; }

  /** To be called with each answered request. Throws NetworkError instead of its answer. */
  readonly onRequest = ({ user, request, code }: RequestRecord): void => {
    if (request.method === 'GET' || user === LOOPBACK || code >= 400) return;
    const awaited = this.#awaited;
    if (awaited?.user.test(user) && --awaited.left === 0) {
      this.#awaited = undefined;
      awaited.then();
      this.#lose();
    }
    if (this.#untilMs > this.#nowMs() && this.#random.int(100) < this.#percent) this.#lose();
  };

  #lose(): never { throw new NetworkError('timeout', UNHEARD); }
}
