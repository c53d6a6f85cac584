import { beforeAll, describe, expect, it } from 'vitest';
import { Scene } from '../../scenario/scene.ts';

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web, tier: front}
  annotations: {note: hi}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: nginx, image: "nginx:1.27", env: [{name: A, value: "1"}]}
      - {name: side, image: busybox}
      initContainers:
      - {name: init, image: busybox}`;
const binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]`;

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.hollow({ w1: { taints: [{ key: 'old', effect: 'NoExecute' }] } });
  for (const [file, text] of [['web.yaml', manifest], ['rb.yaml', binding]]) await scene.run(`cat > ${file} <<'X'\n${text}\nX`);
});

describe('without a server', () => {
  it.each([
    ['label --local -f web.yaml a=b', 'deployment.apps/web labeled'],
    ['label --local -f web.yaml tier-', 'deployment.apps/web unlabeled'],
    ['label --local -f web.yaml tier- b=123456789012345678901234567', 'deployment.apps/web labeled'],
    ['label --local -f web.yaml nosuch-', 'deployment.apps/web not labeled'],
    ['label --local -f web.yaml app=other', "error: 'app' already has a value (web), and --overwrite is false"],
    ['label --local -f web.yaml a=b a-', 'error: can not both modify and remove a label in the same command'],
    ['label --local pod x a=b', 'error: can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set'],
    ['label pods a=b c', 'error: all resources must be specified before label changes: c'],
    ['label --local -f web.yaml --list', 'app=web\ntier=front'],
    ['annotate --local -f web.yaml note-', 'deployment.apps/web annotated'],
    ['annotate --local -f web.yaml note=other', "error: --overwrite is false but found the following declared annotation(s): 'note' already has a value (hi)"],
    [`patch --local -f web.yaml -p '{"spec":{"replicas":3}}' -o jsonpath='{.spec.replicas}'`, '3'],
    [`patch --local -f web.yaml -p '{"spec":{"replicas":2}}'`, 'deployment.apps/web patched (no change)'],
    [`patch --local -f web.yaml -p 'spec: {template: {spec: {containers: [{name: side, image: x}]}}}' -o jsonpath='{..image}'`, 'nginx:1.27 x busybox'],
    [`patch --local -f web.yaml --type=json -p '[{"op":"remove","path":"/metadata/labels/tier"}]' -o jsonpath='{.metadata.labels}'`, '{"app":"web"}'],
    [`patch --local -f web.yaml --type=merge -p '{bad'`, 'error: Invalid JSON Patch'],
    [`patch --local -f web.yaml -p 'a: b: c'`, 'error: unable to parse "a: b: c": yaml: mapping values are not allowed in this context'],
    ["set image --local -f web.yaml '*=x' -o jsonpath='{..image}'", 'x x x'],
    ['set image --local -f web.yaml nosuch=x', 'error: unable to find container named "nosuch"'],
    ['set image --local -f web.yaml nginx=nginx:1.27', ''],
    ['set image --local -f web.yaml', 'error: at least one image update is required'],
    ["set env --local -f web.yaml B=2 A- -o jsonpath='{..env}'", '[{"name":"B","value":"2"}] [{"name":"B","value":"2"}] [{"name":"B","value":"2"}]'],
    ['set env --local -f web.yaml A=3 --overwrite=false', "error: deployment.apps/web\n 'A' already has a value (1), and --overwrite is false"],
    ['set env --local -f web.yaml --list', '# Deployment web, container nginx\nA=1\n# Deployment web, container side\n# Deployment web, container init'],
    ['set env --local -f web.yaml -c nosuch A=1', 'Warning: Deployment/web does not have any containers matching "nosuch"'],
    ['set env --local -f web.yaml Z-', ''],
    ["set resources --local -f web.yaml -c nginx --limits=cpu=1 -o jsonpath='{..limits}'", '{"cpu":"1"}'],
    ['set resources --local -f web.yaml --limits=cpu', 'error: Invalid argument syntax cpu, expected <resource>=<value>'],
    ['set resources --local -f web.yaml -c nosuch --limits=cpu=1', 'error: unable to find container named nosuch'],
    ["set serviceaccount --local -f web.yaml robot -o jsonpath='{..serviceAccountName}'", 'robot'],
    ['set subject --local -f rb.yaml --user=joe --serviceaccount=a:b -o jsonpath="{.subjects[*].name}"', 'jane joe b'],
    ['set subject --local -f web.yaml --user=joe', 'error: deployment.apps/web setting subjects is only supported for RoleBinding/ClusterRoleBinding'],
  ])('kubectl %s', async (words, said) => expect(await scene.k(words)).toBe(said));
});

describe('a client-side dry run', () => {
  it('shows what would be, and leaves what is', async () => {
    await scene.k('apply -f web.yaml');
    expect(await scene.k('label deployment web a=b --dry-run=client')).toBe('deployment.apps/web labeled (dry run)');
    expect(await scene.k(`patch deployment web -p '{"spec":{"replicas":5}}' --dry-run=client -o jsonpath='{.spec.replicas}'`)).toBe('5');
    expect(await scene.k(`get deployment web -o jsonpath='{.metadata.labels.a}{.spec.replicas}'`)).toBe('2');
  });
});

describe('taints', () => {
  it.each([
    ['taint nodes w1 a', 'error: at least one taint update is required'],
    ['taint nodes w1 a=b:Foo', "error: invalid taint effect: Foo, unsupported taint effect\nSee 'kubectl taint -h' for help and examples"],
    ['taint nodes w1 old:NoExecute', 'error: node w1 already has old taint(s) with same effect(s) and --overwrite is false'],
    ['taint nodes w1 nosuch-', 'error: taint "nosuch" not found'],
    ['taint nodes w1 new=1:NoSchedule', 'node/w1 tainted'],
    ['taint nodes w1 other:NoSchedule old-', 'node/w1 modified'],
    [`get node w1 -o jsonpath='{.spec.taints[*].key}'`, 'other new'],
    ['taint nodes w1 new- other-', 'node/w1 untainted'],
  ])('kubectl %s', async (words, said) => expect(await scene.k(words)).toBe(said));
});
