/** Patches that the API server refuses, in its words. */
import { beforeAll, expect, test } from 'vitest';
import { Scene } from '../../scenario/scene.ts';

let at: Scene;
beforeAll(async () => {
  at = await Scene.hollow();
  await at.run('kubectl create deployment web --image=nginx; kubectl create secret generic s --from-literal=a=b; kubectl create job j --image=x');
});

const patch = (object: string, body: unknown, type = 'strategic') => at.k(`patch ${object} --type=${type} -p '${typeof body === 'string' ? body : JSON.stringify(body)}'`);

test.each([
  ['another name', { metadata: { name: 'x' } }, 'strategic', 'Error from server (BadRequest): the name of the object (x) does not match the name on the URL (web)'],
  ['another namespace', { metadata: { namespace: 'x' } }, 'merge', 'Error from server (BadRequest): the namespace of the provided object does not match the namespace sent on the request'],
  ['no name', [{ op: 'remove', path: '/metadata/name' }], 'json', 'Error from server (BadRequest): the name of the object (web based on URL) was undeterminable: name must be provided'],
  ['another UID', { metadata: { uid: 'x' } }, 'merge', 'The Deployment "web" is invalid: metadata.uid: Invalid value: "x": field is immutable'],
  ['a list, strategic', [], 'strategic', 'Error from server (BadRequest): json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ['a list, merge', [], 'merge', 'Error from server (BadRequest): error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ['operations that are no list', { op: 'x' }, 'json', 'Error from server (BadRequest): error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
  ['broken JSON, strategic', '{bad', 'strategic', "Error from server (BadRequest): invalid character 'b' looking for beginning of object key string"],
  ['an element without its merge key', { spec: { template: { spec: { containers: [{ image: 'x' }] } } } }, 'strategic', 'Error from server: map: map[image:x] does not contain declared merge key: name'],
])('a patch with %s', async (_what, body, type, answer) => expect(await patch('deploy web', body, type)).toBe(answer));

test('a wrong type is the fault of the patch, and shows what it made', async () => {
  expect(await patch('deploy web', { spec: { replicas: 'x' } }, 'merge')).toMatch(/^The request is invalid: patch: Invalid value: "\{\\"apiVersion\\":\\"apps\/v1\\",.*\\"replicas\\":\\"x\\".*": json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32$/);
  expect(await patch('secret s', { data: { a: 'not base64!' } })).toBe('The request is invalid: patch: Invalid value: "map[data:map[a:not base64!]]": error decoding from json: illegal base64 data at input byte 3');
});

test('fields that no operation has are warned of', async () => {
  expect(await patch('deploy web', [{ op: 'test', path: '/kind', value: 'Deployment', foo: 2 }], 'json')).toBe('deployment.apps/web patched (no change)\nWarning: json patch unknown field "[0].foo"');
});

test('maps are shown with sorted keys', async () => {
  expect(await patch('job j', { spec: { selector: { matchLabels: { a: 'b' } } } })).toMatch(/spec\.selector: Invalid value: \{"matchLabels":\{"a":"b","batch\.kubernetes\.io\/controller-uid":"[^"]*"\}\}: field is immutable$/);
});

test('nodes keep their range, and have one taint of a key and effect', async () => {
  const taint = { key: 'a', effect: 'NoSchedule' };
  expect(await patch('node w1', { spec: { taints: [taint, taint] } })).toBe('The Node "w1" is invalid: spec.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair');
  expect(await patch('node w1', { spec: { podCIDR: '1.2.3.0/24' } })).toBe('The Node "w1" is invalid: spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid');
});

test('what is named twice is found as the first patch has left it', async () => {
  expect(await at.k(`patch cm/kube-root-ca.crt cm/kube-root-ca.crt -p '{"metadata":{"labels":{"x":"y"}}}'`)).toBe('configmap/kube-root-ca.crt patched\nconfigmap/kube-root-ca.crt patched (no change)');
});

test('a short name stands for the preferred version', async () => {
  await at.k('autoscale deploy web --max=3');
  expect(await at.k("get hpa.v1.autoscaling web -o jsonpath='{.apiVersion}'")).toBe('autoscaling/v2');
  expect(await at.k("get horizontalpodautoscalers.v1.autoscaling web -o jsonpath='{.apiVersion}'")).toBe('autoscaling/v1');
});

test('custom resources: no strategic patches, rules wait for what is plainly wrong, and names stay', async () => {
  const spec = { type: 'object', properties: { r: { type: 'integer', minimum: 1 } }, 'x-kubernetes-validations': [{ rule: 'self.r != 7', message: 'not seven' }] };
  await at.apply({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'foos.x.example' }, spec: { group: 'x.example', scope: 'Namespaced', names: { plural: 'foos', kind: 'Foo' }, versions: [{ name: 'v1', served: true, storage: true, subresources: { scale: { specReplicasPath: '.spec.r', statusReplicasPath: '.status.r' } }, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }] } });
  await at.wait(2);
  await at.apply({ apiVersion: 'x.example/v1', kind: 'Foo', metadata: { name: 'f' }, spec: { r: 2 } });
  expect(await patch('foo f', { spec: { r: 3 } })).toBe('error: application/strategic-merge-patch+json is not supported by x.example/v1, Kind=Foo: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml');
  expect(await patch('foo f', { spec: { r: 7 } }, 'merge')).toBe('The Foo "f" is invalid: spec: Invalid value: "object": not seven');
  expect(await patch('foo f', { spec: { r: 'x' } }, 'merge')).toBe('The Foo "f" is invalid: \n* spec.r: Invalid value: "string": spec.r in body must be of type integer: "string"\n* <nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation');
  expect(await at.k("get --raw /apis/x.example/v1/namespaces/default/foos/f/scale | grep -o '\"selector[^,}]*'")).not.toContain('none');
  expect(await patch('crd foos.x.example', { spec: { names: { kind: 'Bar' } } }, 'merge')).toBe('The CustomResourceDefinition "foos.x.example" is invalid: spec.names.kind: Invalid value: "Bar": field is immutable');
  expect(await patch('crd foos.x.example', { spec: { group: 'y.example' } }, 'merge')).toBe('The CustomResourceDefinition "foos.x.example" is invalid: spec.group: Invalid value: "y.example": field is immutable');
});
