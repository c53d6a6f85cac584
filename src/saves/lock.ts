/** One writer of a save at a time: a file beside it names who writes. What a dead process left behind is taken over. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { nanoid } from 'nanoid';

const TRY_EVERY_MS = 10;
/** A write takes milliseconds: whoever holds a lock for so many tries has gone. Counted, not read off a clock, which may jump. */
const TRIES = 200;

/** Writes while nobody else does. Where no lock can be made, the write itself says why. */
export function locked<T>(path: string, write: () => T): T {
  const mine = `${hostname()} ${process.pid} ${nanoid(8)}`;
  let seen: string | undefined;
  for (let tries = 0; !take(path, mine);) {
    const holder = holderOf(path);
    tries = holder === seen ? tries + 1 : 0;
    seen = holder;
    if (holder !== undefined && (tries >= TRIES || isGone(holder))) takeAway(path, holder);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_EVERY_MS);
  }
  try {
    return write();
  } finally {
    if (holderOf(path) === mine) rmSync(path, { force: true });
  }
}

/** Whether a process of this machine runs no longer. */
export function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function take(path: string, mine: string): boolean {
  try {
    writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    return codeOf(error) !== 'EEXIST';
  }
}

function holderOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : '';
  }
}

function isGone(holder: string): boolean {
  const [host, pid] = holder.split(' ');
  return host === hostname() && isDead(Number(pid));
}

/** Another may have taken it over a moment ago: that one's is put back. */
function takeAway(path: string, holder: string): void {
  const aside = `${path}.${nanoid(6)}`;
  try {
    renameSync(path, aside);
    if (holderOf(aside) !== holder) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  }
  rmSync(aside, { force: true, recursive: true });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
