// Bundles src/cli.tsx and everything it needs into dist/, split so that a command loads only what it uses; beside it, whose work is in it and the manual.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { declarations } from './declarations.mjs';
import { common, root } from './bundle-options.mjs';
import { billOfMaterials, bundledPackages, licencesText } from './bundled-packages.mjs';

rmSync(`${root}/dist`, { recursive: true, force: true });
const { metafile } = await build({ ...common, entryPoints: ['src/cli.tsx'], outdir: 'dist', splitting: true, metafile: true });
chmodSync(`${root}/dist/cli.js`, 0o755);
const packages = bundledPackages(metafile, root);
writeFileSync(`${root}/dist/THIRD-PARTY-LICENSES.txt`, licencesText(packages));
writeFileSync(`${root}/dist/sbom.cdx.json`, `${JSON.stringify(billOfMaterials(packages, JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))), null, 1)}\n`);
// The manual is what the program says of its own commands.
writeFileSync(`${root}/dist/kube-quest.1`, execFileSync(process.execPath, [`${root}/dist/cli.js`, '__man']));
// The same for `import` and `require`: a declaration file is read as what its ending says.
for (const file of ['types.d.ts', 'types.d.cts']) writeFileSync(`${root}/dist/${file}`, declarations(root));
