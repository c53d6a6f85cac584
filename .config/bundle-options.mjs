// How kube-quest's programs are bundled: one ESM program without dependencies. Used for dist/ and by the benchmark,
// which must measure what users run.
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

/** The folder that everything is relative to. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** esbuild's options for every program. */
export const common = {
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
