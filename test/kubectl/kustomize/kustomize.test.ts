import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { KubectlEnvironment, KubectlFiles } from '../../../src/kubectl/environment.ts';
import { kubectl } from '../../../src/kubectl/kubectl.ts';
import { Simulation } from '../../../src/time/simulation.ts';

const FOLDER = import.meta.dirname;

/** Folders in memory; `base` and `over` are those beside this test. */
function environmentWith(extra: Readonly<Record<string, string>>): { environment: KubectlEnvironment; said: { out: string; err: string } } {
  const contents = new Map(Object.entries(extra));
  for (const name of ['base', 'over']) for (const file of readdirSync(join(FOLDER, name))) if (statSync(join(FOLDER, name, file)).isFile()) contents.set(`/${name}/${file}`, readFileSync(join(FOLDER, name, file), 'utf8'));
  const isDirectory = (path: string) => [...contents.keys()].some((key) => key.startsWith(`${path}/`));
  const read = async (path: string) => {
    const text = contents.get(path);
    if (text === undefined) throw new Error('no such file or directory');
    return text;
  };
  const files: KubectlFiles = {
    read, readBytes: async (path) => Buffer.from(await read(path)), write: async (path, content) => void contents.set(path, String(content)), exists: async (path) => contents.has(path) || isDirectory(path),
    isDirectory: async (path) => isDirectory(path), list: async (path) => [...contents.keys()].filter((key) => key.startsWith(`${path}/`)).map((key) => key.slice(path.length + 1)),
  };
  const said = { out: '', err: '' };
  return {
    said,
    environment: {
      listen: () => { throw new Error('no network'); }, world: new Simulation({ seed: 1, startMs: 0 }), dial: () => { throw new Error('kustomize asks no server'); }, files, env: { PWD: '/' }, stdin: async () => '', stdout: (text) => { said.out += text; }, stderr: (text) => { said.err += text; },
      edit: async () => undefined, signal: new AbortController().signal, isTerminal: false,
    },
  };
}

describe('kubectl kustomize', () => {
  test('puts an overlay together as kustomize does, hashes and references included', async () => {
    const { environment, said } = environmentWith({});
    expect(await kubectl(['kustomize', 'over'], environment)).toBe(0);
    expect(said.out).toBe(readFileSync(join(FOLDER, 'expected.yaml'), 'utf8'));
  });

  const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n';
  test.each([
    ['a file that is missing', { '/a/kustomization.yaml': 'resources: [nope.yaml]' }, "accumulating resources: accumulation err='accumulating resources from 'nope.yaml': evalsymlink failure on '/a/nope.yaml' : lstat /a/nope.yaml: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '/a/nope.yaml' : lstat /a/nope.yaml: no such file or directory"],
    ['a file outside', { '/a/kustomization.yaml': 'resources: [../b/d.yaml]', '/b/d.yaml': deployment }, "accumulating resources: accumulation err='accumulating resources from '../b/d.yaml': security; file '/b/d.yaml' is not in or below '/a'': must build at directory: '/b/d.yaml': file is not directory"],
    ['a field that is unknown', { '/a/kustomization.yaml': 'foo: 1' }, 'invalid Kustomization: json: unknown field "foo"'],
    ['a folder without one', { '/a/x.yaml': deployment }, "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/a'"],
    ['a patch for nothing', { '/a/kustomization.yaml': 'resources: [d.yaml]\npatches: [{patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: zz}}"}]', '/a/d.yaml': deployment }, 'no resource matches strategic merge patch "Deployment.v1.apps/zz.[noNs]": no matches for Id Deployment.v1.apps/zz.[noNs]; failed to find unique target for patch Deployment.v1.apps/zz.[noNs]'],
  ])('complains about %s', async (_what, files, message) => {
    const { environment, said } = environmentWith(files);
    expect(await kubectl(['kustomize', 'a'], environment)).toBe(1);
    expect(said.err).toBe(`error: ${message}\n`);
  });

  test('gives a component what its parent has made, and puts patched-in containers first', async () => {
    const { environment, said } = environmentWith({
      '/a/kustomization.yaml': 'resources: [d.yaml]\ncomponents: [../c]\nsecretGenerator: [{name: s, literals: [k=v], options: {disableNameSuffixHash: true}}]\npatches:\n- patch: |\n    {apiVersion: apps/v1, kind: Deployment, metadata: {name: x}, spec: {template: {spec: {containers: [{name: side, image: s}]}}}}\n',
      '/a/d.yaml': `${deployment}spec: {template: {spec: {containers: [{name: main, image: m}]}}}\n`, '/c/kustomization.yaml': 'kind: Component\nnamePrefix: c-\n',
    });
    await kubectl(['kustomize', 'a'], environment);
    expect([...said.out.matchAll(/name: (\S+)/g)].map(([, name]) => name)).toEqual(['c-s', 'c-x', 'side', 'main']);
  });
});
