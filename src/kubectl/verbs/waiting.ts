/** Waiting for something to become true, as long as Ctrl-C lets it. */
import type { Call } from '../command.ts';
import { ExitError } from '../errors.ts';

const POLL_MS = 500;

/** Looks again and again until `isSo`; false when `timeoutMs` have passed. Ctrl-C ends kubectl with 130. */
export async function waitUntil(call: Call, isSo: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const { world, signal } = call.environment;
  const untilMs = call.nowMs + timeoutMs;
  while (!await isSo()) {
    if (call.nowMs >= untilMs) return false;
    await world.sleep(Math.min(POLL_MS, untilMs - call.nowMs), signal);
    if (signal.aborted) throw new ExitError(130);
  }
  return true;
}
