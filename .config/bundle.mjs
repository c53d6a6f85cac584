// Bundles src/cli.tsx and everything it needs into dist/: one ESM program without dependencies,
// split so that a command loads only what it uses.
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

/** Ink loads its developer tools only when asked to; they are not in the bundle. */
const withoutDevtools = {
  name: 'without-ink-devtools',
  setup(b) {
    b.onResolve({ filter: /devtools(\.js)?$|react-devtools-core/ }, (args) =>
      args.importer.includes('ink') ? { path: args.path, namespace: 'empty' } : undefined);
    b.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default undefined;' }));
  },
};

rmSync(`${root}/dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['src/cli.tsx'],
  outdir: 'dist',
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  jsx: 'automatic',
  legalComments: 'none',
  loader: { '.md': 'text', '.yaml': 'text' },
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: { js: require },
  plugins: [withoutDevtools],
  logLevel: 'warning',
});
chmodSync(`${root}/dist/cli.js`, 0o755);
