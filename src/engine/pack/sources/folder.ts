/** A pack in a folder: plain files below it, never a link out of it. */
import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { PackError } from '../problems.ts';
import { DEPTH_MAX, FileCollector, refuse, type SourceFile } from './files.ts';

const ENTRIES_MAX = 20_000;

/** The pack's files. Throws PackError. */
export function filesOfFolder(folder: string): SourceFile[] {
  const collector = new FileCollector();
  let entries = 0;
  const visit = (directory: string, depth: number, root: string) => {
    for (const name of readdirSync(directory).sort()) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      if (++entries > ENTRIES_MAX) refuse(folder, `holds more than ${ENTRIES_MAX} files; is this the folder you meant?`);
      const path = join(directory, name);
      const file = relative(root, path).split(sep).join('/');
      const stat = lstatSync(path);
      if (stat.isSymbolicLink()) {
        if (name.endsWith('.yaml')) refuse(file, 'is a symbolic link; a pack holds plain files only');
      } else if (stat.isDirectory()) {
        if (depth >= DEPTH_MAX) refuse(file, `lies deeper than ${DEPTH_MAX} folders`);
        visit(path, depth + 1, root);
      } else if (stat.isFile()) collector.add(file, stat.size, () => readFileSync(path, 'utf8'));
    }
  };
  try {
    const root = realpathSync(folder);
    visit(root, 0, root);
  } catch (error) {
    if (error instanceof PackError) throw error;
    refuse(folder, whyUnreadable(error, 'folder'));
  }
  return collector.finish();
}

/** Why a path could not be read, in words. */
export function whyUnreadable(error: unknown, what: 'folder' | 'file'): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOENT') return `there is no such ${what}`;
  if (code === 'ENOTDIR') return 'is not a folder';
  if (code === 'EISDIR') return 'is a folder';
  return `cannot be read (${code})`;
}
