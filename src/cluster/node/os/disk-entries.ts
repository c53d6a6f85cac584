/** What lies on a disk: files, folders, links, and the same as data to be saved. */
import type { FileStat } from '../file-system.ts';

/** `bytes`: the size of its content; `allocated`: what fallocate or dd has taken for it beyond that. */
export interface FileNode { type: 'file'; content: Uint8Array | string; bytes: number; allocated?: number; mode: number; uid: number; gid: number; mtimeMs: number }
export interface Folder { type: 'directory'; entries: Map<string, Entry>; mode: number; uid: number; gid: number; mtimeMs: number }
interface Link { type: 'symlink'; target: string; mode: number; uid: number; gid: number; mtimeMs: number }
export type Entry = FileNode | Folder | Link;

/** A disk or a part of it as data; the content of a file that is no text is in base64. */
export interface SavedEntry { text?: string; base64?: string; allocated?: number; link?: string; entries?: Record<string, SavedEntry>; mode: number; owner?: [uid: number, gid: number]; mtimeMs: number }

export function statOf(entry: Entry): FileStat {
  const size = entry.type === 'file' ? sizeOf(entry) : entry.type === 'symlink' ? entry.target.length : 4096;
  return { type: entry.type, mode: entry.mode, uid: entry.uid, gid: entry.gid, size, mtimeMs: entry.mtimeMs };
}

/** Bytes that it takes on the disk, with all below it. */
export function sizeOf(entry: Entry): number {
  if (entry.type === 'file') return entry.bytes + (entry.allocated ?? 0);
  if (entry.type === 'symlink') return 0;
  let sum = 0;
  for (const child of entry.entries.values()) sum += sizeOf(child);
  return sum;
}

/** Files, folders and links, itself too. */
export function countOf(entry: Entry): number {
  let count = 1;
  if (entry.type === 'directory') for (const child of entry.entries.values()) count += countOf(child);
  return count;
}

export function byteLength(content: string | Uint8Array): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.length;
}

export function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}

/** It and all below it as data. */
export function savedEntry(entry: Entry): SavedEntry {
  const { mode, uid, gid, mtimeMs } = entry;
  const common = { mode, mtimeMs, ...(uid || gid ? { owner: [uid, gid] as [number, number] } : {}) };
  if (entry.type === 'directory') return { entries: Object.fromEntries([...entry.entries].map(([name, each]) => [name, savedEntry(each)])), ...common };
  if (entry.type === 'symlink') return { link: entry.target, ...common };
  const content = typeof entry.content === 'string' ? { text: entry.content } : { base64: Buffer.from(entry.content).toString('base64') };
  return { ...content, ...(entry.allocated ? { allocated: entry.allocated } : {}), ...common };
}

/** What was saved, again. */
export function entryOf({ text, base64, allocated, link, entries, mode, owner: [uid, gid] = [0, 0], mtimeMs }: SavedEntry): Entry {
  const common = { mode, uid, gid, mtimeMs };
  if (entries) return { type: 'directory', entries: new Map(Object.entries(entries).map(([name, each]) => [name, entryOf(each)])), ...common };
  if (link !== undefined) return { type: 'symlink', target: link, ...common };
  const content = base64 === undefined ? text ?? '' : Buffer.from(base64, 'base64');
  return { type: 'file', content, bytes: byteLength(content), allocated, ...common };
}
