import { beforeAll, describe, expect, it } from 'vitest';
import { TerminalScene } from '../../shell/terminal-scene.ts';

let scene: TerminalScene;
const ROLES = `cat > roles.yaml <<'X'
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: default, labels: {tier: a}}
rules: [{apiGroups: [""], resources: [pods, services], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}]
X`;
beforeAll(async () => {
  scene = await TerminalScene.booted();
  await scene.run(`${ROLES}\nkubectl create role reader --verb=get --resource=pods,secrets\nkubectl create rolebinding readers --role=reader --user=jane`);
});

describe('kubectl auth reconcile', () => {
  const names = 'role.rbac.authorization.k8s.io/reader reconciled\n', binding = 'rolebinding.rbac.authorization.k8s.io/readers reconciled\n';
  const bob = '\t\t{Kind:User APIGroup:rbac.authorization.k8s.io Name:bob Namespace:}\n';
  const rule = (verb: string, resource: string) => `\t\t{Verbs:[${verb}] APIGroups:[] Resources:[${resource}] ResourceNames:[] NonResourceURLs:[]}\n`;

  it('adds what is missing, and says what that is', async () => {
    expect(await scene.run('kubectl auth reconcile -f roles.yaml')).toBe([
      names, '\treconciliation required update\n\tmissing rules added:\n', rule('list', 'pods'), rule('get', 'services'), rule('list', 'services'), binding, '\treconciliation required update\n\tmissing subjects added:\n', bob,
    ].join(''));
    expect(await scene.run("kubectl get rolebinding readers -o jsonpath='{.subjects[*].name}'; kubectl get role reader -o jsonpath=' {.rules[0].resources} {.metadata.labels.tier}'")).toBe('jane bob ["pods","secrets"] a');
    expect(await scene.run('kubectl auth reconcile -f roles.yaml')).toBe(names + binding);
  });

  it('takes away only what it is told to take away', async () => {
    expect(await scene.run('kubectl auth reconcile -f roles.yaml --remove-extra-permissions --dry-run=client | head -1')).toContain('reconciled (dry run)');
    expect(await scene.run("kubectl auth reconcile -f roles.yaml --remove-extra-permissions --remove-extra-subjects 2>&1 >/dev/null | grep -A1 extra")).toBe(`\textra rules removed:\n${rule('get', 'secrets')}--\n\textra subjects removed:\n${bob.replace('bob', 'jane')}`);
    expect(await scene.run("kubectl get role reader -o jsonpath='{.rules}'")).toBe('[{"apiGroups":[""],"resources":["pods","services"],"verbs":["get","list"]}]');
  });

  it('makes a binding anew whose role is another', async () => {
    await scene.run('sed -i "s/kind: Role, name: reader/kind: ClusterRole, name: view/" roles.yaml; kubectl auth reconcile -f roles.yaml');
    expect(await scene.run("kubectl get rolebinding readers -o jsonpath='{.roleRef.name}'")).toBe('view');
  });
});

describe('kubectl cluster-info dump', () => {
  it('writes lists and logs into a folder', async () => {
    expect(await scene.run('kubectl cluster-info dump --output-directory=state --namespaces=kube-system')).toBe('Cluster info dumped to state\n');
    expect(await scene.run('ls state/kube-system | grep json; head -2 state/nodes.json; head -1 state/kube-system/etcd-*/logs.txt')).toMatch(/^daemonsets.json\ndeployments.json\nevents.json\npods.json\nreplicasets.json\nreplication-controllers.json\nservices.json\n\{\n {4}"\w+".*\n==== START logs for container etcd of pod kube-system\/etcd-/);
  });
});

describe('kubectl cp', () => {
  it('keeps bytes that are no text', async () => {
    await scene.run("kubectl run box --image=busybox -- sleep 3600; kubectl wait --for=condition=Ready pod/box; echo AP/+gGFiYw== | base64 -d > blob; kubectl cp blob box:/tmp/blob; kubectl cp box:/tmp/blob back");
    expect(await scene.run('base64 back')).toBe('AP/+gGFiYw==\n');
  });
});

describe('what is wrong', () => {
  it.each([
    ['run a --image=x -t', "error: -i/--stdin is required for containers with -t/--tty=true\nSee 'kubectl run -h' for help and examples\n"],
    ["run a --image=x --overrides='{bad'", 'error: Invalid JSON Patch\n'],
    ["run a --image=x --overrides='{}' --override-type=foo", 'error: invalid override type: foo\n'],
    ["run a --image=x --overrides='[{\"op\":\"add\",\"path\":\"/spec/nodeName\",\"value\":\"w\"}]' --override-type=json --dry-run=client -o jsonpath='{.spec.nodeName}'", 'w'],
    ["expose svc kubernetes --port=80 --name=x", "error: couldn't retrieve selectors via --selector flag or introspection: the service has no pod selector set\n"],
    ['expose svc kubernetes --port=x --selector=a=b', 'error: strconv.Atoi: parsing "x": invalid syntax\n'],
    ['expose svc kubernetes --port=80 --selector=a=b --session-affinity=Foo', 'error: unknown session affinity: Foo\n'],
    ["expose svc kubernetes --port=80 --selector=a=b --name=x --overrides='{\"spec\":{\"type\":\"NodePort\"}}' --dry-run=client -o jsonpath='{.spec.type}'", 'NodePort'],
    ['scale deploy --all --replicas=1', 'error: no objects passed to scale\n'],
    ['taint node worker-1 a=b:NoSchedule a=c:NoSchedule 2>&1 | head -1', 'error: duplicated taints with the same key and effect: {a c NoSchedule <nil>}\n'],
    ['taint svc kubernetes a=b:NoSchedule', 'error: invalid resource type svc, only node types are supported\n'],
    ['taint node worker-1 a=b:NoSchedule --dry-run=client', 'node/worker-1 tainted\n'],
    ['cordon svc/kubernetes', 'error: expected resource of type node, got "/v1, Resource=services"\n'],
    ["drain worker-1 --pod-selector='a in'", 'error: --pod-selector=<pod_selector> must be a valid label selector\n'],
    ['auth can-i --list foo', 'error: list option must be specified with no arguments\n'],
    ['auth can-i frob pods', "Warning: verb 'frob' is not a known verb\n\nyes\n"],
  ])('%s', async (command, answer) => {
    expect(await scene.run(`kubectl ${command}`)).toBe(answer);
  });
});
