import { describe, expect, test } from 'vitest';
import { problems, type Written } from './scene.ts';

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
const run = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx' }] } } };
const rule = (fields: object) => ({ spec: { ...run, podFailurePolicy: { rules: [{ action: 'FailJob', ...fields }] } } });
const service = (fields: object) => ({ spec: { ports: [{ port: 80 }], ...fields } });
const limit = (fields: object) => ({ spec: { limits: [fields] } });

describe('refused, each with the one thing that is wrong', () => {
  test.each<[string, string, Written, string[]]>([
    ['Deployment', 'no template', { spec: { selector: { matchLabels: labels } } }, ['spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`', 'spec.template.spec.containers: Required value']],
    ['StatefulSet', 'an unknown strategy', { spec: { serviceName: 's', selector: { matchLabels: labels }, template, updateStrategy: { type: 'Foo' } } }, ['spec.updateStrategy: Invalid value: {"Type":"Foo","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'']],
    ['Job', 'more failed indexes than there are', { spec: { ...run, completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 1, maxFailedIndexes: 9 } }, ['spec.maxFailedIndexes: Invalid value: 9: must be less than or equal to completions']],
    ['Job', 'a rule that says nothing', rule({ action: 'Foo', onExitCodes: { operator: 'Bar', values: [] } }), [
      'spec.podFailurePolicy.rules[0].action: Unsupported value: "Foo": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
      'spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "Bar": supported values: "In", "NotIn"',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []: at least one value is required',
    ]],
    ['Job', 'a rule on a container that is not there', rule({ onExitCodes: { operator: 'In', values: [1, 1], containerName: 'z' } }), [
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "z": must be one of the container or initContainer names in the pod template',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Duplicate value: 1',
    ]],
    ['Service', 'one port twice', { spec: { ports: [{ name: 'a', port: 80 }, { name: 'b', port: 80 }] } }, ['spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}']],
    ['Service', 'a family that the cluster has not', service({ ipFamilies: ['IPv6'] }), ['spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster']],
    ['Service', 'two families where there is one', service({ ipFamilyPolicy: 'RequireDualStack' }), ['spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services']],
    ['Service', 'traffic sent anyhow', service({ trafficDistribution: 'Foo' }), ['spec.trafficDistribution: Unsupported value: "Foo": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"']],
    ['NetworkPolicy', 'an exception outside its block', { spec: { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] }] } }, ['spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`']],
    ['PodDisruptionBudget', 'both bounds', { spec: { minAvailable: 1, maxUnavailable: 1 } }, ['spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set']],
    ['LimitRange', 'an unknown type', limit({ type: 'Foo' }), ['spec.limits[0].type: Invalid value: "Foo": must be a standard limit type or fully qualified']],
    ['LimitRange', 'a ratio below one', limit({ type: 'Container', maxLimitRequestRatio: { cpu: '0.5' } }), ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1']],
  ])('%s with %s', (kind, _, written, lines) => {
    expect(problems(kind, written).filter((line) => !line.startsWith('spec.selector: Required'))).toEqual(lines);
  });
});
