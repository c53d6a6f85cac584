/** What the entries of the bench share: their rows, and how processor time is counted. */
import { join, resolve } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { build, type BuildOptions } from 'esbuild';
import { common } from '../../.config/bundle-options.mjs';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A line of the table. `cost` is the ratio that later runs are compared by; left out where it says nothing of speed. */
export interface Row { what: string; value: string; reference: string; ratio: string; cost?: number }

/** A figure against its reference, both in milliseconds of processor time. */
export function cpuRow(what: string, ms: number, reference: string, referenceMs: number): Row {
  const cost = ms / referenceMs;
  return { what: `${what} (CPU)`, value: `${ms.toFixed(ms < 10 ? 1 : 0)} ms`, reference: `${reference}: ${referenceMs.toFixed(referenceMs < 10 ? 1 : 0)} ms`, ratio: cost.toFixed(2), cost };
}

/** Milliseconds of this process's processor time that `act` takes. */
export async function cpu(act: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The median of several runs. */
export async function medianCpu(runs: number, act: () => Promise<void> | void): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push(await cpu(act));
  return median(times);
}

/** A figure that one collection of garbage doubles: shown, not compared. */
export function tooShort({ cost: _cost, ...row }: Row): Row { return row; }

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Bundles a program as ours is bundled, or with other options; gives its path. */
export async function bundle(program: Pick<BuildOptions, 'stdin' | 'entryPoints'>, outfile: string, options: BuildOptions = common): Promise<string> {
  await build({ ...options, ...program, outfile });
  return outfile;
}

/** Does something in a folder that is gone afterwards. */
export async function inFolder<T>(act: (folder: string) => Promise<T>, parent = tmpdir()): Promise<T> {
  const folder = mkdtempSync(join(parent, 'kube-quest-bench-'));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
