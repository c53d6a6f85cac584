import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { policyOf, violations } from '../../../../src/cluster/apiserver/admission/pod-security/policy.ts';
import { clusterOf, namespace, object, pod, refusal } from './builders.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const hardened = { securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } } };
const naked = (name: string) => `allowPrivilegeEscalation != false (container "${name}" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "${name}" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "${name}" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "${name}" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;

test('labels set the policy; audit and warn follow enforce', () => {
  const standard = (level: string, version = 'latest') => ({ level, version });
  expect(policyOf(undefined)).toEqual({ enforce: standard('privileged'), audit: standard('privileged'), warn: standard('privileged') });
  expect(policyOf({ [`${PREFIX}enforce`]: 'baseline', [`${PREFIX}warn`]: 'restricted', [`${PREFIX}enforce-version`]: 'v1.30' })).toEqual({ enforce: standard('baseline', 'v1.30'), audit: standard('baseline', 'v1.30'), warn: standard('restricted', 'v1.30') });
});

describe('a restricted namespace', () => {
  const cluster = clusterOf(namespace('dev', { [`${PREFIX}enforce`]: 'restricted' }));
  test('refuses an ordinary Pod', () => expect(refusal(() => cluster.createPod(pod('x')))).toBe(`pods "x" is forbidden: violates PodSecurity "restricted:latest": ${naked('c')}`));
  test('takes a hardened one', () => expect(refusal(() => cluster.createPod(pod('x', { containers: [{ name: 'c', ...hardened }] })))).toBe('admitted'));
  test('warns about a template, two levels down too', () => {
    const template = { spec: { containers: [{ name: 'nginx' }] } };
    expect(cluster.create('deployments.apps', object('deployments.apps', 'd', { spec: { template } })).warnings).toEqual([`would violate PodSecurity "restricted:latest": ${naked('nginx')}`]);
    expect(cluster.create('cronjobs.batch', object('cronjobs.batch', 'c', { spec: { jobTemplate: { spec: { template } } } })).warnings).toHaveLength(1);
  });
  test('does not mind status writes', () => expect(refusal(() => cluster.update('pods', pod('x'), pod('x'), { subresource: 'status' }))).toBe('admitted'));
});

test('one may only be warned', () => {
  const { warnings } = clusterOf(namespace('dev', { [`${PREFIX}warn`]: 'baseline' })).create('pods', pod('x', { hostNetwork: true, hostPID: true }));
  expect(warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true, hostPID=true)']);
});

describe('labelling a namespace', () => {
  const before = namespace('dev')[1];
  const labelled = (level: string) => namespace('dev', { [`${PREFIX}enforce`]: level })[1];
  const cluster = clusterOf(['pods', pod('db-0')], ['pods', pod('db-1')], ['pods', pod('web', { hostNetwork: true })]);

  test('tells of the Pods that are there', () => {
    expect(cluster.update('/namespaces', labelled('restricted'), before).warnings).toEqual([
      'existing pods in namespace "dev" violate the new PodSecurity enforce level "restricted:latest"',
      'db-0 (and 1 other pod): allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
      'web: host namespaces, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
    ]);
    expect(cluster.update('/namespaces', labelled('baseline'), before).warnings).toHaveLength(2);
  });
  test('says nothing when it relaxes', () => {
    expect(cluster.update('/namespaces', labelled('baseline'), labelled('restricted')).warnings).toEqual([]);
    expect(cluster.update('/namespaces', labelled('privileged'), labelled('restricted')).warnings).toEqual([]);
  });
  test('with a level that is none is invalid', () => {
    expect(refusal(() => cluster.update('/namespaces', labelled('strict'), before))).toBe('Namespace "dev" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted');
  });
});

const CASES = new URL('../../../../../shared/facts/controller-cases/pod-security.json', import.meta.url);
interface Case { name: string; pod: Parameters<typeof violations>[0]; baseline: Verdict; restricted: Verdict }
interface Verdict { allowed: boolean; message?: string }

test.skipIf(!existsSync(CASES))('the recorded cases are judged alike', () => {
  const cases = JSON.parse(readFileSync(CASES, 'utf8')) as Case[]; // a file of recorded facts
  for (const one of cases) {
    for (const level of ['baseline', 'restricted'] as const) {
      const found = violations(one.pod, level).map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
      expect(found ? `violates PodSecurity "${level}:latest": ${found}` : undefined, `${one.name} at ${level}`).toBe(one[level].allowed ? undefined : one[level].message);
    }
  }
});
