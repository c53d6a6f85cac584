import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle, inFolder, ROOT, type Row } from '../row.ts';

/** 10,000 Pods made through the API and bound, on 1,000 nodes, against the same on 100. No kubelets. */
export function scale(): Promise<Row[]> {
  return inFolder(async (folder) => {
    const program = await bundle({ entryPoints: [join(ROOT, 'test/bench/scale-run.ts')] }, join(folder, 'scale.mjs'));
    const [large, small] = [1000, 100].map((nodes) => scaleRun(program, nodes, 10_000)) as [ScaleRun, ScaleRun];
    const cost = large.cpuMs / small.cpuMs;
    return [{ what: 'scale: 10,000 Pods on 1,000 nodes (CPU, peak)', value: `${large.cpuMs} ms, ${large.peakMb} MB`, reference: `on 100 nodes: ${small.cpuMs} ms, ${small.peakMb} MB`, ratio: cost.toFixed(2), cost }];
  });
}

interface ScaleRun { cpuMs: number; peakMb: number }

function scaleRun(program: string, nodes: number, pods: number): ScaleRun {
  const said = execFileSync(process.execPath, [program, String(nodes), String(pods)], { encoding: 'utf8', cwd: ROOT });
  return JSON.parse(said) as ScaleRun;
}
