import { readFileSync } from 'node:fs';
import { describe as group, expect, test } from 'vitest';
import { matchesSelectorText } from '../../../src/cluster/api/labels.ts';
import type { DescribeSource } from '../../../src/kubectl/describe/describer.ts';
import { describe } from '../../../src/kubectl/describe/index.ts';
import { type ApiObject, asObject, textAt } from '../../../src/kubectl/objects.ts';

/** Objects, and what the describers of Kubernetes v1.36.2 say of them; `@-5` is five seconds ago. */
const nowMs = Date.parse('2026-11-23T17:31:02Z');
const ago = (seconds: string, micro = '') => new Date(nowMs - Number(seconds) * 1000).toISOString().replace('.000Z', micro ? '.000000Z' : 'Z');
const file = readFileSync(new URL('golden.json', import.meta.url), 'utf8').replace(/"@(µ?)-(\d+)"/g, (_all, micro: string, seconds: string) => JSON.stringify(ago(seconds, micro)));
const samples = (JSON.parse(file) as { object: unknown; text?: string }[]).map(({ object, text }) => ({ object: asObject(object), text }));

const KINDS: Readonly<Record<string, string>> = { pods: 'Pod', events: 'Event', replicasets: 'ReplicaSet', endpointslices: 'EndpointSlice', services: 'Service', resourcequotas: 'ResourceQuota', limitranges: 'LimitRange', leases: 'Lease', resourceslices: 'ResourceSlice' };

function sourceOf(objects: readonly ApiObject[]): DescribeSource {
  const ofKind = (resource: string) => objects.filter(({ kind }) => kind === KINDS[resource.split('.')[0]!]);
  return {
    nowMs, showEvents: true,
    list: async (resource, { namespace, labelSelector = '', fieldSelector = '' }) => ofKind(resource).filter((object) =>
      (!namespace || object.metadata.namespace === namespace) && matchesSelectorText(labelSelector, object.metadata.labels)
      && [...fieldSelector.matchAll(/involvedObject\.(\w+)=([^,]+)/g)].every(([, field = '', value]) => textAt(object, 'involvedObject', field) === value)),
    get: async (resource, name) => ofKind(resource).find((object) => object.metadata.name === name),
  };
}

group('describe', () => {
  const source = sourceOf(samples.map(({ object }) => object));
  test.each(samples.flatMap(({ object, text }) => (text === undefined ? [] : [[`${object.kind} ${object.metadata.name}`, object, text] as const])))('says of %s what kubectl says', async (_what, object, text) => {
    expect(await describe(object, source)).toBe(text.replace(/\{\{RFC1123Z now-(\d+)s\}\}/g, (_all, seconds: string) => new Date(Date.parse(ago(seconds))).toUTCString().replace('GMT', '+0000')));
  });

  test('spells out the fields of kinds that it does not know, events after them', async () => {
    const widget = asObject({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'default', uid: 'u', labels: { a: 'b' } }, spec: { podIPs: ['10.0.0.1'], apiURL: 'http://x', sizes: [{ xl2: 3, isBig: true }], none: null } });
    expect(await describe(widget, source)).toBe([
      'Name:         w', 'Namespace:    default', 'Labels:       a=b', 'Annotations:  <none>', 'API Version:  example.com/v1', 'Kind:         Widget', 'Metadata:', '  UID:  u', 'Spec:', '  API URL:  http://x', '  None:     <nil>',
      '  Pod I Ps:', '    10.0.0.1', '  Sizes:', '    Is Big:  true', '    xl2:     3', 'Events:      <none>', '',
    ].join('\n'));
  });
});
