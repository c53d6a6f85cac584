/** Between the choice of a node and the binding: plugins ask for what the Pod needs there and wait until it is ready. */
import type { World } from '../../time/simulation.ts';
import { ApiError } from '../client/types.ts';
import { NetworkError } from '../network/types.ts';
import type { ObjectLister } from './cache.ts';
import type { PreparedFilter } from './filtering.ts';
import type { Reservation, ReservationContext } from './framework.ts';
import type { NodeInfo } from './node-info.ts';

const POLL_MS = 1_000; // volumebinding: BindPodVolumes

interface Reserved { readonly plugin: string; readonly reservation: Reservation }

export interface PreBindContext extends ReservationContext {
  readonly world: World;
  readonly objects: ObjectLister;
  /** Whether the Pod is still to be bound there. */
  isWanted(): boolean;
  failed(message: string): void;
  ready(): void;
}

/** What the plugins have to do for the Pod on this node. */
export function reservationsFor(filters: readonly PreparedFilter[], node: NodeInfo): Reserved[] {
  return filters.flatMap(({ plugin, filter }) => {
    const reservation = filter.reserve?.(node);
    return reservation ? [{ plugin, reservation }] : [];
  });
}

/** Carries the reservations out one after the other; calls `ready` or `failed` once, unless the Pod is not wanted any more. */
export function preBind([first, ...others]: readonly Reserved[], context: PreBindContext): void {
  if (!first) return context.ready();
  const { plugin, reservation } = first;
  const failed = (why: string) => context.failed(`running PreBind plugin "${plugin}": ${why}`);
  const untilMs = context.world.clock.now() + reservation.timeoutMs;
  const look = (): void => {
    if (!context.isWanted()) return;
    const state = reservation.state(context.objects);
    if (state === 'ready') return preBind(others, context);
    if (state !== 'waiting') return failed(state.failed);
    if (context.world.clock.now() >= untilMs) return failed(reservation.timeoutMessage);
    later();
  };
  const later = () => void context.world.clock.after(POLL_MS, `prebind ${plugin}`, look);
  try {
    reservation.write(context);
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
    return failed(error.message);
  }
  later();
}
