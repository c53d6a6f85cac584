import { measureFrames } from '../frames.ts';
import type { Row } from '../row.ts';

/** Key press to frame over 1,000 nodes and 10,000 Pods that change 100 times a second, and what a frame costs in bytes. */
export async function frames(): Promise<Row[]> {
  const scenes = { 'at the prompt': ['', ['x', '\x7f']], 'on the map': ['\x1bv', ['\x1b[C', '\x1b[D']], 'on rows of nodes': ['\x1bvzz', ['\x1b[B', '\x1b[A']] } as const;
  const rows: Row[] = [];
  for (const [where, [sight, keys]] of Object.entries(scenes)) {
    const { medianMs, p95Ms, p95CpuMs, bytesAKey, bytesACell, cpuShare } = await measureFrames(sight, keys);
    rows.push({ what: `key to frame ${where} (95 %)`, value: `${p95CpuMs.toFixed(1)} ms of CPU`, reference: `33 ms; clock ${p95Ms.toFixed(0)}, median ${medianMs.toFixed(0)}; ${Math.round(cpuShare * 100)} % of a core`, ratio: (p95CpuMs / 33).toFixed(2) });
    rows.push({ what: `bytes for one cell, ${where}`, value: String(bytesACell), reference: `a key with its changes: ${Math.round(bytesAKey)}`, ratio: '' });
  }
  return rows;
}
