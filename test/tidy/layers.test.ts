/** The layout is the architecture: imports run downwards only. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');

/** What each layer may import besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  time: [],
  language: [],
  cluster: ['time'],
  kubectl: ['cluster', 'time'],
  shell: ['kubectl', 'cluster', 'time'],
  saves: ['engine', 'cluster', 'time'],
  engine: ['language', 'saves', 'shell', 'kubectl', 'cluster', 'time'],
  server: ['engine', 'shell', 'kubectl', 'cluster', 'time'],
  ui: ['language', 'engine', 'cluster'],
  commands: ['language', 'ui', 'server', 'engine', 'saves', 'shell', 'kubectl', 'cluster', 'time'],
  'cli.tsx': ['commands'],
};

/** kubectl sees the cluster through its API: only what describes requests and data. */
const KUBECTL_MAY_SEE = /^cluster\/(api\/|apiserver\/request\.ts|network\/types\.ts)/;
/** The screens see of the cluster's data only types. */
const UI_MAY_SEE = /^cluster\/api\//;
/** Only the API server, what serves it and etcd's own tools touch etcd. */
const ETCD_USERS = /^(cluster\/(etcd|apiserver|network\/types|node\/control-plane|cluster\.ts|hollow\.ts)|shell\/commands\/etcd|engine\/mission\/check-world)/;
/** Time, chance and output come in as arguments in these layers. */
const PURE = /^(cluster|kubectl|shell|engine\/(mission\/|checks\/|score\/|objectives))/;
const IMPURE = /\b(Date\.now|Math\.random|setTimeout|setInterval|randomUUID|console)\b(?!['"`])|new Date\(\)/;

/** Written, and waiting for what will use them. This list only shrinks. */
const NOT_YET = new Set<string>([
  'cluster/scheduler/configuration.ts',
]);

interface Source { path: string; text: string; imports: { path: string; isTypeOnly: boolean }[] }

const sources = walk(SRC).map(read);

describe('layers', () => {
  test.each(sources.map((source) => [source.path, source] as const))('%s imports only what lies below it', (_path, source) => {
    const layer = source.path.split('/')[0]!;
    const wrong = source.imports.filter(({ path }) => {
      const target = path.split('/')[0]!;
      return target !== layer && !ALLOWED[layer]?.includes(target);
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('every file is reached from the command line', () => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const reached = new Set<string>();
    const waiting = ['cli.tsx'];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      waiting.push(...(byPath.get(path)?.imports ?? []).map((imported) => imported.path));
    }
    expect([...byPath.keys()].filter((path) => !reached.has(path) && !NOT_YET.has(path))).toEqual([]);
  });

  test('kubectl knows the cluster by its API alone', () => {
    const wrong = sources.filter((s) => s.path.startsWith('kubectl/')).flatMap((s) => s.imports.filter(({ path }) => path.startsWith('cluster/') && !KUBECTL_MAY_SEE.test(path)).map(({ path }) => `${s.path} → ${path}`));
    expect(wrong).toEqual([]);
  });

  test('the screens know data, not the cluster', () => {
    const wrong = sources.filter((s) => s.path.startsWith('ui/')).flatMap((s) => s.imports.filter(({ path }) => path.startsWith('cluster/') && !UI_MAY_SEE.test(path)).map(({ path }) => `${s.path} → ${path}`));
    expect(wrong).toEqual([]);
  });

  test('only the API server touches etcd', () => {
    const wrong = sources.filter((s) => !ETCD_USERS.test(s.path)).flatMap((s) => s.imports.filter(({ path }) => path.startsWith('cluster/etcd/')).map(({ path }) => `${s.path} → ${path}`));
    expect(wrong).toEqual([]);
  });

  test('time and chance are handed in', () => {
    const wrong = sources.filter((s) => PURE.test(s.path)).flatMap((s) => s.text.split('\n').flatMap((line, i) => (IMPURE.test(line.replace(/\/\/.*|^\s*\*.*|\/\*.*\*\//g, '')) ? [`${s.path}:${i + 1}: ${line.trim()}`] : [])));
    expect(wrong).toEqual([]);
  });
});

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : /\.tsx?$/.test(name) ? [path] : [];
  });
}

function read(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const imports = [...text.matchAll(/^(import|export)( type)?\b[^'"]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gm)].map((match) => ({
    path: relative(SRC, resolve(dirname(path), match[3] ?? match[4]!)).replaceAll('\\', '/'), isTypeOnly: match[2] !== undefined,
  }));
  return { path: relative(SRC, path).replaceAll('\\', '/'), text, imports };
}
