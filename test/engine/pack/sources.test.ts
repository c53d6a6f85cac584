/** Packs in every form they may come in, and what none of them may do. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadPack } from '../../../src/engine/pack/load.ts';
import { buildPack } from '../../../src/engine/pack/sources/built.ts';
import { installedPacks } from '../../../src/engine/pack/sources/installed.ts';
import { looksLikePack, readPack } from '../../../src/engine/pack/sources/source.ts';
import { filesOf, folderOf, LEVEL, PACK } from './small-pack.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'kube-quest-source-'));

function written(name: string, bytes: string | Uint8Array): string {
  const path = join(scratch(), name);
  writeFileSync(path, bytes);
  return path;
}

interface Entry { name: string; body?: string; type?: string; size?: number; link?: string }

/** A tar archive by hand, to hold what tar itself would not write. */
function tarOf(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.flatMap(({ name, body = '', type = '0', size, link = '' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write((size ?? Buffer.byteLength(body)).toString(8).padStart(11, '0'), 124);
    header.write(type, 156);
    header.write(link, 157);
    header.write('ustar\0', 257);
    const bytes = Buffer.from(body);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  }), Buffer.alloc(1024)]);
}

const tgz = (entries: readonly Entry[]) => written('pack.tgz', gzipSync(tarOf(entries)));
const sound: readonly Entry[] = [{ name: 'package/pack.yaml', body: PACK }, { name: 'package/basics/01-two.yaml', body: LEVEL }];

test('a folder, its archive and its built file are the same pack', () => {
  const folder = folderOf(filesOf());
  const archive = join(scratch(), 'small.tgz');
  execFileSync('tar', ['czf', archive, '-C', dirname(folder), folder.split('/').pop()!]);
  const built = written('small.kqpack', buildPack(readPack(folder).files));
  const packs = [folder, archive, built, tgz(sound)].map((where) => loadPack(where));
  expect(new Set(packs.map(({ digest }) => digest)).size).toBe(1);
  expect(packs.map(({ levels }) => levels.map(({ id }) => id))).toEqual([['two'], ['two'], ['two'], ['two']]);
});

test('long names in archives are read', () => {
  const name = `package/basics/01-${'long-'.repeat(25)}name.yaml`;
  const pax = (path: string) => { const line = ` path=${path}\n`; const length = line.length + String(line.length + 3).length; return `${length}${line}`; };
  expect(loadPack(tgz([sound[0]!, { name: 'PaxHeader', type: 'x', body: pax(name) }, { name: 'cut.yaml', body: LEVEL }])).levels[0]?.file).toBe(name.replace('package/', ''));
  expect(loadPack(tgz([sound[0]!, { name: '././@LongLink', type: 'L', body: `${name}\0` }, { name: 'cut.yaml', body: LEVEL }])).levels[0]?.file).toBe(name.replace('package/', ''));
});

test('a signed pack names its signer; a changed one is refused', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const text = buildPack(readPack(folderOf(filesOf())).files, pem);
  expect(loadPack(written('a.kqpack', text)).signedBy).toMatch(/^SHA256:[\w+/]{43}$/);
  expect(() => loadPack(written('a.kqpack', text.replace('Two are wanted', 'Six are wanted')))).toThrow(/was changed after it was built: its digest does not match/);
  const other = buildPack(readPack(folderOf(filesOf({ 'basics/02-more.yaml': LEVEL }))).files, pem);
  const forged = { ...JSON.parse(text) as Record<string, unknown>, signature: (JSON.parse(other) as { signature: unknown }).signature };
  expect(() => loadPack(written('a.kqpack', JSON.stringify(forged)))).toThrow(/its signature is not right/);
  expect(() => buildPack([], 'no key')).toThrow(/--key: is not a private key in PEM/);
});

test('packages are found by name and by keyword, the nearest first', () => {
  const root = scratch();
  const install = (folder: string, name: string, manifest: object, files: Readonly<Record<string, string>> = filesOf()) => {
    for (const [path, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) })) {
      mkdirSync(dirname(join(folder, 'node_modules', name, path)), { recursive: true });
      writeFileSync(join(folder, 'node_modules', name, path), text);
    }
  };
  const deep = join(root, 'a', 'b');
  mkdirSync(deep, { recursive: true });
  install(root, 'kube-quest-pack-acme', {});
  install(join(root, 'a'), 'kube-quest-pack-acme', {});
  install(root, '@acme/missions', { keywords: ['kube-quest-pack'] });
  install(root, 'left-pad', { keywords: ['pad'] });
  install(root, 'kube-quest-pack-empty', {}, {});
  const packs = scratch();
  writeFileSync(join(packs, 'mine.kqpack'), '');
  expect(installedPacks(deep, packs)).toEqual([
    { name: 'kube-quest-pack-acme', path: join(root, 'a', 'node_modules', 'kube-quest-pack-acme') },
    { name: '@acme/missions', path: join(root, 'node_modules', '@acme/missions') },
    { name: 'mine', path: join(packs, 'mine.kqpack') },
  ]);
});

test.each([['./pack', true], ['pack.tgz', true], ['kube-quest-pack-acme', true], ['@acme/missions', true], ['src', true], ['crash-loop', false]])('%s names a pack: %s', (word, is) => {
  expect(looksLikePack(word)).toBe(is);
});

const HOSTILE: readonly (readonly [string, () => string, RegExp])[] = [
  ['a path upwards', () => tgz([...sound, { name: 'package/../../evil.yaml', body: LEVEL }]), /^package\/\.\.\/\.\.\/evil\.yaml: is a path that leads out of the pack$/],
  ['an absolute path', () => tgz([...sound, { name: '/etc/evil.yaml', body: LEVEL }]), /^\/etc\/evil\.yaml: is a path that leads out of the pack$/],
  ['a path for another system', () => tgz([...sound, { name: 'package\\..\\evil.yaml', body: LEVEL }]), /is a path that leads out of the pack/],
  ['a link in an archive', () => tgz([...sound, { name: 'package/basics/02.yaml', type: '2', link: '/etc/passwd' }]), /^package\/basics\/02\.yaml: is a link; a pack holds plain files only$/],
  ['a file that lies about its size', () => tgz([{ name: 'package/pack.yaml', body: PACK, size: 1e9 }]), /is not a whole tar archive/],
  ['a bomb of zeros', () => written('bomb.tgz', gzipSync(Buffer.alloc(80 * 1024 * 1024))), /unpacks to more than 64 MiB/],
  ['no archive at all', () => written('a.tgz', 'hello'), /is not a \.tgz archive/],
  ['too many files', () => tgz([...sound, ...Array.from({ length: 2100 }, (_, i) => ({ name: `package/basics/${i}.yaml`, body: 'a: 1' }))]), /a pack holds 2000 files at most/],
  ['a file too large', () => folderOf(filesOf({ 'basics/02.yaml': `# ${'x'.repeat(300_000)}` })), /^basics\/02\.yaml: is larger than 256 KiB$/],
  ['folders too deep', () => folderOf(filesOf({ 'a/b/c/d/e/f/g/h/1.yaml': LEVEL })), /lies deeper than 6 folders/],
  ['a built file with a path upwards', () => written('a.kqpack', JSON.stringify({ format: 'kube-quest pack', version: 1, digest: '', files: { '../../.bashrc.yaml': 'x' } })), /is a path that leads out of the pack/],
  ['a built file that is none', () => written('a.kqpack', '[1]'), /is not a file that `kube-quest pack build` wrote/],
  ['a link in a folder', () => { const folder = folderOf(filesOf()); symlinkSync('/etc/hostname', join(folder, 'basics', '02.yaml')); return folder; }, /^basics\/02\.yaml: is a symbolic link; a pack holds plain files only$/],
  ['a plain file', () => written('pack.yaml', PACK), /is not a pack; a pack is a folder, a \.tgz/],
  ['nothing', () => '/nowhere/at/all', /there is no such folder/],
];

test.each(HOSTILE)('%s gets one clear message', (_what, make, message) => {
  const where = make();
  expect(() => loadPack(where)).toThrow(message);
  expect(readFileSync('package.json', 'utf8')).toContain('kube-quest');
});
