import { describe, expect, it } from 'vitest';
import { strategicMergePatch } from '../../src/cluster/api/patch.ts';
import { typeOfKind } from '../../src/cluster/api/schema.ts';
import { threeWayStrategicPatch } from '../../src/kubectl/apply/three-way.ts';
import { unifiedDiff } from '../../src/kubectl/unified-diff.ts';

const type = typeOfKind('apps/v1', 'Deployment')!;

function deployment(containers: object[], more: object = {}) {
  return { spec: { replicas: 2, template: { spec: { containers } }, ...more } };
}

describe('apply', () => {
  it('changes nothing when the file says what is there, defaults aside', () => {
    const file = deployment([{ name: 'web', image: 'nginx' }]);
    const live = deployment([{ name: 'web', image: 'nginx', imagePullPolicy: 'Always' }], { paused: false });
    expect(threeWayStrategicPatch(file, file, live, type)).toEqual({});
  });

  it('removes what the file no longer says and keeps what others have added', () => {
    const before = deployment([{ name: 'web', image: 'nginx' }, { name: 'log', image: 'busybox' }], { minReadySeconds: 5 });
    const file = deployment([{ name: 'web', image: 'nginx:2' }]);
    const live = deployment([{ name: 'web', image: 'nginx' }, { name: 'log', image: 'busybox' }, { name: 'proxy', image: 'envoy' }], { minReadySeconds: 5 });
    const patch = threeWayStrategicPatch(before, file, live, type);
    expect(strategicMergePatch(live, patch, type)).toEqual(deployment([{ name: 'web', image: 'nginx:2' }, { name: 'proxy', image: 'envoy' }]));
  });
});

describe('diff', () => {
  it('says nothing about equal texts', () => expect(unifiedDiff('a\n', 'a\n')).toBe(''));

  it('shows changes with three lines around them', () => {
    const lines = (changed: string) => ['1', '2', '3', '4', changed, '6', '7', '8', '9'].map((line) => `${line}\n`).join('');
    expect(unifiedDiff(lines('5'), lines('five'))).toBe('@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n');
  });

  it('counts from zero before a text that was empty', () => {
    expect(unifiedDiff('', 'a\nb\n')).toBe('@@ -0,0 +1,2 @@\n+a\n+b\n');
  });
});
