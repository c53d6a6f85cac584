import { describe, expect, test } from 'vitest';
import { checkFields, decode } from '../../../src/cluster/api/decode.ts';
import { fieldAt, fieldOf, leafTypes, schemaOf, typedKinds, typeNames, typeOfKind } from '../../../src/cluster/api/schema.ts';

describe('the schema', () => {
  test('tells how lists merge', () => {
    expect(fieldOf('PodSpec', 'containers')).toMatchObject({ type: 'Container', isList: true, isRequired: true, mergeKey: 'name', listType: 'map', listMapKeys: ['name'] });
    expect(fieldOf('PodSpec', 'volumes')).toMatchObject({ mergeKey: 'name', retainsKeys: true });
    expect(fieldOf('ObjectMeta', 'finalizers')).toMatchObject({ mergesPrimitives: true, listType: 'set', isLeaf: true });
    expect(fieldOf('PodSpec', 'nodeSelector')).toMatchObject({ isMap: true, listType: 'atomic' });
    expect(fieldOf('PodSpec', 'topologySpreadConstraints')?.listMapKeys).toEqual(['topologyKey', 'whenUnsatisfiable']);
    expect(fieldAt('Deployment', ['spec', 'template', 'spec', 'containers', 'image'])?.type).toBe('string');
  });

  test('knows every type it mentions', () => {
    const known = new Set<string>([...typeNames, ...leafTypes]);
    const unknown = typeNames.flatMap((name) => [...(schemaOf(name)?.fields.values() ?? [])]).filter((field) => !known.has(field.type));
    expect(unknown).toEqual([]);
    expect(typedKinds).toContain('apps/v1/Deployment');
    expect(typeOfKind('autoscaling/v2', 'HorizontalPodAutoscaler')).toBe('autoscaling.v2.HorizontalPodAutoscaler');
  });
});

describe('strict decoding', () => {
  test('names unknown fields with their path', () => {
    const typo = { spec: { replica: 3, template: { spec: { containers: [{ name: 'a', imagePullPolice: 'Always', ports: [{ containerport: 80 }] }] } } } };
    expect(checkFields('Deployment', typo).unknown).toEqual(['spec.replica', 'spec.template.spec.containers[0].imagePullPolice', 'spec.template.spec.containers[0].ports[0].containerport']);
  });

  test.each([
    ['Deployment', { spec: { replicas: 'two' } }, 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    ['Pod', { spec: { containers: [{ image: 5 }] } }, 'json: cannot unmarshal number into Go struct field Container.spec.containers.image of type string'],
    ['Pod', { spec: { containers: {} } }, 'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container'],
    ['Pod', { metadata: { labels: { a: 1 } } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string'],
    ['Pod', { spec: 'x' }, 'json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec'],
    ['Deployment', { spec: { replicas: 1.5 } }, 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    ['Pod', { spec: { containers: [{ resources: { limits: { cpu: 'lots' } } }] } }, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ['Secret', { data: { a: 'not base64!' } }, 'illegal base64 data at input byte 3'],
  ])('%s %j', (type, value, message) => {
    expect(checkFields(type, value).typeErrors[0]).toBe(message);
  });

  test('keeps what Go would and leaves out what Go leaves out', () => {
    const { value } = decode('Pod', { metadata: { name: 'a', labels: {}, foo: 1 }, spec: { hostNetwork: false, nodeName: '', containers: [{ name: 'c', args: [], env: null, resources: { limits: { cpu: '1000m', memory: '1024Mi' } } }], volumes: [{ name: 'v', emptyDir: {} }] } });
    expect(value).toEqual({ metadata: { name: 'a' }, spec: { containers: [{ name: 'c', resources: { limits: { cpu: '1', memory: '1Gi' } } }], volumes: [{ name: 'v', emptyDir: {} }] } });
  });

  test('keeps zeros that mean something', () => {
    expect(decode('Deployment', { spec: { replicas: 0, paused: false } }).value).toEqual({ spec: { replicas: 0 } });
  });
});
