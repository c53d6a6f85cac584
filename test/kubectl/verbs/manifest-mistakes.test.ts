/** What kubectl says of files that it cannot read, word for word as the real one. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Scene } from '../../scenario/scene.ts';

let scene: Scene;
beforeAll(async () => { scene = await Scene.hollow(); });

const POD = 'apiVersion: v1\nkind: Pod\n';
const yaml = (problem: string) => `error: error parsing a.yaml: error converting YAML to JSON: yaml: ${problem}`;
const create = async (text: string, file = 'a.yaml', words = 'create') => scene.run(`cat > ${file} <<'END'\n${text}\nEND\nkubectl ${words} -f ${file}`);

describe('YAML that is none', () => {
  it.each([
    ['a: {b: {c: d', yaml("line 1: did not find expected ',' or '}'")],
    ['s:\n  c:\n  - name: a\n    image: b\n   ports: []', yaml('line 4: did not find expected key')],
    ['a:\n  - b: c\n   d: e', yaml("line 2: did not find expected '-' indicator")],
    ['m:\n  - name: a\n  labels: b', yaml("line 2: did not find expected '-' indicator")],
    ['k: P\nm:\n  name: a\n- x', yaml('line 3: did not find expected key')],
    ['foo: [a,', yaml('line 1: did not find expected node content')],
    ['a: b\nfoo: {', yaml('line 2: did not find expected node content')],
  ])('%j', async (text, answer) => expect(await create(text)).toBe(answer));

  it('ends at the end of a text that has no last newline', async () => {
    expect(await scene.run("printf 'a: {b: c' > a.yaml; kubectl create -f a.yaml")).toBe(yaml("line 1: did not find expected ',' or '}'"));
  });
});

describe('what is no object', () => {
  it.each([
    ['{"apiVersion":"v1","kind":"ConfigMap" "metadata":{}}', 'error: error parsing a.yaml: json: offset 39: invalid character \'"\' after object key:value pair'],
    [`${POD}metadata: x`, 'error: unable to decode "a.yaml": json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta'],
    [`${POD}metadata: {name: x, labels: [a]}`, 'error: unable to decode "a.yaml": json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
    [`${POD}metadata: {name: x, finalizers: a}`, 'error: unable to decode "a.yaml": json: cannot unmarshal string into Go struct field ObjectMeta.metadata.finalizers of type []string'],
    ['apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Foo, metadata: {name: l2}}]', 'unable to recognize no matches for kind "Foo" in version "v1"'],
    // The body is written with sorted keys, so that is the order of the complaints, too.
    [`${POD}metadata: {name: x}\nspec: {containers: [{name: a, image: b, foo: 1}], bar: 2}\nbaz: 3`, 'Error from server (BadRequest): error when creating "a.yaml": Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "baz", unknown field "spec.bar", unknown field "spec.containers[0].foo"'],
    ['apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {selector: [a], ports: [{port: "80"}]}', 'Error from server (BadRequest): error when creating "a.yaml": Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32'],
  ])('%j', async (text, answer) => expect(await create(text)).toBe(answer));
});

it('creates what comes before a document that cannot be read', async () => {
  expect(await create('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n---\nfoo: [')).toBe(`configmap/first created\n${yaml('line 1: did not find expected node content')}`);
});

it('does not wait for what has no name', async () => {
  expect(await create(`${POD}metadata: {}`, 'a.yaml', 'delete')).toBe('error: error when deleting "a.yaml": resource name may not be empty');
});

it('refuses to recreate in a dry run, unknown kinds to prune, and says when there is nothing to set', async () => {
  expect(await create('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}', 'c.yaml', 'apply')).toBe('configmap/c created');
  expect(await scene.k('apply -f c.yaml --force --dry-run=server')).toBe('error: --dry-run=server cannot be used with --force');
  expect(await scene.k('apply -f c.yaml --prune --all --prune-allowlist=apps/v1/Foo')).toBe('configmap/c unchanged\nerror: no matches for kind "Foo" in version "apps/v1"');
  expect(await scene.k('apply -f c.yaml --prune --all --prune-allowlist=Foo')).toContain('invalid GroupVersionKind format: Foo, please follow <group/version/kind>');
  expect(await scene.k('apply set-last-applied -f c.yaml')).toBe('set-last-applied c: no changes required.');
});
