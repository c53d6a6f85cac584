// What others have written that is in the bundle: their licences in one text, and a bill of materials (CycloneDX 1.6).
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The packages that esbuild took something of, by name and version. */
export function bundledPackages(metafile, root) {
  const folders = new Set(Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])).filter(Boolean));
  const packages = [...folders].map((folder) => packageIn(resolve(root, folder)));
  return [...new Map(packages.map((each) => [`${each.name}@${each.version}`, each])).values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

function packageIn(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const texts = readdirSync(folder).filter((file) => /^(licen[sc]e|copying|notice)/i.test(file)).sort().map((file) => readFileSync(`${folder}/${file}`, 'utf8').trim());
  return { name, version, license: typeof license === 'object' ? license.type : license, author: typeof author === 'object' ? author.name : author, text: texts.join('\n\n') };
}

export function licencesText(packages) {
  const parts = packages.map(({ name, version, license, author, text }) => `${name} ${version} (${license})\n${'-'.repeat(72)}\n${text || `Its package holds no licence text; it is under ${license}${author ? `, by ${author}` : ''}.`}\n`);
  return `kube-quest's program holds parts of these packages.\n\n${parts.join('\n\n')}`;
}

export function billOfMaterials(packages, { name, version }) {
  const purl = (each) => `pkg:npm/${each.name.replace('@', '%40')}@${each.version}`;
  const licences = ({ license = '' }) => [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }];
  return {
    bomFormat: 'CycloneDX', specVersion: '1.6', version: 1,
    metadata: { component: { type: 'application', 'bom-ref': `${name}@${version}`, name, version } },
    components: packages.map((each) => ({ type: 'library', 'bom-ref': purl(each), name: each.name, version: each.version, purl: purl(each), licenses: licences(each) })),
    dependencies: [{ ref: `${name}@${version}`, dependsOn: packages.map(purl) }],
  };
}
