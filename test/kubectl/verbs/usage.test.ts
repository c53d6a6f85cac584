import { beforeAll, describe, expect, it } from 'vitest';
import { TerminalScene } from '../../shell/terminal-scene.ts';

let scene: TerminalScene;
beforeAll(async () => {
  scene = await TerminalScene.booted();
  await scene.run("kubectl config set-credentials bob --token=abc\nkubectl config set-context dev --cluster=kubernetes --user=bob --namespace=dev\nkubectl create secret generic db --from-literal=a=b\nprintf 'apiVersion: v1\\nkind: Pod\\nmetadata: {name: a}\\nspec: {containers: [{name: c, image: nginx}]}\\n' > p.yaml");
});

describe('kubeconfig files', () => {
  it.each([
    ['config get-contexts nope 2>&1', 'CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\nerror: context nope not found\n'],
    ['config use-context 2>&1 | tail -1', 'error: Unexpected args: []\n'],
    ['config set x.y z', 'error: unable to parse x.y after [] at api.Config\n'],
    ['config set-cluster k --insecure-skip-tls-verify --certificate-authority=x', 'error: you cannot specify a certificate authority and insecure mode at the same time\n'],
    ['get pods --as-group=x', 'error: requesting uid, groups or user-extra for kubernetes-admin without impersonating a user\n'],
    ['explain pod -o foo', 'error: unrecognized format: foo\n'],
    ['config set x 2>&1 | tail -1', 'error: Unexpected args: [x]\n'],
    ['config view -o json | tail -3', '    ],\n    "current-context": "kubernetes-admin@kubernetes"\n}\n'],
    ['config view -o json | head -3', '{\n    "kind": "Config",\n    "apiVersion": "v1",\n'],
    ['get pods --context=nope', 'Error in configuration: context was not found for specified context: nope\n'],
    ['api-versions --context=nope', 'error: context "nope" does not exist\n'],
    ['get pods --cluster=nope', 'error: no server found for cluster "nope"\n'],
    ['api-versions --cluster=nope', 'error: cluster "nope" does not exist\n'],
    ['config set-credentials x --client-key=/nope --embed-certs', 'error: could not stat client-key file /nope: stat /nope: no such file or directory\n'],
  ])('%s', async (command, answer) => {
    expect(await scene.run(`kubectl ${command}`)).toBe(answer);
  });

  it('keep one way to log in, and plugins', async () => {
    const user = "kubectl config view --raw -o jsonpath='{.users[?(@.name==\"bob\")].user}'";
    await scene.run('kubectl config set-credentials bob --username=u --password=p');
    expect(await scene.run(user)).toBe('{"password":"p","username":"u"}');
    await scene.run('kubectl config set-credentials bob --token=t --exec-command=aws --exec-arg=a,b --exec-env=A=1 --exec-api-version=v1');
    expect(await scene.run(user)).toBe('{"exec":{"apiVersion":"v1","args":["a","b"],"command":"aws","env":[{"name":"A","value":"1"}],"interactiveMode":"IfAvailable","provideClusterInfo":false},"token":"t"}');
  });
});

describe('what was typed wrongly', () => {
  it.each([
    ['run a --image=nginx --labels=a', 'error: unexpected label spec: a\n'],
    ['run a --image=nginx --port=abc', 'error: strconv.Atoi: parsing "abc": invalid syntax\n'],
    ['run a --image=nginx --restart=Foo', "error: invalid restart policy: Foo\nSee 'kubectl run -h' for help and examples\n"],
    ['run a --image=nginx --image-pull-policy=Foo', "error: invalid image pull policy: Foo\nSee 'kubectl run -h' for help and examples\n"],
    ["run a --image='bad image'", 'error: Invalid image name "bad image": invalid reference format\n'],
    ["create pdb p --selector='app in' --max-unavailable=1", `error: couldn't parse the selector string "app in": unable to parse requirement: found '' expected: '('\n`],
    ['create quota q --hard=pods=1 --scopes=Nope', 'error: failed to create quota: ResourceQuota "q" is invalid: spec.scopes: Invalid value: ["Nope"]: unsupported scope\n'],
    ['create quota q --hard=memory=1 --scopes=BestEffort', 'error: failed to create quota: ResourceQuota "q" is invalid: spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource\n'],
    ['create quota q --hard=pods=1 --scopes=Terminating,NotTerminating', 'error: failed to create quota: ResourceQuota "q" is invalid: spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes\n'],
    ['annotate ns --all a=b --resource-version=1', 'error: --resource-version may only be used with a single resource\n'],
    ['label ns default a=b --list', 'kubernetes.io/metadata.name=default\na=b\n'],
    [`patch --local -f p.yaml --type=json -p '[{"op":"remove","path":"/metadata/labels/x"}]' -o yaml`, 'error: remove operation does not apply: doc is missing path: "/metadata/labels/x": missing value\n'],
    [`patch --local -f p.yaml --type=json -p '[{"op":"replace","path":"/metadata/labels/x","value":1}]' -o yaml`, 'error: replace operation does not apply: doc is missing path: /metadata/labels/x: missing value\n'],
  ])('%s', async (command, answer) => {
    expect(await scene.run(`kubectl ${command}`)).toBe(answer);
  });
});

const web = "create deployment web --image=nginx --dry-run=client -o go-template='";

describe('Go templates', () => {
  it.each([
    ['{{.metadata.nope.x}}', '<no value>'],
    ['{{define "x"}}[{{.}}]{{end}}{{template "x" .metadata.name}}', '[web]'],
    ['{{"YWJj" | base64decode}} {{js "a<b"}} {{urlquery "a b"}}', 'abc a\\u003Cb a+b'],
    ['{{printf "%05.2f|%T|%s" 1.5 .spec .spec.replicas}}', '01.50|map[string]interface {}|%!s(int64=1)'],
    ['{{range 2}}{{.}}{{end}}{{(index .spec.template.spec.containers 0).image}}', '01nginx'],
  ])('%s', async (template, answer) => {
    expect(await scene.run(`kubectl ${web}${template}'`)).toBe(answer);
  });
});

describe('Go templates that fail on their object', () => {
  it.each([
    ['{{"abc" | base64decode}}', '1:10', 'base64decode', 'error calling base64decode: base64 decode failed: illegal base64 data at input byte 0'],
    ['{{.kind.x}}', '1:7', '.kind.x', "can't evaluate field x in type interface {}"],
    ['a\n{{len (slice .kind 0 99)}}', '2:7', 'slice .kind 0 99', 'error calling slice: index out of range: 99'],
    ['{{eq .kind 1}}', '1:2', 'eq .kind 1', 'error calling eq: incompatible types for comparison'],
    ['{{range .kind}}{{end}}', '1:8', '.kind', "range can't iterate over Deployment"],
    ['{{template "x" .}}', '1:11', '{{template "x" .}}', 'template "x" not defined'],
    ['{{"a" "b"}}', '1:2', '"a"', `can't give argument to non-function "a"`],
  ])('%s', async (template, place, at, why) => {
    const failure = `template: output:${place}: executing "output" at <${at}>: ${why}`;
    expect(await scene.run(`kubectl ${web}${template.replaceAll("'", "'\\''")}' 2>&1 >out; head -1 out`)).toBe(`error: error executing template ${JSON.stringify(template)}: ${failure}\n${template.startsWith('a\n') ? 'a\n' : `Error executing template: ${failure}. Printing more information for debugging the template:\n`}`);
  });

  it('miss keys only if they may not be missed', async () => {
    expect(await scene.run(`kubectl ${web}{{.nope}}' --allow-missing-template-keys=false 2>&1 >out | cut -d: -f4-`)).toBe(' output:1:2: executing "output" at <.nope>: map has no entry for key "nope"\n');
  });
});

describe('what cannot be done', () => {
  it.each([
    ['rollout status', 'error: required resource not specified\n'],
    ['exec web ls', "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n"],
    [`patch cm kube-root-ca.crt -p '{"data":"x"}'`, 'The request is invalid: patch: Invalid value: "map[data:x]": cannot restore map from string\n'],
    [`patch sa default -p '{"automountServiceAccountToken":"many"}'`, 'The request is invalid: patch: Invalid value: "map[automountServiceAccountToken:many]": unrecognized type: bool\n'],
  ])('%s', async (command, answer) => {
    expect(await scene.run(`kubectl ${command}`)).toBe(answer);
  });

  it('decides on a certificate once', async () => {
    await scene.run(`openssl req -new -newkey rsa:2048 -nodes -keyout u.key -subj /CN=jane -out u.csr 2>/dev/null
printf 'cat <<E | kubectl create -f -\n{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"jane"},"spec":{"request":"$(base64 -w0 <u.csr)","signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"]}}\nE\n' > csr.sh`);
    expect(await scene.run('bash csr.sh')).toBe('certificatesigningrequest.certificates.k8s.io/jane created\n');
    await scene.run('kubectl certificate approve jane');
    expect(await scene.run('kubectl certificate deny jane')).toBe('error: certificate signing request "jane" is already Approved\n');
  });
});

describe('what is changed', () => {
  beforeAll(() => scene.run('kubectl create deployment api --image=nginx && kubectl create job once --image=busybox && kubectl rollout status deployment/api && kubectl run done --image=busybox --restart=Never -- true && kubectl wait --for=jsonpath={.status.phase}=Succeeded pod/done; kubectl run done2 --image=nginx; kubectl wait --for=condition=Ready pod/done2'));

  it.each([
    [`patch deployment api --subresource=scale --type=merge -p '{"spec":{"replicas":1}}'`, 'scale.autoscaling/api patched\n'],
    ['set image job/once once=busybox:2 2>&1 | cut -c-91', 'error: failed to patch image update to pod template: Job.batch "once" is invalid: spec.temp\n'],
    ['set image service/kubernetes a=b', 'error: services/kubernetes the object is not a pod or does not have a pod template: *v1.Service\n'],
    ['set image deployment/api a=b c=d', 'error: unable to find container named "a"\nerror: unable to find container named "c"\n'],
    ['set env deployment/api A=1 b', 'error: all resources must be specified before environment changes: deployment/api A=1 b\n'],
    ['exec done -- ls', 'error: cannot exec into a container in a completed pod; current phase is Succeeded\n'],
    ['exec deployment/api -c nope -- ls 2>&1 | cut -c-56', 'Error from server (BadRequest): container nope is not va\n'],
    ['attach done2 -c nope', 'error: cannot attach to the container: container nope not found in pod done2\n'],
    ['logs service/kubernetes', "error: cannot get the logs from *v1.Service: invalid service 'kubernetes': Service is defined without a selector\n"],
    ['exec cm/kube-root-ca.crt -- ls', 'error: cannot attach to *v1.ConfigMap: selector for *v1.ConfigMap not implemented\n'],
    ['rollout history pod/done', 'error: no history viewer has been implemented for "Pod"\n'],
    ['rollout undo pod/done', 'error: no rollbacker has been implemented for "Pod"\n'],
    ['rollout restart pod/done', 'error: pods "done" restarting is not supported\n'],
    ['rollout status deployment/api --revision=9', 'error: desired revision (9) is different from the running revision (1)\n'],
    ['rollout history deployment/api -o name | cut -c-20', 'replicaset.apps/api-\n'],
    ['rollout restart deployment', 'deployment.apps/api restarted\n'],
    [`wait pod/done --for=jsonpath='{.status.conditions[*].type}'=Foo --timeout=1s`, 'error: given jsonpath expression matches more than one value\n'],
    ['logs done --since-time=x', 'error: parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"\n'],
    ['patch pod done --patch-file=nofile', 'error: unable to read patch file: open nofile: no such file or directory\n'],
    ['logs done -c nope', 'error: container nope is not valid for pod done out of: done\n'],
    ['logs pod done', 'error: error from server (NotFound): pods "pod" not found in namespace "default"\n'],
    ['apply --dry-run=client -f <(kubectl create namespace x --dry-run=client -o yaml)', 'namespace/x created (dry run)\n'],
    ['get events.events.k8s.io --field-selector reason=SuccessfulCreate,regarding.kind=Job -o jsonpath="{.items[0].regarding.name} {.items[0].reportingController}"', 'once job-controller'],
  ])('%s', async (command, answer) => {
    expect(await scene.run(`kubectl ${command}`)).toBe(answer);
  });
});

describe('what was asked wrongly', () => {
  it.each([
    ['get pods -o json=x 2>&1 | cut -c-72', 'error: unable to match a printer suitable for the output format "json=x"\n'],
    ['get --raw api', 'error: --raw must be a valid URL path: parse "api": invalid URI for request\n'],
    ['get --raw /api -o yaml', 'error: --raw and --output are mutually exclusive\n'],
    ['get pods --subresource=status', 'error: subresource cannot be used when bulk resources are specified\n'],
    ['get deploy/api cm/nope --no-headers 2>/dev/null | cut -c-4', 'api \n'],
    ["get -o jsonpath='{range .items[*]}{.metadata.name} ' sa", 'default '],
    ["get sa -o jsonpath='{.kind[0]}' 2>&1 | head -1 | cut -d: -f4", ' string is not array or slice. Printing more information for debugging the template\n'],
    ['delete cm x --now --grace-period=3', 'error: --now and --grace-period cannot be specified together\n'],
    ['delete cm x --cascade=foo', 'error: invalid cascade value (foo). Must be "background", "foreground", or "orphan"\n'],
    ['delete widgets', "error: the server doesn't have a resource type \"widgets\"\n"],
    ['delete cm --all -l a=b', "error: setting 'all' parameter but found a non empty selector. \n"],
    ['delete --raw /api/v1/namespaces/default/configmaps/nope', 'Error from server (NotFound): configmaps "nope" not found\n'],
    ['replace -f p.yaml --timeout=1s', 'error: --timeout must have --force specified\n'],
    ['create role r --verb=get --resource=deployments.v1.apps', 'the server doesn\'t have a resource type "deployments" in group "v1.apps"\n'],
    ['create role r --verb=impersonate --resource=pods', "error: can not perform 'impersonate' on 'pods' in group ''\n"],
    ['create clusterrole r --aggregation-rule=x', 'error: invalid argument "x" for "--aggregation-rule" flag: malformed pair, expect string=string\nSee \'kubectl create clusterrole --help\' for usage.\n'],
    ['create clusterrole r --aggregation-rule=a=b --dry-run=client -o yaml | tail -1', 'rules: null\n'],
    ['create token default --bound-object-uid=x', 'error: --bound-object-uid can only be set if --bound-object-kind is provided\n'],
    ['create service externalname e --external-name=foo_bar', 'error: invalid service external name foo_bar\n'],
    ['get -k nodir', "must build at directory: not a valid directory: evalsymlink failure on 'nodir' : lstat /home/player/nodir: no such file or directory\n"],
  ])('%s', async (command, answer) => {
    expect(await scene.run(`kubectl ${command}`)).toBe(answer);
  });
});

describe('an editor', () => {
  const edited = (editor: string, words: string) => scene.run(`KUBE_EDITOR='${editor}' kubectl ${words} 2>&1 | sed -E 's/kubectl-edit-[0-9]+/kubectl-edit-N/'`);
  const kept = 'A copy of your changes has been stored to "/tmp/kubectl-edit-N.yaml"\n';

  it.each([
    ['true', 'edit cm kube-root-ca.crt', 'Edit cancelled, no changes made.\n'],
    ['false', 'edit cm kube-root-ca.crt', 'error: there was a problem with the editor "false"\n'],
    ['nope', 'edit cm kube-root-ca.crt', 'error: unable to launch the editor "nope"\n'],
    ['sed -i /^kind/d', 'edit cm kube-root-ca.crt', `error: configmaps "kube-root-ca.crt" is invalid\n${kept}error: Edit cancelled, no valid changes were saved.\n`],
    ['sed -i "s/replicas:.*/replicas: -1/"', 'edit deploy api', `error: deployments.apps "api" is invalid\n${kept}error: Edit cancelled, no valid changes were saved.\n`],
    ['sed -i "s/terminationGrace.*/terminationGracePeriodSeconds: 5/"', 'edit pod done', `error: pods "done" is invalid\n${kept}error: Edit cancelled, no valid changes were saved.\n`],
    ['sed -i "s/^  name:.*/  name: other/"', 'edit cm kube-root-ca.crt', `${kept}error: At least one of apiVersion, kind and name was changed\n`],
    ['sed -i "s/replicas:.*/replicas: 2/"', 'edit deploy', 'deployment.apps/api edited\n'],
    ['sed -i s/x/y/', 'apply edit-last-applied deploy api', 'error: no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`\n'],
  ])('%s: %s', async (editor, words, answer) => {
    expect(await edited(editor, words)).toBe(answer);
  });

  it('shows a refusal in the file that it opens again', async () => {
    await scene.run('rm -f /tmp/kubectl-edit-*');
    await edited('sed -i "s/^  replicas:.*/  replicas: -1/"', 'edit deploy api');
    expect(await scene.run('cat /tmp/kubectl-edit-*.yaml | sed -n 4,8p')).toBe('#\n# deployments.apps "api" was not valid:\n# * spec.replicas: Invalid value: -1: must be greater than or equal to 0\n#\napiVersion: apps/v1\n');
  });

  it('changes only the annotation of what was last applied', async () => {
    await scene.run('kubectl create cm laid --from-literal=a=x --dry-run=client -o yaml | kubectl apply -f -');
    expect(await edited('sed -i s/x/z/', 'apply edit-last-applied cm/laid')).toBe('configmap/laid edited\n');
    expect(await scene.run("kubectl get cm laid -o jsonpath='{.data.a}'; kubectl apply view-last-applied cm laid | grep ' a:'")).toBe('x  a: z\n');
  });
});

describe('YAML that is none', () => {
  it.each([
    ['a:\\n  - name: c\\n     image: x', 'line 3: mapping values are not allowed in this context'],
    ['key: value\\nfoo\\nbar: 1', "line 3: could not find expected ':'"],
    ['a: 1\\nb: - c', 'line 2: block sequence entries are not allowed in this context'],
    ['- a\\nb: c', "line 1: did not find expected '-' indicator"],
  ])('%s', async (text, problem) => {
    expect(await scene.run(`printf -- '${text}\\n' | kubectl apply -f -`)).toBe(`error: error parsing STDIN: error converting YAML to JSON: yaml: ${problem}\n`);
  });
});

describe('explain', () => {
  it.each([
    ['service.spec.sessionAffinity | sed -n 4,8p', 'FIELD: sessionAffinity <string>\nENUM:\n    ClientIP\n    None\n\n'],
    ['pod.spec.volumes.hostPath | grep -A1 -P "\\t"', 'path\t<string> -required-\n    <no description>\n--\n  type\t<string>\n  enum: "", BlockDevice, CharDevice, Directory, ....\n'],
    ['deployments.apps.spec.template | sed -n 5p', 'FIELD: template <PodTemplateSpec>\n'],
  ])('%s', async (words, answer) => {
    expect((await scene.run(`kubectl explain ${words}`)).replace(/^ {2}path/, 'path')).toBe(answer);
  });
});

describe('both streams in one place', () => {
  it.each([
    ['kubectl create secret generic db --from-literal=a=c --dry-run=client -o yaml | kubectl apply -f - 2>&1 | head -1 | cut -c-29', 'Warning: resource secrets/db \n'],
    ['kubectl config get-contexts nope >f 2>&1; tail -1 f', 'error: context nope not found\n'],
    ['kubectl get ns/default ns/nope -o name 2>&1 >/dev/null', 'Error from server (NotFound): namespaces "nope" not found\n'],
    ['kubectl get ns/default ns/nope -o name 2>/dev/null', 'namespace/default\n'],
  ])('%s', async (line, answer) => {
    expect(await scene.run(line)).toBe(answer);
  });
});
