/** Attempts in a file, to be handed in: what was played, on which pack, and what it is said to be worth. */
import { createHash } from 'node:crypto';
import type { Attempt } from '../mission/attempt.ts';
import { isAttempt as isWhole, isWithinADay } from '../attempt-file.ts';

const FORMAT = 'kube-quest attempts';
export const BUNDLE_BYTES_MAX = 16 * 1024 * 1024;

/** What the save or the file says an attempt was worth. */
export interface Claim { score: number; stars: number }

export interface Entry { attempt: Attempt; claim: Claim }

export interface Bundle {
  format: typeof FORMAT;
  version: 1;
  pack: { name: string; version: string; digest: string };
  /** Present only when the player agreed to it; otherwise `player` is a number that says nothing. */
  name?: string;
  player: string;
  session?: string;
  entries: Entry[];
  /** SHA-256 of all the rest. */
  digest: string;
}

/** Thrown for a file that holds no attempts; one sentence. */
export class BundleError extends Error { override name = 'BundleError'; }

/** The bundle with its digest. */
export function sealed(parts: Omit<Bundle, 'format' | 'version' | 'digest'>): Bundle {
  const rest = { format: FORMAT, version: 1, ...parts } as const;
  return { ...rest, digest: digestOf(rest) };
}

/** A bundle out of a file's text; `isIntact` is false when it was edited. Throws BundleError. */
export function readBundle(text: string): { bundle: Bundle; isIntact: boolean } {
  if (text.length > BUNDLE_BYTES_MAX) throw new BundleError(`is larger than ${BUNDLE_BYTES_MAX / 1024 / 1024} MiB`);
  const data = parsed(text);
  if (data.format !== FORMAT) throw new BundleError('holds no attempts; `kube-quest session export` and `kube-quest hand-in` write such files');
  if (data.version !== 1) throw new BundleError('was written by a newer kube-quest');
  if (!isBundle(data)) throw new BundleError('is damaged: something is missing in it');
  const { digest, ...rest } = data;
  return { bundle: data, isIntact: digestOf(rest) === digest };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(text);
    if (isDict(data)) return data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new BundleError('is no JSON');
}

function isBundle(data: Record<string, unknown>): data is Record<string, unknown> & Bundle {
  const { pack, player, entries, digest } = data;
  return isDict(pack) && [pack.name, pack.version, pack.digest, player, digest].every((text) => typeof text === 'string') && Array.isArray(entries) && entries.every(isEntry);
}

function isEntry(entry: unknown): entry is Entry {
  if (!isDict(entry) || !isDict(entry.claim)) return false;
  return typeof entry.claim.score === 'number' && typeof entry.claim.stars === 'number' && isAttempt(entry.attempt);
}

/** Whether a piece of data is an attempt that can be replayed. */
export const isAttempt = (data: unknown): data is Attempt => isWhole(data) && isWithinADay(data);

function isDict(value: unknown): value is Record<string, unknown> { return typeof value === 'object' && value !== null && !Array.isArray(value); }

/** Of the data in a fixed order of fields, so that reformatting is no edit. */
function digestOf(data: unknown): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(ordered(data))).digest('hex')}`;
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  return isDict(value) ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, ordered(value[key])])) : value;
}
