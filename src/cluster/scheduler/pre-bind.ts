/** Between the choice of a node and the binding: plugins ask for what the Pod needs there and wait until it is ready. */
import type { World } from '../../time/simulation.ts';
import { isApiFailure } from '../client/api-failure.ts';
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

/** Carries all reservations out, then waits for one after the other; calls `ready` or `failed` once, unless the Pod is not wanted any more. */
export function preBind(reserved: readonly Reserved[], context: PreBindContext): void {
  const undo = (of: readonly Reserved[]) => {
    for (const { reservation } of of) attempt(() => reservation.undo?.(context));
  };
  for (const [index, { plugin, reservation }] of reserved.entries()) {
    const problem = attempt(() => reservation.write(context));
    if (problem === undefined) continue;
    undo(reserved.slice(0, index + 1));
    return context.failed(`running PreBind plugin "${plugin}": ${problem}`);
  }
  const startMs = context.world.clock.now();
  const waitFor = ([first, ...others]: readonly Reserved[]): void => {
    if (!first) return context.ready();
    const { plugin, reservation } = first;
    const failed = (why: string) => {
      undo(reserved);
      context.failed(`running PreBind plugin "${plugin}": ${why}`);
    };
    if (!context.isWanted()) return undo(reserved);
    const state = reservation.state(context.objects);
    if (state === 'ready') return waitFor(others);
    if (state !== 'waiting') return failed(state.failed);
    if (context.world.clock.now() >= startMs + reservation.timeoutMs) return failed(reservation.timeoutMessage);
    context.world.clock.after(POLL_MS, `prebind ${plugin}`, () => waitFor([first, ...others]));
  };
  waitFor(reserved);
}

/** What the API says against it; undefined: nothing. */
function attempt(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (isApiFailure(error)) return error.message;
    throw error;
  }
}
