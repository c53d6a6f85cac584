// How kube-quest's programs are bundled: one ESM program without dependencies. Used for dist/ and by the benchmark,
// which must measure what users run.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

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

/** The libraries count columns as we do: see there for why. */
const withQuickWidth = {
  name: 'with-quick-width',
  setup(b) {
    const ours = fileURLToPath(new URL('../src/ui/terminal/quick-width.ts', import.meta.url));
    b.onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      importer === ours || importer.includes('string-width') ? undefined : { path: ours });
  },
};

/** Yoga fetches its own bytes from a data address; where there is no fetch it decodes them, and Node need not load its HTTP client for the first frame. */
const yogaWithoutFetch = {
  name: 'yoga-without-fetch',
  setup(b) {
    b.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path }) => ({ contents: `const fetch = undefined;\n${await readFile(path, 'utf8')}` }));
  },
};

/** The folder that everything is relative to. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** esbuild's options for any Ink program: what the benchmark compares with. */
export const bare = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
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
};

/** esbuild's options for every program of ours. */
export const common = { ...bare, plugins: [withoutDevtools, withQuickWidth, yogaWithoutFetch] };
