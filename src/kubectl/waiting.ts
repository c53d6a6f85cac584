/** Waiting until an object is gone, by watching it. */
import type { Call } from './command.ts';
import { pathOf } from './discovery.ts';
import { ExitError, hasReason } from './errors.ts';
import { textAt } from './objects.ts';
import type { Place } from './requests.ts';
import { Watching } from './watching.ts';

const CANCELLED = 130;

/**
 * Waits until the object with this name (and, if known, this UID) is gone; false when `timeoutMs` have passed.
 * One that may not be looked at counts as gone. Ctrl-C ends kubectl.
 */
export async function waitUntilGone(call: Call, place: Place, uid: string | undefined, timeoutMs: number): Promise<boolean> {
  const { type, namespace, name = '' } = place;
  const untilMs = call.nowMs + timeoutMs;
  for (;;) {
    const found = await presence(call, place, uid);
    if (!found) return true;
    const watching = await Watching.open(call, pathOf(type, namespace), { query: { fieldSelector: `metadata.name=${name}`, resourceVersion: found }, subject: type });
    try {
      for (let event = await watching.next(untilMs); event; event = await watching.next(untilMs)) if (event.type === 'DELETED') return true;
    } finally {
      watching.close();
    }
    if (call.isCancelled) throw new ExitError(CANCELLED);
    if (call.nowMs >= untilMs) return false;
  }
}

/** The resource version of the object, or undefined when it is gone. */
async function presence(call: Call, { type, namespace, name = '' }: Place, uid: string | undefined): Promise<string | undefined> {
  try {
    const object = (await call.client()).get(pathOf(type, namespace, name), { subject: { ...type, name } });
    return uid && textAt(object, 'metadata', 'uid') !== uid ? undefined : textAt(object, 'metadata', 'resourceVersion');
  } catch (error) {
    if (hasReason(error, 'NotFound', 'Forbidden', 'MethodNotAllowed')) return undefined;
    throw error;
  }
}
