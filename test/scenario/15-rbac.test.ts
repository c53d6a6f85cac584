import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const can = (at: Scene, words: string) => at.k(`auth can-i ${words}`).then((said) => /^(yes|no)/m.exec(said)?.[1]);
const forbidden = (what: string) => expect.stringContaining(`Error from server (Forbidden): ${what}`);

async function scene(...commands: string[]): Promise<Scene> {
  const at = await Scene.hollow();
  for (const command of commands) await at.k(command);
  await at.wait(1);
  return at;
}

test('15.1 rights add up, in the namespace of their binding', async () => {
  const at = await scene('create ns shop', 'create role reader --verb=get,list --resource=pods', 'create rolebinding r --role=reader --user=amy',
    'create clusterrole config --verb=get --resource=configmaps', 'create rolebinding c --clusterrole=config --user=amy -n shop', 'create clusterrolebinding n --clusterrole=system:node-proxier --user=bob');
  expect([await can(at, 'get pods --as=amy'), await can(at, 'delete pods --as=amy'), await can(at, 'get pods --as=amy -n shop'), await can(at, 'get cm --as=amy -n shop'), await can(at, 'get cm --as=amy')]).toEqual(['yes', 'no', 'no', 'yes', 'no']);
  expect(await at.k('get pods --as=eve')).toBe('Error from server (Forbidden): pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "default"');
  expect([await can(at, 'list nodes --as=bob'), await can(at, 'list services -A --as=bob')]).toEqual(['yes', 'yes']);
});

test('15.1 the role of a binding cannot be changed', async () => {
  const at = await scene('create rolebinding r --clusterrole=view --user=amy');
  expect(await at.patch('rolebinding r', { roleRef: { name: 'edit' } })).toContain('The RoleBinding "r" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"edit"}: cannot change roleRef');
});

test('15.1 aggregated roles collect rules by label', async () => {
  const at = await scene('create clusterrole backups --verb=get,list --resource=configmaps.example.com', 'create rolebinding r --clusterrole=view --user=amy');
  await at.apply({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'gadgets', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }, rules: [{ apiGroups: ['example.com'], resources: ['gadgets'], verbs: ['get'] }] });
  await at.wait(1);
  expect(await can(at, 'get gadgets.example.com --as=amy')).toBe('yes');
  await at.k('delete clusterrole gadgets');
  await at.wait(1);
  expect(await can(at, 'get gadgets.example.com --as=amy')).toBe('no');
});

test('15.1 resourceNames bind names: not for create, for lists with the field selector only', async () => {
  const at = await scene('create role one --verb=get,list,create,delete --resource=configmaps --resource-name=mine', 'create rolebinding r --role=one --user=amy', 'create cm mine', 'create cm other');
  expect([await at.k('get cm mine --as=amy -o name'), await at.k('get cm other --as=amy'), await at.k('get cm --as=amy'), await at.k('create cm new --as=amy')]).toEqual(['configmap/mine', forbidden('configmaps "other" is forbidden'), forbidden('configmaps is forbidden'), expect.stringContaining('configmaps is forbidden')]);
  expect(await at.k('get cm --as=amy --field-selector=metadata.name=mine -o name')).toBe('configmap/mine');
});

test('15.1 subresources need their own entry; exec is a create', async () => {
  const at = await scene('create role pods --verb=get,create --resource=pods', 'create role logs --verb=get --resource=pods/log', 'create role exec --verb=get --resource=pods/exec',
    'create rolebinding p --role=pods --user=amy', 'create rolebinding l --role=logs --user=bob', 'create rolebinding e --role=exec --user=bob', 'create rolebinding b --role=pods --user=bob');
  await at.apply(pod('a'));
  await at.wait(3);
  expect(await at.k('logs a --as=amy')).toEqual(forbidden('pods "a" is forbidden: User "amy" cannot get resource "pods/log" in API group "" in the namespace "default"'));
  expect(await at.k('exec a --as=bob -- ls')).toEqual(forbidden('pods "a" is forbidden: User "bob" cannot create resource "pods/exec" in API group "" in the namespace "default"'));
  expect(await can(at, 'create pods --subresource=exec --as=amy')).toBe('no');
});

test('15.2 nobody grants more than they hold, unless they may escalate or bind', async () => {
  const at = await scene('create clusterrole granter --verb=create,update,patch,get --resource=roles,rolebindings', 'create clusterrolebinding g --clusterrole=granter --user=amy', 'create rolebinding v --clusterrole=view --user=amy');
  expect(await at.k('create role r --verb=get --resource=secrets --as=amy')).toContain('Error from server (Forbidden): roles.rbac.authorization.k8s.io "r" is forbidden: user "amy" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}');
  expect(await at.k('create role r --verb=get --resource=pods --as=amy')).toBe('role.rbac.authorization.k8s.io/r created');
  expect(await at.k('create rolebinding r --clusterrole=admin --user=eve --as=amy')).toContain('is attempting to grant RBAC permissions not currently held');
  await at.k('create clusterrole binder --verb=bind --resource=clusterroles --resource-name=admin');
  await at.k('create clusterrolebinding b --clusterrole=binder --user=amy');
  expect(await at.k('create rolebinding r --clusterrole=admin --user=eve --as=amy')).toBe('rolebinding.rbac.authorization.k8s.io/r created');
  expect(await can(at, "delete nodes --as=root --as-group=system:masters")).toBe('yes');
});

test('15.3 view reads no Secrets, edit and admin leave quotas and the namespace alone', async () => {
  const at = await scene('create rolebinding v --clusterrole=view --user=v', 'create rolebinding e --clusterrole=edit --user=e', 'create rolebinding a --clusterrole=admin --user=a');
  const asked = ['get pods', 'get secrets', 'create deployments.apps', 'create roles.rbac.authorization.k8s.io', 'update resourcequotas', 'delete namespace/default', 'get pods --subresource=log', 'create pods --subresource=exec'];
  const all: string[] = [];
  for (const user of ['v', 'e', 'a']) {
    const rights: (string | undefined)[] = [];
    for (const words of asked) rights.push(await can(at, `${words} --as=${user}`));
    all.push(rights.join(' '));
  }
  expect(all).toEqual(['yes no no no no no yes no', 'yes yes yes no no no yes yes', 'yes yes yes yes no no yes yes']);
});

test('15.3 the default roles come back when the API server starts, unless they are told not to', async () => {
  const at = await Scene.kubeadm();
  await at.k('delete clusterrole view');
  await at.patch('clusterrole edit', { metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } } });
  await at.k("patch clusterrole system:node-proxier --type=json -p '[{\"op\":\"remove\",\"path\":\"/rules/0\"}]'");
  const before = (await at.see('clusterrole system:node-proxier', '.rules')).length;
  await at.run("ssh cp 'mv /etc/kubernetes/manifests/kube-apiserver.yaml /root'");
  await at.wait(20);
  await at.run("ssh cp 'mv /root/kube-apiserver.yaml /etc/kubernetes/manifests'");
  await at.wait(60);
  expect(await at.see('clusterrole view', '.metadata.name')).toBe('view');
  expect((await at.see('clusterrole system:node-proxier', '.rules')).length).toBeGreaterThan(before);
});

test('15.4 who is who: certificates name users and groups, accounts have names and groups of their own', async () => {
  const at = await Scene.kubeadm();
  const token = await at.k('create token default');
  expect(await at.k(`auth whoami -o jsonpath='{.status.userInfo.username} {.status.userInfo.groups}'`)).toBe('kubernetes-admin ["kubeadm:cluster-admins","system:authenticated"]');
  expect(await at.k(`auth whoami --kubeconfig=/dev/null --server=${at.cluster.server} --insecure-skip-tls-verify --token=${token} -o jsonpath='{.status.userInfo.username} {.status.userInfo.groups}'`)).toBe('system:serviceaccount:default:default ["system:serviceaccounts","system:serviceaccounts:default","system:authenticated"]');
  expect(await at.run("ssh w1 'kubectl --kubeconfig=/etc/kubernetes/kubelet.conf auth whoami -o jsonpath={.status.userInfo.username}{.status.userInfo.groups}'")).toBe('system:node:w1["system:nodes","system:authenticated"]');
  expect(at.ask('GET', '/api/v1/pods', undefined, { impersonate: { user: 'system:anonymous', groups: ['system:unauthenticated'] } })).toBe('403 pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope');
});

test('15.5 tokens live an hour, those of Pods as long as their Pod', async () => {
  const at = await Scene.kubeadm();
  const claims = (token: string): { exp: number; iat: number; sub: string } => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number; iat: number; sub: string };
  const { exp, iat, sub } = claims(await at.k('create token default'));
  expect([exp - iat, sub]).toEqual([3600, 'system:serviceaccount:default:default']);
  const short = claims(await at.k('create token default --duration=20m'));
  expect(short.exp - short.iat).toBe(1200);
  await at.apply(pod('a', { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '9999'] }], terminationGracePeriodSeconds: 1 }));
  await at.wait(10);
  const own = await at.k('exec a -- cat /var/run/secrets/kubernetes.io/serviceaccount/token');
  expect(claims(own).exp - claims(own).iat).toBe(365 * 24 * 3600);
  const use = () => at.k(`auth whoami --kubeconfig=/dev/null --server=${at.cluster.server} --insecure-skip-tls-verify --token=${own} -o jsonpath={.status.userInfo.username}`);
  expect(await use()).toBe('system:serviceaccount:default:default');
  await at.k('delete pod a');
  await at.wait(70);
  expect(await use()).toContain('Unauthorized');
});

test('15.5 a Secret gets a token when somebody asks for one', async () => {
  const at = await Scene.kubeadm();
  await at.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 't', annotations: { 'kubernetes.io/service-account.name': 'default' } }, type: 'kubernetes.io/service-account-token' });
  await at.wait(2);
  expect(await at.see('secret t', '.data.namespace')).toBe(Buffer.from('default').toString('base64'));
  const token = Buffer.from(await at.see('secret t', '.data.token'), 'base64').toString();
  const use = () => at.k(`auth whoami --kubeconfig=/dev/null --server=${at.cluster.server} --insecure-skip-tls-verify --token=${token} -o jsonpath={.status.userInfo.username}`);
  expect(await use()).toBe('system:serviceaccount:default:default');
  await at.k('delete sa default');
  await at.wait(2);
  expect([await at.k('get secret t'), await use()]).toEqual([expect.stringContaining('not found'), expect.stringContaining('Unauthorized')]);
});

test('curl asks the API server as anybody: a bearer token, a body of its type, whom it acts for', async () => {
  const at = await Scene.kubeadm();
  await at.run('kubectl create sa robot; kubectl create deployment web --image=nginx:1.27; kubectl create role deployer --verb=get,patch,create --resource=deployments.apps; kubectl create rolebinding r --role=deployer --serviceaccount=default:robot');
  const curl = (words: string) => at.run(`curl -sk -H "Authorization: Bearer $(kubectl create token robot)" ${words}`);
  const url = 'https://10.0.0.10:6443/apis/apps/v1/namespaces/default/deployments';
  const patch = (type: string) => curl(`-o /dev/null -w '%{http_code}' -X PATCH -H 'Content-Type: ${type}' -d '{"spec":{"replicas":3}}' ${url}/web`);
  expect([await patch('text/plain'), await patch('application/merge-patch+json'), await at.see('deployment web', '.spec.replicas')]).toEqual(['415', '200', '3']);
  expect(await curl(`-X POST -H 'Content-Type: application/json' -d '{"apiVersion":' ${url}`)).toContain('"reason": "BadRequest"');
  expect(await curl(`-H 'Impersonate-User: amy' ${url}`)).toContain('users \\"amy\\" is forbidden: User \\"system:serviceaccount:default:robot\\" cannot impersonate resource \\"users\\"');
});

test('15.5 the token of a Pod is renewed when four fifths of its time are over', async () => {
  const at = await Scene.kubeadm();
  await at.apply(pod('a', { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '9999'] }] }));
  await at.wait(10);
  const token = () => at.k('exec a -- cat /var/run/secrets/kubernetes.io/serviceaccount/token');
  const first = await token();
  await at.wait(2800);
  expect(await token()).toBe(first);
  await at.wait(240);
  expect(await token()).not.toBe(first);
});
