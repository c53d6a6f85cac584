// Bundles the simulation and runs it; with `--nodes PATH,PATH` the same seeds on each of these programs of Node too, whose digests must agree.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { common } from './bundle-options.mjs';

const args = process.argv.slice(2);
const at = args.indexOf('--nodes');
const others = at < 0 ? [] : args.splice(at, 2)[1].split(',').filter(Boolean);
const flags = ['--enable-source-maps', '--expose-gc'];
const folder = mkdtempSync(join(tmpdir(), 'kube-quest-simulate-'));
try {
  const program = join(folder, 'simulate.mjs');
  await build({ ...common, minify: false, sourcemap: 'inline', entryPoints: ['test/simulate/main.ts'], outfile: program });
  const run = (node) => execFileSync(node, [...flags, program, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (others.length === 0) execFileSync(process.execPath, [...flags, program, ...args], { stdio: 'inherit' });
  else {
    const said = run(process.execPath);
    process.stdout.write(said);
    for (const node of others) {
      const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
      if (run(node) !== said) throw new Error(`${version} lives through these seeds otherwise`);
      process.stdout.write(`${version}: the same bytes\n`);
    }
  }
} catch (error) {
  process.stderr.write(`simulate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
