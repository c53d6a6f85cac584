import { beforeAll, describe, expect, it } from 'vitest';
import { TerminalScene } from '../../shell/terminal-scene.ts';

let scene: TerminalScene;
beforeAll(async () => {
  scene = await TerminalScene.booted();
  await scene.run('mkdir d; printf "apiVersion: v2\\n" > d/v2; printf "kind: Pod\\n" > d/pod');
});

const run = async (line: string) => (await scene.run(line)).trimEnd();

describe('one file', () => {
  it.each([
    ['set-context dev --cluster=a --user=b', 'Context "dev" created.'],
    ['view --minify --context=dev', 'error: cannot locate cluster a'],
    ['set-context bare', 'Context "bare" created.'],
    ["view -o jsonpath='{.contexts[?(@.name==\"bare\")].context}'", '{"cluster":"","user":""}'],
    ['set-context a b 2>&1 | tail -1', 'error: Unexpected args: [a b]'],
    ['set-cluster c1 --insecure-skip-tls-verify --server=https://1.2.3.4', 'Cluster "c1" set.'],
    ['set-cluster c1 --certificate-authority=ca.crt', 'Cluster "c1" set.'],
    ["view -o jsonpath='{.clusters[?(@.name==\"c1\")].cluster}'", '{"certificate-authority":"/home/player/ca.crt","server":"https://1.2.3.4"}'],
    ['view --flatten', 'error: open /home/player/ca.crt: no such file or directory'],
    ['view --merge=false', 'error: if merge==false a precise file must be specified'],
    ['set-credentials 2>&1 | tail -1', 'error: unexpected args: []'],
    ['set-credentials u --exec-env=x 2>&1 | tail -1', 'error: invalid exec-env format: x'],
    ['set-credentials u --auth-provider-arg=x 2>&1 | tail -1', 'error: invalid auth-provider-arg format: x'],
    ['set-credentials u --exec-interactive-mode=x 2>&1 | tail -1', 'error: invalid interactive mode type, can be only IfAvailable, Never, Always'],
    ['set-credentials u --exec-command=a --exec-env=a=b=c --exec-env=d=e --auth-provider=oidc', 'User "u" set.'],
    ['set-credentials u --exec-env=a- --exec-env=d=f --exec-arg=x --auth-provider-arg=k=v', 'User "u" set.'],
    ["view -o jsonpath='{.users[?(@.name==\"u\")].user}'", '{"auth-provider":{"config":{"k":"v"},"name":"oidc"},"exec":{"args":["x"],"command":"a","env":[{"name":"d","value":"f"}],"interactiveMode":"IfAvailable","provideClusterInfo":false}}'],
    ['set clusters.c1.nope y', `error: can't set a map to a value: map[c1:0xc000010000 kubernetes:0xc000010080]`],
    ['set contexts.dev.cluster.foo x', 'error: unable to parse one or more field values of contexts.dev.cluster.foo'],
    ['set current-context.foo x', 'error: unable to parse one or more field values of current-context.foo'],
    ["set '' x", 'error: you must specify a property'],
    ['set users.u9.client-key-data hello!!', 'error: error decoding input value: illegal base64 data at input byte 5'],
    ['set users.u9.client-key-data hello --set-raw-bytes=true', 'Property "users.u9.client-key-data" set.'],
    ["view --raw -o jsonpath='{.users[?(@.name==\"u9\")].user}'", '{"client-key-data":"aGVsbG8="}'],
    ['set clusters.a.b.server x', 'Property "clusters.a.b.server" set.'],
    ['unset clusters.a.b', 'Property "clusters.a.b" unset.'],
    ['unset contexts.nope.namespace', 'error: current map key `nope` is invalid'],
    ['delete-user', "error: user to delete is required\nSee 'kubectl config delete-user -h' for help and examples"],
    ['delete-context | tail -1', 'Use "kubectl options" for a list of global command-line options (applies to all commands).'],
    ['use-context dev', 'Switched to context "dev".'],
  ])('config %s', async (words, answer) => expect(await run(`kubectl config ${words}`)).toBe(answer));

  it('is a context whose cluster is not there: nothing is', async () => {
    expect(await run('kubectl get pods 2>&1 | tail -1; kubectl config use-context kubernetes-admin@kubernetes')).toBe('The connection to the server localhost:8080 was refused - did you specify the right host or port?\nSwitched to context "kubernetes-admin@kubernetes".');
  });
});

describe('several files', () => {
  const both = 'KUBECONFIG=d/one:d/two kubectl config';
  it.each([
    ['kubectl config view --kubeconfig=d/one | head -2', 'apiVersion: v1\nclusters: null'],
    ['kubectl get pods --kubeconfig=d/one', 'error: stat d/one: no such file or directory'],
    ['kubectl config use-context x --kubeconfig=d/one', 'error: no context exists with the name: "x"'],
    ['kubectl config delete-cluster x --kubeconfig=d/one', 'error: cannot delete cluster x, not in d/one'],
    ['kubectl --kubeconfig=d/one config set-cluster c1 --server=https://one', 'Cluster "c1" set.'],
    ['kubectl --kubeconfig=d/two config set-context x2 --cluster=c2 --user=u2', 'Context "x2" created.'],
    ['kubectl --kubeconfig=d/two config set-cluster c2 --server=https://two', 'Cluster "c2" set.'],
    [`${both} use-context x2; grep current d/one`, 'Switched to context "x2".\ncurrent-context: x2'],
    [`${both} set-context x2 --namespace=n; grep -c namespace d/two`, 'Context "x2" modified.\n1'],
    [`${both} delete-cluster c2; grep -c https d/two`, 'deleted cluster c2 from d/one\n0'],
    [`${both} rename-context x2 x9; grep 'name: x' d/two`, 'Context "x2" renamed to "x9".\n  name: x9'],
    ['KUBECONFIG=d/three:d/four kubectl config set-cluster c --server=https://x; ls d', 'Cluster "c" set.\nfour\none\npod\ntwo\nv2'],
    ['kubectl get pods --kubeconfig=d/v2', 'error: error loading config file "d/v2": no kind "Config" is registered for version "v2" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"'],
    ['kubectl config view --kubeconfig=d/pod', 'error: error loading config file "d/pod": no kind "Pod" is registered for version "v1" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"'],
  ])('%s', async (line, answer) => expect(await run(line)).toBe(answer));
});
