/** Where a pack comes from: a folder, a .tgz, a built file, or the name of an installed package. */
import { readFileSync, statSync } from 'node:fs';
import { nearest } from '../nearest.ts';
import { filesOfArchive } from './archive.ts';
import { filesOfBuilt } from './built.ts';
import { PACK_BYTES_MAX, type PackFiles, refuse } from './files.ts';
import { filesOfFolder, whyUnreadable } from './folder.ts';
import { installedPacks } from './installed.ts';

const FILE = /\.(tgz|tar\.gz|kqpack)$/;
const PACKAGE = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const BUILT_BYTES_MAX = 4 * PACK_BYTES_MAX; // JSON escapes take room

/** Whether a word on the command line means a pack, not a level. */
export function looksLikePack(word: string): boolean {
  return /[/\\]/.test(word) || word.startsWith('.') || FILE.test(word) || word.startsWith('kube-quest-pack-') || isFolder(word);
}

/** Reads a pack's files. Nothing of it is run, nothing outside of it is read. Throws PackError. */
export function readPack(where: string): PackFiles {
  if (FILE.test(where)) return readFile(where);
  const stat = statSync(where, { throwIfNoEntry: false });
  if (!stat && PACKAGE.test(where)) {
    const installed = installedPacks();
    const found = installed.find(({ name }) => name === where || name === `kube-quest-pack-${where}`);
    if (found) return readPack(found.path);
    const near = nearest(where, installed.map(({ name }) => name));
    refuse(where, `there is no such folder, and no package of this name is installed${near ? `; did you mean "${near}"?` : ` (\`npm install ${where}\`?)`}`);
  }
  if (stat?.isFile()) refuse(where, 'is not a pack; a pack is a folder, a .tgz, a .kqpack that `pack build` wrote, or an npm package');
  return { files: filesOfFolder(where) };
}

function readFile(path: string): PackFiles {
  try {
    if (statSync(path).isDirectory()) return { files: filesOfFolder(path) };
  } catch (error) {
    refuse(path, whyUnreadable(error, 'file'));
  }
  const isBuilt = path.endsWith('.kqpack');
  const bytesMax = isBuilt ? BUILT_BYTES_MAX : PACK_BYTES_MAX;
  if (statSync(path).size > bytesMax) refuse(path, `is larger than ${bytesMax / 1024 / 1024} MiB`);
  const bytes = readFileSync(path);
  return isBuilt ? filesOfBuilt(path, bytes.toString('utf8')) : { files: filesOfArchive(path, bytes) };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
