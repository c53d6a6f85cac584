/** What a user downloads: small, complete, with the names of all whose work is in it, and nothing that runs at install. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const [packed]: { size: number; unpackedSize: number; files: { path: string }[] }[] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
const read = (path: string): string => readFileSync(resolve(ROOT, path), 'utf8');

test('is under 3 MB, and 8 MB unpacked', () => {
  expect(packed!.size).toBeLessThan(3_000_000);
  expect(packed!.unpackedSize).toBeLessThan(8_000_000);
});

test('holds what is needed to run, and no sources, tests or saves', () => {
  const paths = packed!.files.map(({ path }) => path);
  for (const path of ['dist/cli.js', 'levels/pack.yaml', 'schemas/level.json', 'schemas/pack.json', 'LICENSE', 'dist/THIRD-PARTY-LICENSES.txt', 'dist/sbom.cdx.json', 'dist/kube-quest.1', 'dist/types.d.ts', 'dist/types.d.cts']) expect(paths).toContain(path);
  expect(paths.filter((path) => /^(src|test|saves|\.)/.test(path))).toEqual([]);
});

test('runs nothing when it is installed, and installs nothing else', () => {
  const { scripts, dependencies } = JSON.parse(read('package.json'));
  expect(['preinstall', 'install', 'postinstall'].filter((name) => name in scripts)).toEqual([]);
  expect(dependencies).toBeUndefined();
});

test('names every package whose code is bundled, with its licence, in words and as a bill of materials', () => {
  const { components }: { components: { name: string; version: string; licenses: { license?: { id?: string }; expression?: string }[] }[] } = JSON.parse(read('dist/sbom.cdx.json'));
  const text = read('dist/THIRD-PARTY-LICENSES.txt');
  for (const name of ['ink', 'react', 'yaml', 'ws', 'just-bash', '@marcbachmann/cel-js', 'commander']) expect(components.map((each) => each.name)).toContain(name);
  for (const { name, version, licenses } of components) {
    expect(text).toContain(`${name} ${version} (`);
    // Licences that ask for no more than to be named.
    expect(licenses[0]!.license?.id ?? licenses[0]!.expression).toMatch(/^\(?(MIT|ISC|BSD-[23]-Clause|0BSD|Apache-2\.0|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Python-2\.0|Zlib)\b/);
  }
});
