/** What kubectl says to commands that cannot be carried out, word for word as the real one. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Scene } from '../../scenario/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.hollow({ w1: { labels: { zone: 'a' } }, w2: {} });
  await scene.run(`kubectl run web --image=nginx; kubectl create deployment dep --image=nginx; kubectl create cm c
echo '{"name":"x"}' > named.json; echo bad > bad.json; echo '{"env":[{"name":"X","value":"1"}]}' > env.json
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x, namespace: nope}\\n' > nope.yaml
printf 'A B\\n' > columns; echo 1B=2 > digit.env
echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"}}' > raw.json; printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: missing}\\n' > missing.yaml
mkdir nameless odd literal
printf 'configMapGenerator: [{literals: [a=b]}]\\n' > nameless/kustomization.yaml; printf 'resources: x\\n' > odd/kustomization.yaml; printf 'configMapGenerator: [{name: c, literals: [ab]}]\\n' > literal/kustomization.yaml
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x, labels: {a: 1}}\\n' > numbers.yaml; printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: *nope}\\n' > alias.yaml
printf 'apiVersion: v1\\nkind: ConfigMapList\\nitems: [{metadata: {name: j1}}]\\n' > typed.yaml
printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j1"}}\\n{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j2"}}' > stream.json`);
  await scene.k('wait --for=condition=Ready pod/web');
});

const table = (title: string, rows: [words: string, answer: string][]) => describe(title, () => {
  it.each(rows)('%s', async (words, answer) => expect(await scene.k(words)).toBe(answer));
});

table('debug', [
  ['debug web --set-image=web=busybox', 'error: --set-image may only be used with --copy-to.'],
  ["debug web --image='bad image'", 'error: invalid image name "bad image": invalid reference format'],
  ['debug web --image=busybox --image-pull-policy=Sometimes', 'error: invalid image pull policy: Sometimes'],
  ['debug web --copy-to=x -- sh', 'error: you must specify an existing container or a new image when specifying args.'],
  ['debug deploy/dep --image=busybox', 'error: "apps/v1, Kind=Deployment" not supported by debug'],
  ['debug web --image=busybox --custom=nofile', 'error: must pass a container spec json file for custom profile: open nofile: no such file or directory'],
  ['debug web --image=busybox --custom=named.json', 'error: name, command, image, lifecycle and volume devices are not modifiable via custom profile'],
  ['debug web --image=busybox --custom=bad.json', 'error: bad.json does not contain a valid container spec: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type v1.Container'],
  ['debug web --image=busybox --custom=env.json -c look --env=A=b', ''],
  ["get pod web -o jsonpath='{.spec.ephemeralContainers[*].env}'", '[{"name":"A","value":"b"},{"name":"X","value":"1"}]'],
  ['debug -f nofile --image=busybox', 'error: the path "nofile" does not exist'],
]);

table('nodes', [
  ['cordon w1 nope', 'Error from server (NotFound): nodes "nope" not found'],
  ["get node w1 -o jsonpath='{.spec.unschedulable}'", ''],
  ['taint node/w1 a=b:NoSchedule', 'the server doesn\'t have a resource type "node/w1"'],
  ['taint foo w1 a=b:NoSchedule', 'the server doesn\'t have a resource type "foo"'],
  ['taint pods web a=b:NoSchedule', 'error: invalid resource type pods, only node types are supported'],
  ['taint nodes w1 a=b:NoSchedule --validate=foo', 'error: invalid - validate option "foo"; must be one of: strict (or true), warn, ignore (or false)'],
  ['taint nodes w2 -l zone=a k=v:NoSchedule', 'node/w1 tainted'],
]);

table('auth', [
  ['auth can-i nope /healthz', "yes\nWarning: verb 'nope' is not a known verb"],
  ['auth can-i get /healthz --subresource=x', 'error: --subresource can not be used with NonResourceURL'],
  ['auth can-i get pods --no-headers', 'error: --no-headers cannot be set without --list specified'],
  ['auth can-i --list -q', "error: list option can't be specified with neither quiet, all-namespaces nor subresource options"],
  ['auth reconcile -f nope.yaml --dry-run=server', 'error: --dry-run=server for command reconcile is not supported yet'],
  ['scale deploy dep --replicas=1 --as=bob', 'error: no objects passed to scale deployments.apps "dep" is forbidden: User "bob" cannot get resource "deployments" in API group "apps" in the namespace "default"'],
  ['create token default --bound-object-name=x', 'error: --bound-object-name can only be set if --bound-object-kind is provided'],
  ['create token default --duration=9999999h', 'error: invalid argument "9999999h" for "--duration" flag: time: invalid duration "9999999h"\nSee \'kubectl create token --help\' for usage.'],
  ["create role r --verb=get --resource=pods/ --dry-run=client -o jsonpath='{.rules[0].resources}'", '["pods"]'],
]);

table('a namespace that is not there', [
  ['get pod web -n nope', 'Error from server (NotFound): namespaces "nope" not found'],
  ['get pods -n nope', 'No resources found in nope namespace.'],
  ['describe pod web -n nope', 'Error from server (NotFound): namespaces "nope" not found'],
  ['label pod web a=b -n nope', 'Error from server (NotFound): namespaces "nope" not found'],
  ['exec web -n nope -- ls', 'Error from server (NotFound): namespaces "nope" not found'],
  ['logs web -n nope', 'error: error from server (NotFound): namespaces "nope" not found in namespace "nope"'],
  ['cp nope/web:/x y', 'Error from server (NotFound): pods "web" not found'],
  ['get pod web -n nope --ignore-not-found', ''],
]);

table('get', [
  ['get pods,cm -w', 'error: you may only specify a single resource type'],
  ['get pods -w web two', 'Error from server (NotFound): pods "two" not found'],
  ['get pods, cm', 'error: arguments in resource/name form must have a single resource and name'],
  ['get pods web -o custom-columns-file=columns', 'error: invalid template, missing spec line. Expected format is one line of space separated headers, one line of space separated column specs.'],
  ['get pods --sort-by=.metadata.labels 2>&1 | cut -d] -f2-', 'Field {.metadata.labels} in [][][]reflect.Value is an unsortable type: interface, err: unsortable type: map[string]interface {}'],
  ['top pod x y', "error: pod [NAME | -l label]\nSee 'kubectl top pod -h' for help and examples"],
  ['events --for foo/x', 'the server doesn\'t have a resource type "foo"'],
]);

table('wait', [
  ['wait --for=condition=Ready 2>&1 | head -1', 'error: You must provide one or more resources by argument or filename.'],
  ["wait pod/web --for=jsonpath=", 'error: jsonpath expression cannot be empty'],
  ["wait pod/web --for=jsonpath='{.spec.containers}'=x", 'error: jsonpath leads to a nested object or list which is not supported'],
  ['wait pod/web --for=condition=Nope --timeout=0s', 'error: condition not met for pods/web'],
  ['wait pod/web deploy/dep --for=condition=Available --timeout=1s', 'timed out waiting for the condition on pods/web\ntimed out waiting for the condition on deployments/dep'],
  ['wait pods --all -l a=b --for=condition=Ready', 'error: no matching resources found'],
]);

table('manifests', [
  ['apply -f numbers.yaml', 'error: unable to decode "numbers.yaml": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string'],
  ['apply -f alias.yaml', "error: error parsing alias.yaml: error converting YAML to JSON: yaml: unknown anchor 'nope' referenced"],
  ['apply -f stream.json', 'configmap/j1 created\nconfigmap/j2 created'],
  ["apply -f 'stream.*'", 'configmap/j1 unchanged\nconfigmap/j2 unchanged'],
  ["apply -f '*.nope'", 'error: the path "*.nope" does not exist'],
  ['apply -f typed.yaml', 'configmap/j1 unchanged'],
  ['apply -f typed.yaml --prune --all -l a=b', 'error: cannot set --all and --selector at the same time'],
  ['replace -f stream.json --cascade=x', 'error: invalid cascade value (x). Must be "background", "foreground", or "orphan"'],
  ['kustomize nameless', 'error: a configmap must have a name'],
  ['kustomize odd', 'error: invalid Kustomization: json: cannot unmarshal string into Go struct field Kustomization.resources of type []string'],
  ['kustomize literal', 'error: loading KV pairs: literal sources [ab]: invalid literal source ab, expected key=value'],
  ['delete cm j1 -i <<< n', 'You are about to delete the following 1 resource(s):\nconfigmap/j1\nDo you want to continue? (y/n): deletion is cancelled'],
  ['delete cm j1 -i <<< y', 'You are about to delete the following 1 resource(s):\nconfigmap/j1\nDo you want to continue? (y/n): configmap "j1" deleted from default namespace'],
  ['delete -f typed.yaml --all', ''],
]);

table('sessions', [
  ['logs web --pod-running-timeout=0', 'error: --pod-running-timeout must be higher than zero'],
  ['exec web --pod-running-timeout=0 -- ls', "error: --pod-running-timeout must be higher than zero\nSee 'kubectl exec -h' for help and examples"],
  ['exec -f nofile -- ls', 'error: the path "nofile" does not exist'],
  ['cp a/b/c:/x y', 'error: filespec must match the canonical format: [[namespace/]pod:]file/path'],
]);

table('rollouts of what has none', [
  ['rollout status job/nope', 'Error from server (NotFound): jobs.batch "nope" not found'],
  ['rollout status node/w1', 'error: no status viewer has been implemented for Node'],
  ['rollout history svc/kubernetes', 'error: error retrieving history for "Service", no visitor method exists for { Service}'],
  ['rollout history pod/web', 'error: no history viewer has been implemented for "Pod"'],
  ['rollout undo node/w1', 'error: error retrieving rollbacker for "Node", no visitor method exists for { Node}'],
  ['rollout history deploy/dep --revision=-1', 'error: revision must be a positive integer: -1'],
  ['rollout undo deploy/dep --to-revision=-1', 'error: unable to find specified revision -1 in history'],
  ['rollout restart deploy -l app=nope', 'No resources found in default namespace.'],
  ['rollout undo deploy -l app=nope', ''],
  ['rollout restart node/w1 pod/web', 'error: nodes "w1" restarting is not supported\nerror: pods "web" restarting is not supported'],
]);

table('set', [
  ['set image deploy/dep nope', 'error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. \'kubectl get resource/<resource_name>\' instead of \'kubectl get resource resource/<resource_name>\''],
  ['set image deploy dep nope', 'Error from server (NotFound): deployments.apps "nope" not found'],
  ['set image deploy dep', 'error: at least one image update is required'],
  ['set image deploy/dep nginx=nginx:7 x=y', 'deployment.apps/dep image updated\nerror: unable to find container named "x"'],
  ['set sa deploy/dep default', 'deployment.apps/dep serviceaccount updated'],
  ['set sa deploy/dep default', 'deployment.apps/dep serviceaccount updated'],
  ['set sa node/w1 default', 'error: nodes/w1 the object is not a pod or does not have a pod template: *v1.Node'],
  ['set subject deploy/dep --user=x', 'error: deployments/dep setting subjects is only supported for RoleBinding/ClusterRoleBinding'],
  ['create cm low --from-literal=a-b=c', 'configmap/low created'],
  ['set env deploy/dep --from=cm/low', 'deployment.apps/dep env updated\nWarning: key a-b transferred to A_B'],
]);

table('create', [
  ['create deployment x --image=x --validate=foo', 'error: invalid - validate option "foo"; must be one of: strict (or true), warn, ignore (or false)'],
  ["create cm e --from-env-file=digit.env", `error: "1B" is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`],
  ['create secret docker-registry reg --from-file=bad.json', 'error: failed to create secret Secret "reg" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character \'b\' looking for beginning of value'],
  ["create ingress i --rule='h/p=s:80,tls=' --dry-run=client -o jsonpath='{.spec.tls}'", '[{"hosts":["h"]}]'],
]);

table('explain', [
  ['explain pod.spec.nope.more 2>&1 | tail -1', 'error: field "more" does not exist'],
  ['explain pods --api-version=v2', 'error: couldn\'t find resource for "/v2, Resource=pods"'],
  ['explain pods --api-version=batch/v1', 'error: GVR (batch/v1, Resource=pods) not found in OpenAPI schema'],
]);

table('raw, all and dry', [
  ['create cm raw', 'configmap/raw created'],
  ['replace --raw /api/v1/namespaces/default/configmaps/raw -f raw.json | head -c 24', '{"kind":"ConfigMap","api'],
  ['replace --raw /api/v1/namespaces/default/configmaps/nope -f raw.json', 'Error from server (BadRequest): the name of the object (raw) does not match the name on the URL (nope)'],
  ['create --raw foo -f raw.json', 'error: --raw must be a valid URL path: parse "foo": invalid URI for request'],
  ['replace -f missing.yaml --dry-run=client', 'configmap/missing replaced (dry run)'],
  ['label pod web --all a=b', 'pod/web labeled'],
  ['label pods --all a=c --overwrite | tail -1', 'pod/web labeled'],
  ['label pod web a=b=c', 'error: invalid label spec: a=b=c'],
  ['annotate pod web a=b=c', 'pod/web annotated'],
]);
