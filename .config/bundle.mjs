// Bundles src/cli.tsx and everything it needs into dist/, split so that a command loads only what it uses.
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { common, root } from './bundle-options.mjs';

rmSync(`${root}/dist`, { recursive: true, force: true });
await build({ ...common, entryPoints: ['src/cli.tsx'], outdir: 'dist', splitting: true });
chmodSync(`${root}/dist/cli.js`, 0o755);
